"""Optuna's TPE on the objective of `conditional.rs`: the best of 50 trials over 20 seeds.

Needs optuna. Run from the repository's root, after the bench itself has been built:
python benches/peers/conditional.py path/to/the/bench/program
"""

import json
import statistics
import subprocess
import sys

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
SEEDS, TRIALS = 20, 50


def model(trial):
    kind = trial.suggest_categorical("model", ["support_vectors", "forest", "elastic_net", "neighbours"])
    config = {"model": kind}
    if kind == "support_vectors":
        config["penalty"] = trial.suggest_float("penalty", 1e-2, 1e3, log=True)
        config["gamma"] = trial.suggest_float("gamma", 1e-4, 1.0, log=True)
        config["tube"] = trial.suggest_float("tube", 1e-3, 1.0, log=True)
    elif kind == "forest":
        config["trees"] = trial.suggest_int("trees", 5, 50, log=True)
        config["inputs_per_split"] = trial.suggest_int("inputs_per_split", 1, 10)
        config["samples_per_leaf"] = trial.suggest_int("samples_per_leaf", 1, 20, log=True)
        config["max_depth"] = trial.suggest_int("max_depth", 1, 15)
    elif kind == "elastic_net":
        config["alpha"] = trial.suggest_float("alpha", 1e-4, 1e1, log=True)
        config["l1_ratio"] = trial.suggest_float("l1_ratio", 0.01, 0.99)
    else:
        config["count"] = trial.suggest_int("count", 1, 50, log=True)
        config["weighted"] = trial.suggest_categorical("weighted", [False, True])
        config["power"] = trial.suggest_int("power", 1, 5)
    return config


for data in "diabetes", "boston":
    server = subprocess.Popen([sys.argv[1], "--serve", data], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def objective(trial):
        server.stdin.write(json.dumps(model(trial)) + "\n")
        server.stdin.flush()
        loss = json.loads(server.stdout.readline())
        return float("nan") if loss is None else loss

    bests = []
    for seed in range(SEEDS):
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        study.optimize(objective, TRIALS)
        bests.append(study.best_value)
    error = statistics.stdev(bests) / SEEDS**0.5
    print(
        f"| {data} | Optuna TPE | {statistics.mean(bests):.5f} | {error:.5f}"
        f" | {statistics.median(bests):.5f} | {max(bests):.5f} |"
    )
    server.stdin.close()
    server.wait()
