"""Writes improvement.csv: reference values of tunewright::math::improvement.

Needs mpmath (1.3 or later). Run in this directory: python improvement.py

Every argument is an exact double. ln h(z) and Φ(z)/h(z) with h(z) = φ(z) + zΦ(z) are computed with 200 digits and
printed with 25.
"""

import random

from mpmath import mp, mpf, erfc, exp, log, nstr, pi, sqrt

mp.dps = 200
random.seed(20262)


def mills_bracket(t):
    """ln(1 - t c(t)) and c(t), for t = -z > 0, with c(t) = Φ(-t)/φ(t)."""
    if t < 1000:
        c = sqrt(pi / 2) * exp(t * t / 2) * erfc(t / sqrt(mpf(2)))
        return log(1 - t * c), c
    # Asymptotic series; at t = 1000 the k-th term is below (2k / 1e6)^k, so 60 terms pass 200 digits.
    total, bracket, term = mpf(1), mpf(0), mpf(1)
    for k in range(1, 60):
        term *= -mpf(2 * k - 1) / (t * t)
        total += term
        bracket -= term
    return log(bracket), total / t


def values(z):
    if z < 0:
        bracket, c = mills_bracket(-z)
        return -z * z / 2 - log(2 * pi) / 2 + bracket, c / exp(bracket)
    cdf = erfc(-z / sqrt(mpf(2))) / 2
    h = exp(-z * z / 2) / sqrt(2 * pi) + z * cdf
    return log(h), cdf / h


arguments = (
    [random.uniform(-10, 10) for _ in range(60)]
    + [random.uniform(-60, -1) for _ in range(60)]
    + [-(10 ** random.uniform(0, 8)) for _ in range(60)]
    + [0.0, -0.0001, -1.0, -0.9999999, -1.0000001, -30.0, -29.9999999, -30.0000001, 10.0, -1e8, -1e6, -38.6]
)
with open("improvement.csv", "w", encoding="ascii", newline="\n") as out:
    out.write("z,log_h,slope\n")
    for z in sorted(set(arguments)):
        row = [nstr(x, 25, min_fixed=0, max_fixed=0) for x in values(mpf(z))]
        out.write(f"{z!r},{row[0]},{row[1]}\n")
