"""Writes pruners.csv: what the pruners of Optuna 5.0.0 decide at every report of random curves.

Needs optuna, numpy and scipy. Run in this directory: python pruners.py. Rows in the order of the reports, which two
trials make in turn: case (the pruner, as tests/api/pruner/optuna.rs makes it), direction (min or max), trial, step, value,
whether `should_prune` says so (0 or 1), how the trial ends after it (empty: not yet), and its result.

A trial leaves where Optuna says so, but for three cases in which Tunewright's pruners let every trial go on: at
the first report, before another trial is complete, and at the last step.
"""

import warnings

import numpy as np
import optuna
from optuna.pruners import (
    MedianPruner,
    PatientPruner,
    PercentilePruner,
    SuccessiveHalvingPruner,
    ThresholdPruner,
    WilcoxonPruner,
)
from optuna.trial import TrialState

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
TRIALS, STEPS = 36, 12


def curves(random):
    """Noisy curves that fall, and cross."""
    for _ in range(TRIALS):
        end, height, power = random.uniform(0, 1), random.uniform(0.2, 1), random.uniform(0.3, 1.5)
        falling = end + height * np.arange(1, STEPS + 1) ** -power
        curve = (falling + random.normal(0, 0.05, STEPS)).round(3)
        yield curve, curve[-1]


def folds(random, digits):
    """Folds of different difficulty."""
    difficulty = random.normal(0, 0.3, STEPS)
    for _ in range(TRIALS):
        values = (random.uniform(0, 0.4) + difficulty + random.normal(0, 0.2, STEPS)).round(digits)
        yield values, values.mean().round(6)


CASES = {
    "median": (lambda: MedianPruner(), curves),
    "median_1": (lambda: MedianPruner(n_warmup_steps=1), curves),
    "percentile_25": (lambda: PercentilePruner(25.0, n_warmup_steps=1), curves),
    "percentile_60": (
        lambda: PercentilePruner(60.0, n_startup_trials=2, n_warmup_steps=4, interval_steps=3, n_min_trials=4),
        curves,
    ),
    "patient": (lambda: PatientPruner(None, patience=2, min_delta=0.02), curves),
    "patient_0": (lambda: PatientPruner(None, patience=0), curves),
    "patient_median": (lambda: PatientPruner(MedianPruner(n_warmup_steps=1), patience=1), curves),
    "threshold": (lambda: ThresholdPruner(lower=-0.9, upper=0.9, n_warmup_steps=2, interval_steps=2), curves),
    "halving": (lambda: SuccessiveHalvingPruner(min_resource=1, reduction_factor=4), curves),
    "halving_2": (
        lambda: SuccessiveHalvingPruner(min_resource=1, reduction_factor=2, min_early_stopping_rate=1),
        curves,
    ),
    "wilcoxon": (lambda: WilcoxonPruner(), lambda random: folds(random, 3)),
    "wilcoxon_ties": (
        lambda: WilcoxonPruner(p_threshold=0.2, n_startup_steps=4),
        lambda random: folds(random, 1),
    ),
}


def replay(name, direction, seed):
    new_pruner, draw = CASES[name]
    sign = 1 if direction == "minimize" else -1
    waiting = list(draw(np.random.default_rng(seed)))
    study = optuna.create_study(direction=direction, pruner=new_pruner())
    running = []
    while waiting or running:
        while waiting and len(running) < 2:
            running.append((study.ask(), 0, *waiting.pop(0)))
        trial, step, curve, result = running.pop(0)
        value = sign * float(curve[step])
        trial.report(value, step)
        stop = trial.should_prune()
        complete = len(study.get_trials(states=[TrialState.COMPLETE])) > 0
        last = step == STEPS - 1
        if last:
            study.tell(trial, sign * float(result))
            end, told = "complete", repr(sign * float(result))
        elif stop and step > 0 and complete:
            study.tell(trial, state=TrialState.PRUNED)
            end, told = "pruned", ""
        else:
            running.append((trial, step + 1, curve, result))
            end, told = "", ""
        yield ",".join([name, direction[:3], str(trial.number), str(step), repr(value), str(int(stop)), end, told])


with open("pruners.csv", "w", encoding="ascii", newline="\n") as out:
    out.write("case,direction,trial,step,value,stop,end,result\n")
    for seed, name in enumerate(CASES):
        for offset, direction in [(100, "minimize"), (200, "maximize")]:
            out.writelines(row + "\n" for row in replay(name, direction, seed + offset))
