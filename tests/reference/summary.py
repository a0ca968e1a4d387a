"""Writes summary.csv: reference values of tunewright::math::statistics, from scipy 1.17.1, numpy and mpmath.

Run in this directory: python summary.py. Each row: function, comma-separated arguments, value.
The samples behind the summaries are listed in full; p-values of Kolmogorov's test are of (n, distance).
"""

import numpy
from mpmath import gammainc, mp, mpf
from scipy import stats
from scipy.stats._ksstats import _kolmogn_DMTW, kolmogn

mp.dps = 40
rows = []


def row(name, arguments, value):
    rows.append(",".join([name, *(repr(float(a)) for a in arguments), repr(float(value))]))


# Kolmogorov: the scaled distance spans p from near 1 to 1e-30. In the body the exact distribution by Durbin's
# matrix, where scipy itself would switch to an expansion; in the tail its sum of one-sided probabilities.
for n in [1, 2, 3, 5, 10, 25, 60, 100, 101, 140, 300, 1000, 2000]:
    for scaled in [0.3, 0.45, 0.6, 0.8, 1.0, 1.3, 1.6, 1.9, 1.99, 2.01, 2.5, 4.0, 6.0]:
        distance = scaled / n**0.5
        if 0.5 / n < distance < 1:
            body = n * distance**2 < 4
            p = _kolmogn_DMTW(n, distance, cdf=False) if body else kolmogn(n, distance, cdf=False)
            row("kolmogorov", (n, distance), p)

# Chi-square upper tails, at 40 digits rather than scipy's.
for dof in [1, 2, 3, 5, 10, 30, 100, 1000, 100000]:
    for factor in [0.0, 0.01, 0.3, 0.9, 1.0, 1.1, 1.5, 3.0, 6.0]:
        x = dof * factor
        p = gammainc(mpf(dof) / 2, mpf(x) / 2, regularized=True)
        if p > mpf(10) ** -300:
            row("chi_square_tail", (dof, x), p)

generator = numpy.random.default_rng(1)
for size in [1, 2, 3, 4, 7, 20]:
    sample = generator.normal(3, 2, size).round(2)
    row("mean", sample, numpy.mean(sample))
    row("median", sample, numpy.median(sample))
    if size > 1:
        row("variance", sample, numpy.var(sample, ddof=1))
    for p in [0.0, 0.1, 0.25, 0.5, 0.9, 1.0]:
        row("quantile", [p, *sample], numpy.quantile(sample, p))

sample = generator.uniform(0, 1, 40).round(4)
row("kolmogorov_uniform", sample, stats.kstest(sample, "uniform").pvalue)
observed, expected = [18, 25, 9, 30, 18], [20.0, 20.0, 15.0, 25.0, 20.0]
row("chi_square", observed + expected, stats.chisquare(observed, expected).pvalue)
tied = [3.0, 1.0, 2.0, 3.0, -1.0, 2.0, 3.0]
for value, rank in zip(tied, stats.rankdata(tied)):
    row("rank", [value], rank)

with open("summary.csv", "w", encoding="ascii", newline="\n") as out:
    out.write("function,arguments...,value\n")
    out.writelines(r + "\n" for r in rows)
