"""Importances by Optuna, of the same trials that tests/api/importance.rs reads.

Writes importance.csv. Rows `trial,PROBLEM,value,x0,x1,...`; rows
`fanova,PROBLEM,PARAMETER,mean over seeds` and `ped,PROBLEM,PARAMETER,importance`; rows
`stable,PROBLEM,mean rank correlation of one seed's fANOVA with the mean of the others`.
Parameters are linear, so that both measures of a range are the same. `c` is a choice.

    python importance.py            needs optuna, numpy, scipy, scikit-learn
"""

import math
import warnings

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.importance import FanovaImportanceEvaluator, PedAnovaImportanceEvaluator
from scipy.stats import spearmanr

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
SEEDS = 5


def ishigami(x):
    return math.sin(x[0]) + 7 * math.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * math.sin(x[0])


def g(x):
    return math.prod((abs(4 * v - 2) + a) / (1 + a) for v, a in zip(x, [0, 1, 4.5, 9, 99]))


def additive(x):
    return 3 * x[0] + 2 * x[1] ** 2 + x[2] + 0.3 * math.sin(6 * x[3]) + 0.05 * x[4]


def mixed(x):
    return (x[0] - 0.3) ** 2 + 0.1 * x[1] + [0.0, 0.4, 0.1][int(x[2])] * (1 + x[3]) + 0.02 * x[4]


unit = FloatDistribution(0, 1)
wide = FloatDistribution(-math.pi, math.pi)
PROBLEMS = {
    "ishigami": (ishigami, [wide] * 3, 250),
    "g": (g, [unit] * 5, 250),
    "additive": (additive, [unit] * 5, 150),
    "mixed": (mixed, [unit, IntDistribution(1, 6), CategoricalDistribution([0, 1, 2]), unit, unit], 150),
}


def draw(dist, random):
    if isinstance(dist, FloatDistribution):
        return float(random.uniform(dist.low, dist.high))
    if isinstance(dist, IntDistribution):
        return int(random.integers(dist.low, dist.high + 1))
    return int(random.integers(len(dist.choices)))


rows = []
for index, (name, (function, dists, n)) in enumerate(PROBLEMS.items()):
    random = np.random.default_rng(index)
    study = optuna.create_study()
    names = [f"x{i}" for i in range(len(dists))]
    for _ in range(n):
        x = [draw(dist, random) for dist in dists]
        value = function(x)
        rows.append(["trial", name, repr(value), *map(repr, x)])
        study.add_trial(
            optuna.trial.create_trial(
                params=dict(zip(names, x)), distributions=dict(zip(names, dists)), value=value
            )
        )
    by_seed = np.array(
        [
            [FanovaImportanceEvaluator(seed=seed).evaluate(study)[p] for p in names]
            for seed in range(SEEDS)
        ]
    )
    mean = by_seed.mean(axis=0)
    others = [np.delete(by_seed, seed, axis=0).mean(axis=0) for seed in range(SEEDS)]
    stable = np.mean([spearmanr(one, rest)[0] for one, rest in zip(by_seed, others)])
    ped = PedAnovaImportanceEvaluator().evaluate(study)
    rows += [["fanova", name, p, repr(float(v))] for p, v in zip(names, mean)]
    rows += [["ped", name, p, repr(float(ped[p]))] for p in names]
    rows.append(["stable", name, repr(float(stable))])
    print(name, mean.round(4), [round(ped[p], 3) for p in names], round(stable, 3))

with open("importance.csv", "w") as file:
    file.writelines(",".join(row) + "\n" for row in rows)
