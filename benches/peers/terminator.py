"""Optuna's Terminator on the trials that `worthwhile` wrote (TRIALS_TO=FILE).

    python terminator.py FILE [SEEDS]

Looks every ten trials from the twentieth on. The threshold is Optuna's own where trials tell the standard error
of folds or repeats (its error evaluator, given four scores with this standard error), and 7 % of the distance
from the best config to the median elsewhere, which is not known in practice.
"""

import collections
import sys
import warnings

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.terminator import RegretBoundEvaluator

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
NEGLIGIBLE = 0.07


def distribution(choices):
    return CategoricalDistribution(list(range(choices))) if choices else FloatDistribution(0.0, 1.0)


def trial(loss, error, axes):
    choices = [int(axis.split(":")[0]) for axis in axes]
    codes = [float(axis.split(":")[1]) for axis in axes]
    params = {
        f"p{at}": int(code) if count else min(max(code, 0.0), 1.0)
        for at, (count, code) in enumerate(zip(choices, codes))
    }
    return optuna.trial.create_trial(
        params=params,
        distributions={f"p{at}": distribution(count) for at, count in enumerate(choices)},
        value=loss,
    )


def stop(rows, evaluator):
    """After how many of the rows the study ends."""
    trials, errors = [], []
    for at, (loss, error, spread, axes) in enumerate(rows, 1):
        if np.isfinite(loss):
            trials.append(trial(loss, error, axes))
            errors.append(error)
        if at % 10 or len(trials) < 20:
            continue
        best = int(np.argmin([t.value for t in trials]))
        # Optuna takes (1/k + 1/(k - 1)) times the variance of k scores, which is k - 1 squared errors.
        told = errors[best] * np.sqrt((1 / 4 + 1 / 3) * 3)
        threshold = told if np.isfinite(told) else NEGLIGIBLE * spread
        bound = evaluator.evaluate(trials, optuna.study.StudyDirection.MINIMIZE)
        if bound < threshold:
            return at
    return len(rows)


def main():
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    runs = collections.OrderedDict()
    for line in open(sys.argv[1]):
        name, sign, seed, value, error, spread, *axes = line.strip().split(";")
        if int(seed) < seeds:
            row = (float(sign) * float(value), float(error), float(spread), axes)
            runs.setdefault((name, seed), []).append(row)
    results = collections.OrderedDict()
    for (name, seed), rows in runs.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            end = stop(rows, RegretBoundEvaluator(seed=int(seed)))
        best = lambda rows: np.nanmin([row[0] for row in rows])
        lost = (best(rows[:end]) - best(rows)) / rows[0][2]
        results.setdefault(name, []).append((1 - end / len(rows), min(lost, 1.0)))
        print(name, seed, end, f"{lost:.4f}", file=sys.stderr, flush=True)
    print("| problem | saved | lost | at most |\n|---|---|---|---|")
    for name, all in list(results.items()) + [("**all**", sum(results.values(), []))]:
        saved, lost = np.array(all).T
        print(f"| {name} | {100 * saved.mean():.0f} % | {lost.mean():.4f} | {lost.max():.4f} |")


if __name__ == "__main__":
    main()
