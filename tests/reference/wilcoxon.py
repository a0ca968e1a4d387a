"""Writes wilcoxon.csv: one-sided p-values of the signed-rank test, zeros split, from scipy 1.17.1.

Run in this directory: python wilcoxon.py. Each row: source, p-value, differences. scipy is exact up to 13
differences with ties or zeros and up to 50 without; rows "counted" are ties among 14 to 50, where scipy would
approximate: there all signs are counted as a product of polynomials in whole numbers.
"""

from fractions import Fraction

import numpy as np
from scipy import stats

random = np.random.default_rng(18)
rows = []


def counted(d):
    ranks = [round(2 * r) for r in stats.rankdata(np.abs(d))]
    observed = sum(r for r, x in zip(ranks, d) if x > 0)
    counts = {0: 1}
    free = [r for r, x in zip(ranks, d) if x != 0]
    for r in free:
        both = dict(counts)
        for total, count in counts.items():
            both[total + r] = both.get(total + r, 0) + count
        counts = both
    return float(Fraction(sum(c for s, c in counts.items() if s >= observed), 2 ** len(free)))


def row(d):
    tied = len(np.unique(np.abs(d))) < len(d) or np.any(d == 0)
    if tied and 13 < len(d) <= 50:
        source, p = "counted", counted(d)
    else:
        source, p = "scipy", stats.wilcoxon(d, alternative="greater", zero_method="zsplit").pvalue
    rows.append(",".join([source, repr(float(p)), *(repr(float(x)) for x in d)]))


for size in [1, 2, 3, 5, 8, 10, 13, 14, 20, 30, 50, 51, 70]:
    for shift in [-0.5, 0.0, 0.4]:
        d = random.normal(shift, 1, size)
        row(d.round(3))
        row(d.round(0))

with open("wilcoxon.csv", "w", encoding="ascii", newline="\n") as out:
    out.write("source,p,differences...\n")
    out.writelines(r + "\n" for r in rows)
