"""Writes the small tables in tables/: data frames of optuna 5.0.0 and mlflow-skinny 3.17.2, by pandas 3.

Run in this directory: python tables.py. MLflow keeps its runs in a folder that is deleted afterwards.
"""

import os
import tempfile

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def train(trial):
    """A parameter under one choice, one under two, some under a number, and one that may be None."""
    layers = trial.suggest_int("n_layers", 1, 3)
    optimizer = trial.suggest_categorical("optimizer", ["sgd", "adam", "rmsprop"])
    if optimizer in ("sgd", "rmsprop"):
        trial.suggest_float("momentum", 0.0, 0.9)
    if optimizer == "adam":
        trial.suggest_float("beta", 0.9, 0.999)
    for layer in range(layers):
        trial.suggest_int(f"units_{layer}", 4, 64, log=True)
    trial.suggest_categorical("bias", [True, False])
    trial.suggest_categorical("class_weight", [None, "balanced"])
    trial.set_user_attr("host", f"ws-{trial.number % 3}")
    trial.set_user_attr("train_error", 0.1 * trial.number)
    if trial.number == 3:
        raise ValueError("out of memory")
    for step in range(3):
        trial.report(1.0 / (step + 1 + trial.number), step)
        if trial.should_prune():
            raise optuna.TrialPruned()
    return 1.0 / (trial.number + 1)


pruner = optuna.pruners.ThresholdPruner(lower=0.1)
study = optuna.create_study(pruner=pruner, sampler=optuna.samplers.RandomSampler(seed=1))
study.optimize(train, n_trials=12, catch=(ValueError,))
study.ask()
study.enqueue_trial({"n_layers": 1})
study.trials_dataframe().to_csv("tables/optuna.csv")
study.trials_dataframe(multi_index=True).to_csv("tables/optuna_multi_index.csv")
attributes = ("number", "value", "params", "state", "intermediate_values")
study.trials_dataframe(attrs=attributes).to_csv("tables/optuna_reports.csv", index=False)

goals = optuna.create_study(
    directions=["minimize", "maximize"], sampler=optuna.samplers.RandomSampler(seed=1)
)
goals.optimize(lambda t: (t.suggest_float("x", 0, 1), t.suggest_int("k", 1, 4)), n_trials=4)
goals.trials_dataframe().to_csv("tables/optuna_goals.csv", index=False)

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
import mlflow  # noqa: E402

with tempfile.TemporaryDirectory() as folder:
    mlflow.set_tracking_uri(f"file://{folder}")
    experiment = mlflow.set_experiment("digits").experiment_id
    for number in range(6):
        try:
            with mlflow.start_run(run_name=f"run-{number}"):
                parameters = {"lr": 10.0**-number, "units": 4 * number + 4, "early": number % 2 == 0}
                if number % 3:
                    parameters["momentum"] = 0.1 * number
                mlflow.log_params(parameters | {"solver": "sgd" if number % 3 else "adam"})
                mlflow.set_tag("data", "digits")
                if number == 2:
                    raise ValueError
                mlflow.log_metrics({"val_error": 0.1 * number, "train_error": 0.05 * number})
        except ValueError:
            pass
    # One run that somebody stopped, and one that runs yet.
    client = mlflow.MlflowClient()
    stopped = client.create_run(experiment)
    for run in (stopped, client.create_run(experiment)):
        for name, value in {"lr": 0.5, "units": 8, "early": True, "solver": "adam"}.items():
            client.log_param(run.info.run_id, name, value)
        client.log_metric(run.info.run_id, "val_error", 0.01)
    client.set_terminated(stopped.info.run_id, "KILLED")
    runs = mlflow.search_runs([experiment])
    runs = runs[[name for name in runs if not name.startswith("tags.mlflow.source.git")]]
    runs["artifact_uri"] = "file:///runs"
    runs["tags.mlflow.source.name"] = "train.py"
    runs["tags.mlflow.user"] = "me"
    runs.to_csv("tables/mlflow.csv", index=False)
