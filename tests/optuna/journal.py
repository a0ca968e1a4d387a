"""Checks that journals go back and forth between this crate and Optuna.

    python journal.py DURABLE FOLDER

DURABLE is the built example `durable`, FOLDER an empty folder. Needs the package optuna.
"""

import json
import math
import subprocess
import sys
import threading

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState, create_trial

durable, folder = sys.argv[1:]
optuna.logging.set_verbosity(optuna.logging.ERROR)
DISTRIBUTIONS = {
    "x": FloatDistribution(-10, 10),
    "lr": FloatDistribution(1e-5, 1, log=True),
    "act": CategoricalDistribution(["relu", "tanh", "gelu"]),
}


def run(path, *args):
    command = [durable, "--storage", f"journal:{path}", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


def dump(path, study="durable"):
    return [json.loads(line) for line in run(path, "--study", study, "--dump")]


def value(params):
    index = ["relu", "tanh", "gelu"].index(params["act"])
    return params["x"] ** 2 + (math.log10(params["lr"]) + 3) ** 2 + index


def objective(trial):
    params = {
        "x": trial.suggest_float("x", -10, 10),
        "lr": trial.suggest_float("lr", 1e-5, 1, log=True),
        "act": trial.suggest_categorical("act", ["relu", "tanh", "gelu"]),
    }
    trial.report(0.5, 1)
    trial.set_user_attr("note", "from Optuna")
    return value(params)


def open_study(path, name="durable"):
    return optuna.load_study(study_name=name, storage=JournalStorage(JournalFileBackend(path)))


def same(one, other):
    """Equal, with NaN equal to itself and -0.0 apart from 0.0."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def check_equal(path, name="durable"):
    """Both read the same trials."""
    theirs = open_study(path, name).get_trials(deepcopy=False)
    ours = dump(path, name)
    assert len(theirs) == len(ours), (len(theirs), len(ours))
    for trial, line in zip(theirs, ours):
        assert trial.number == line["number"]
        assert trial.state.name == line["state"], line
        assert same(trial.values, line["values"]), (trial.values, line)
        assert same(trial.params, line["params"]), (trial.params, line)
        steps = {str(step): value for step, value in trial.intermediate_values.items()}
        assert same(steps, line["intermediate"]), line
        assert same(trial.user_attrs, line["user_attrs"]), line
        assert same(trial.system_attrs, line["system_attrs"]), line
    return theirs


def ours_then_theirs():
    path = f"{folder}/ours.log"
    run(path, "--trials", 20, "--workers", 3)
    for trial in check_equal(path):
        assert trial.state == TrialState.COMPLETE
        assert math.isclose(trial.value, value(trial.params), rel_tol=1e-12)
        assert trial.distributions == DISTRIBUTIONS
        assert trial.datetime_complete >= trial.datetime_start
    study = open_study(path)
    study.sampler = optuna.samplers.TPESampler(seed=1)
    study.optimize(objective, n_trials=10)
    run(path, "--trials", 10)
    assert len(check_equal(path)) == 40


def theirs_then_ours():
    path = f"{folder}/theirs.log"
    storage = JournalStorage(JournalFileBackend(path))
    study = optuna.create_study(study_name="durable", storage=storage)
    study.set_user_attr("owner", {"name": "é", "nested": [1, None, "\ud800"]})
    study.optimize(objective, n_trials=5)
    study.enqueue_trial({"x": 1.5})
    study.enqueue_trial({"x": -2.0, "lr": 0.1, "act": "tanh"}, user_attrs={"why": "a guess"})
    run(path, "--trials", 4)
    trials = check_equal(path)
    assert len(trials) == 9
    assert trials[5].params["x"] == 1.5 and trials[6].params == {"x": -2.0, "lr": 0.1, "act": "tanh"}
    for trial in trials:
        assert math.isclose(trial.value, value(trial.params), rel_tol=1e-12)
    study.optimize(objective, n_trials=3)
    assert len(check_equal(path)) == 12


def odd_values():
    path = f"{folder}/odd.log"
    storage = JournalStorage(JournalFileBackend(path))
    study = optuna.create_study(study_name="durable", storage=storage, direction="maximize")
    study.set_metric_names(["accuracy"])
    deep = "leaf"
    for _ in range(200):
        deep = [deep]
    odd = {
        "": "an empty key",
        "\ud800": "a lone surrogate",
        "lone": "\udfff x",
        "nan": math.nan,
        "inf": [math.inf, -math.inf],
        "zero": -0.0,
        "small": 5e-324,
        "big": 2**200,
        "quote\"\\\n\u2028": "\x00\x7f",
        "deep": deep,
        "none": None,
    }
    for state, values in [
        (TrialState.COMPLETE, 1.5),
        (TrialState.COMPLETE, math.inf),
        (TrialState.COMPLETE, -0.0),
        (TrialState.COMPLETE, 5e-324),
        (TrialState.PRUNED, None),
        (TrialState.FAIL, None),
        (TrialState.WAITING, None),
        (TrialState.RUNNING, None),
    ]:
        study.add_trial(
            create_trial(
                state=state,
                value=values,
                params={} if state == TrialState.WAITING else {"x": 0.1, "lr": 1e-5, "act": "tanh"},
                distributions={} if state == TrialState.WAITING else DISTRIBUTIONS,
                user_attrs=odd,
                system_attrs={"constraints": [math.nan, 1.0]},
                intermediate_values={1: math.nan, 3: math.inf, 2: -0.0},
            )
        )
    mixed = optuna.create_study(study_name="mixed", storage=storage)

    def conditional(trial):
        kind = trial.suggest_categorical("kind", ["a", None, True, 1, 2.5, "é"])
        if kind == "a":
            return trial.suggest_int("n", 1, 2**60, log=True) * 1.0
        trial.report(1.0, 0)
        if trial.number % 3 == 0:
            raise optuna.TrialPruned
        return trial.suggest_float("step", 0.0, 1.0, step=0.25)

    mixed.optimize(conditional, n_trials=30)
    both = optuna.create_study(study_name="both", storage=storage, directions=["minimize", "maximize"])
    both.optimize(lambda trial: (trial.suggest_float("x", 0, 1), -1.0), n_trials=3)
    storage.delete_study(optuna.create_study(study_name="gone", storage=storage)._study_id)
    late = optuna.create_study(study_name="late", storage=storage)
    late.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    for name in ["durable", "mixed", "both", "late"]:
        check_equal(path, name)


def at_the_same_time():
    path = f"{folder}/both.log"
    run(path, "--trials", 1)
    errors = []

    def theirs():
        try:
            open_study(path).optimize(objective, n_trials=60)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=theirs) for _ in range(2)]
    for thread in threads:
        thread.start()
    acks = run(path, "--trials", 200, "--workers", 4)
    for thread in threads:
        thread.join()
    assert not errors, errors
    trials = check_equal(path)
    assert len(trials) == 321, len(trials)
    assert all(trial.state == TrialState.COMPLETE for trial in trials)
    for ack in acks:
        _, number, told = ack.split()
        assert trials[int(number)].value == float(told)


def check_fronts(path, name):
    """Both have the same trials on the front."""
    theirs = sorted(trial.number for trial in open_study(path, name).best_trials)
    ours = sorted(int(number) for number in run(path, "--study", name, "--front"))
    assert ours == theirs and len(ours) > 1, (ours, theirs)


def constrain(trial, name, value):
    """A constraint as this version of Optuna keeps it."""
    if hasattr(trial, "set_constraint"):
        trial.set_constraint(name, value)
    else:
        known = trial.storage.get_trial_system_attrs(trial._trial_id).get("constraints", [])
        trial.storage.set_trial_system_attr(trial._trial_id, "constraints", [*known, value])


def several_goals():
    path = f"{folder}/several.log"
    run(path, "--study", "ours", "--several", "--trials", 40)
    study = open_study(path, "ours")
    assert study.metric_names == ["error", "cost"], study.metric_names
    check_fronts(path, "ours")
    assert any(value > 0 for trial in study.trials for value in trial.system_attrs["constraints"])

    def both(trial):
        params = {
            "x": trial.suggest_float("x", -10, 10),
            "lr": trial.suggest_float("lr", 1e-5, 1, log=True),
            "act": trial.suggest_categorical("act", ["relu", "tanh", "gelu"]),
        }
        index = ["relu", "tanh", "gelu"].index(params["act"])
        cost = 10 - abs(params["x"]) + index
        trial.set_user_attr("memory", index)
        constrain(trial, "cost", cost - 9.5)
        constrain(trial, "memory", index - 1.5)
        return value(params), cost

    study.sampler = optuna.samplers.RandomSampler(seed=1)
    study.optimize(both, n_trials=30)
    check_fronts(path, "ours")
    run(path, "--study", "ours", "--several", "--trials", 10)
    assert len(check_equal(path, "ours")) == 80
    check_fronts(path, "ours")

    storage = JournalStorage(JournalFileBackend(path))
    theirs = optuna.create_study(
        study_name="theirs",
        storage=storage,
        directions=["minimize", "minimize"],
        sampler=optuna.samplers.RandomSampler(seed=2),
    )
    theirs.set_metric_names(["error", "cost"])
    theirs.optimize(both, n_trials=40)
    check_fronts(path, "theirs")
    run(path, "--study", "theirs", "--several", "--trials", 10)
    check_fronts(path, "theirs")


for check in [several_goals, ours_then_theirs, theirs_then_ours, odd_values, at_the_same_time]:
    check()
    print(f"optuna {optuna.__version__}: {check.__name__} passed")
