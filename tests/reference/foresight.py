"""Scores and reliabilities of learning curves, as the documentation of `curves::Foresight` defines
them. Prints CSV: `curve,number,state,loss,step=value ...`, then `score,number,rung,score,reliability,
mean,deviation` for each trial that is compared.

    python3 foresight.py > foresight.csv      # needs numpy and scipy
"""

import numpy as np
from scipy.stats import norm

rng = np.random.default_rng(7)
LENGTH = 24
trials = []
for number in range(40):
    level, slope = rng.normal(), rng.exponential()
    curve = level + slope * np.exp(-np.arange(LENGTH) / 6) + 0.2 * rng.normal(size=LENGTH)
    curve = np.round(curve, 1)  # so that some are equal
    steps = list(range(0, 2 * LENGTH, 2))
    kind = number % 5
    if number == 0 or kind == 1:
        state, keep = "complete", LENGTH
    elif number == 7:
        state, keep = "complete", LENGTH - 9  # its own early stopping
    elif number == 12:
        state, keep = "failed", 5  # diverged
        curve[keep - 1] = np.nan
    elif number == 17:
        state, keep = "complete", 0  # a result without reports
    elif number == 22:
        state, keep, steps = "pruned", 6, [s + 3 for s in steps]  # begins later, at other steps
    else:
        state, keep = "pruned", int(rng.integers(1, LENGTH - 1))
    loss = float(np.round(curve[-1] if not np.isnan(curve[-1]) else 0.0, 1)) if state == "complete" else None
    trials.append(dict(number=number, state=state, loss=loss, reports=list(zip(steps[:keep], curve[:keep]))))

# Rungs: 0, 1, 2, 3, 4, 6, 8, 11, ... of the reports of the longest complete trial.
schedule = [2 * k for k in range(LENGTH)]
rungs, at = [], 0
while at < LENGTH - 1 and (at == 0 or at <= (LENGTH - 1) * 0.875):
    rungs.append(at)
    at = max(at + 1, round(at * 2**0.5))
K, N = len(rungs), len(trials)

value = np.full((N, K + 1), np.nan)
for i, t in enumerate(trials):
    diverged = t["state"] == "failed"
    for k, rung in enumerate(rungs):
        step = schedule[rung]
        if t["reports"] and t["reports"][-1][0] >= step:
            before = [v for s, v in t["reports"] if s <= step]
            if before:
                value[i, k] = np.inf if np.isnan(before[-1]) else before[-1]
        elif diverged:
            value[i, k] = np.inf
    if t["reports"] and np.isnan(value[i, 0]):
        value[i, 0] = t["reports"][0][1]
    if diverged:
        value[i, K] = np.inf
    elif t["loss"] is not None:
        value[i, K] = t["loss"]

# First order: by the first value; who has none is in the middle.
known = [i for i in range(N) if not np.isnan(value[i, 0])]
unknown = [i for i in range(N) if np.isnan(value[i, 0])]
half = len(known) // 2
place = np.zeros(N)
for p, i in enumerate(known[:half] + unknown + known[half:]):
    place[i] = norm.ppf((p + 0.5) / N)
score, shared = place.copy(), np.zeros(N)


def renew(there, k):
    held = sorted(place[i] for i in there)
    order = sorted(there, key=lambda i: (value[i, k], i))
    for i, z in zip(order, held):
        place[i] = z
    for v in set(value[i, k] for i in there):
        equal = [i for i in there if value[i, k] == v]
        for i in equal:
            score[i] = np.mean(place[equal])
            shared[i] = np.var(place[equal])


renew(known, 0)
lost = []
for k in range(1, K + 1):
    before = score.copy()
    there = [i for i in range(N) if not np.isnan(value[i, k])]
    renew(there, k)
    count = max(len(there) - 1, 0)
    mean = np.mean(0.5 * (score[there] - before[there]) ** 2) if there else 0.0
    g = rungs[k - 1] + 1
    h = rungs[k] + 1 if k < K else LENGTH
    prior = 1 - (g / h) ** 0.15
    lost.append(min((6 * prior + count * mean) / (6 + count), 0.95))
reliability = [float(np.prod([1 - q for q in lost[k:]])) for k in range(K + 1)]

for t in trials:
    reports = " ".join(f"{s}={float(v)!r}" for s, v in t["reports"])
    loss = "" if t["loss"] is None else repr(t["loss"])
    print(f"curve,{t['number']},{t['state']},{loss},{reports}")
for i in range(N):
    rung = max(k for k in range(K + 1) if not np.isnan(value[i, k]))
    r = reliability[rung]
    deviation = (1 - r * r * (1 - min(shared[i], 1.0))) ** 0.5
    print(f"score,{i},{rung},{score[i]!r},{r!r},{r * score[i]!r},{deviation!r}".replace("np.float64(", "").replace(")", ""))
