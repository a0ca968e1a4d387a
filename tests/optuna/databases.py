"""Round trips of a study between this crate and the installed Optuna, in a database.

    python databases.py DURABLE STORAGE

DURABLE is the built example `durable`, STORAGE is `sqlite:PATH` or `postgres://...`, of a database
that is empty. Ends with a line per check, and with status 1 if one has failed.
"""

import json
import math
import subprocess
import sys
import threading
import warnings

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")

durable, storage = sys.argv[1:]
if storage.startswith("sqlite:"):
    url = "sqlite:///" + storage.removeprefix("sqlite:")
else:
    url = storage.replace("postgres://", "postgresql+psycopg2://", 1)
failed = []


def check(what, holds):
    print("ok    " if holds else "FAILED", what)
    if not holds:
        failed.append(what)


def ours(study, *options):
    command = [durable, "--storage", storage, "--study", study, *options]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


def dump(study):
    return [json.loads(line) for line in ours(study, "--dump").splitlines()]


def same(one, other):
    """Equality in which NaN equals itself."""
    if isinstance(one, float) and isinstance(other, float):
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return one == other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def seen_by_optuna(name):
    # A new storage each time: they remember finished trials.
    study = optuna.load_study(study_name=name, storage=url)
    return [
        {
            "number": trial.number,
            "state": trial.state.name,
            "values": trial.values,
            "params": trial.params,
            "intermediate": {str(k): v for k, v in trial.intermediate_values.items()},
            "user_attrs": trial.user_attrs,
            "system_attrs": trial.system_attrs,
        }
        for trial in study.get_trials()
    ]


def check_equal(name, what):
    left, right = dump(name), seen_by_optuna(name)
    for one, other in zip(left, right):
        if not same(one, other):
            print("   ours:  ", one)
            print("   Optuna:", other)
            break
    check(what, len(left) == len(right) and all(map(same, left, right)))


# A study of ours that Optuna continues.
ours("first", "--trials", "15", "--workers", "3")
check_equal("first", "a study of ours is the same in Optuna")
study = optuna.load_study(study_name="first", storage=url)
space = study.get_trials()[0].distributions
activations = space["act"].choices
check("the goal is known", [d.name for d in study.directions] == ["MINIMIZE"])


def objective(trial):
    x = trial.suggest_float("x", -10, 10)
    lr = trial.suggest_float("lr", 1e-5, 1, log=True)
    act = trial.suggest_categorical("act", activations)
    trial.report(x, 0)
    trial.report(float("nan"), 1)
    trial.report(float("inf"), 2)
    trial.report(-float("inf"), 3)
    trial.report(5e-324, 10**9)
    trial.set_user_attr("nested", {"": [1, 2**70, None, {"a": float("nan")}], "\ud800": "\ud800"})
    trial.set_user_attr("text", "ü\n\"\\")
    trial.set_user_attr("zero", -0.0)
    if trial.number % 5 == 1:
        raise optuna.TrialPruned
    if trial.number % 5 == 2:
        raise ValueError("on purpose")
    if trial.number % 5 == 3:
        return float("inf")
    return x * x + (math.log10(lr) + 3) ** 2 + activations.index(act)


study.optimize(objective, n_trials=15, catch=ValueError)
check_equal("first", "what Optuna has added is the same here")
asked = study.ask()
asked.suggest_float("x", -10, 10)
study.enqueue_trial({"x": 2.5, "act": activations[1]})
study.enqueue_trial({"lr": 0.5})
ours("first", "--trials", "4")
check_equal("first", "a study that both have written is the same")
trials = {trial.number: trial for trial in study.get_trials()}
enqueued = [trial for trial in trials.values() if "fixed_params" in trial.system_attrs]
check(
    "what Optuna enqueued has run here once",
    [trial.state for trial in enqueued] == [TrialState.COMPLETE] * 2
    and enqueued[0].params["x"] == 2.5
    and enqueued[0].params["act"] == activations[1]
    and enqueued[1].params["lr"] == 0.5,
)
check("numbers are contiguous", sorted(trials) == list(range(len(trials))))
study.tell(asked, 1.0)
check_equal("first", "a trial that Optuna was running meanwhile ends there")

# A study of Optuna's that is continued here.
study = optuna.create_study(study_name="second", storage=url, direction="minimize")
space = {
    "x": FloatDistribution(-10, 10),
    "lr": FloatDistribution(1e-5, 1, log=True),
    "act": CategoricalDistribution(activations),
}
study.add_trial(
    optuna.trial.create_trial(
        params={"x": 1.0, "lr": 0.1, "act": activations[0]}, distributions=space, value=-0.0
    )
)
study.optimize(objective, n_trials=6, catch=ValueError)
ours("second", "--trials", "6", "--workers", "2")
check_equal("second", "a study of Optuna's goes on here")

# Both at once, in a study that both may create.
threads = [
    threading.Thread(target=lambda: ours("third", "--trials", "60", "--workers", "2"))
    for _ in range(2)
]
for thread in threads:
    thread.start()
while not any(s.study_name == "third" for s in optuna.get_all_study_summaries(url)):
    pass
study = optuna.load_study(study_name="third", storage=url)
study.optimize(objective, n_trials=20, catch=ValueError)
for thread in threads:
    thread.join()
trials = study.get_trials()
check("all trials of three processes are there", len(trials) == 140)
check("their numbers are unique", sorted(t.number for t in trials) == list(range(140)))
check_equal("third", "and both see the same")

# What is refused here.
study = optuna.create_study(study_name="choices", storage=url)
study.optimize(lambda t: t.suggest_categorical("act", ["other"]) == "other", n_trials=1)
done = subprocess.run(
    [durable, "--storage", storage, "--study", "choices", "--trials", "1"],
    capture_output=True,
    text=True,
)
check("other choices are refused in one line", done.returncode == 2 and done.stderr.count("\n") == 1)
check("and nothing is written then", len(study.get_trials()) == 1)
sys.exit(bool(failed))
