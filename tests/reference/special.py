"""Writes special.csv: reference values of the functions in tunewright::math::special.

Needs mpmath (1.3 or later). Run in this directory: python special.py

Every argument is an exact double, printed with the digits that read back to the same double. Values are
computed with 80 significant digits and printed with 25, so reading them rounds once.
"""

import random

from mpmath import mp, mpf, erf, erfc, erfinv, exp, findroot, log, log1p, nstr, pi, sqrt

mp.dps = 80
random.seed(20261)


def pdf(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


def cdf(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def log_cdf(x):
    if x > 0:
        return log1p(-cdf(-x))
    if x < -1000:
        return -x * x / 2 + log(erfcx(-x / sqrt(mpf(2))) / 2)
    return log(cdf(x))


def erfcx(x):
    if x > 1000:
        # Asymptotic series; at x = 1000 the k-th term is below (k / 1e6)^k, so 40 terms pass 80 digits.
        total, term = mpf(1), mpf(1)
        for k in range(1, 40):
            term *= -mpf(2 * k - 1) / (2 * x * x)
            total += term
        return total / (x * sqrt(pi))
    return exp(x * x) * erfc(x)


def quantile(p):
    if abs(p - mpf("0.5")) < mpf("0.45"):
        return sqrt(mpf(2)) * erfinv(2 * p - 1)
    if p > mpf("0.5"):
        return -quantile(1 - p)
    # Newton on log cdf, which is nearly quadratic in the tail.
    x = -sqrt(-2 * log(p))
    for _ in range(200):
        step = (log(cdf(x)) - log(p)) * cdf(x) / pdf(x)
        x -= step
        if abs(step) < abs(x) * mpf(10) ** -70:
            return x
    raise ArithmeticError(f"no convergence at {p}")


def uniform(low, high, count):
    return [random.uniform(low, high) for _ in range(count)]


def spread(low_exponent, high_exponent, count):
    return [10.0 ** random.uniform(low_exponent, high_exponent) for _ in range(count)]


def signs(values):
    return [s * v for v in values for s in (1.0, -1.0)]


# Arguments: random ones over the claimed range, both sides of every branch, and powers of ten.
line = uniform(-37.5, 37.5, 120) + uniform(-4, 4, 60) + signs([0.5, 1.0, 0.99999999, 1.00000001, 5.0, 8.0])
small = signs(spread(-300, -1, 20))
branch = signs([0.46874999, 0.46875, 0.46875001, 0.5, 1.0, 2.0, 3.9999999, 4.0, 4.0000001, 5.0])
probabilities = (
    spread(-300, 0, 150)
    + [10.0**-k for k in range(1, 301, 13)]
    + [1e-300, 0.075, 0.0749999, 0.0750001, 0.925, 0.9249999, 1.388794386496402e-11, 1.38e-11, 1.39e-11]
    + uniform(0, 1, 80)
    + [0.5 + s for s in signs(spread(-15, -1, 20))]
    + [1 - 2.0**-k for k in range(1, 54, 3)]
)
tables = {
    "normal_pdf": (pdf, line + small),
    "normal_cdf": (cdf, line + small),
    "log_normal_cdf": (log_cdf, line + small + [-v for v in spread(0, 6, 60)] + [-1e6, -37.6, -40.0] + uniform(-3, 8, 60)),
    "normal_quantile": (quantile, probabilities),
    "erfcx": (erfcx, small + branch + uniform(-26, 26, 120) + uniform(-1, 5, 80) + spread(0, 300, 60) + [-26.0, 1e300]),
}

with open("special.csv", "w", encoding="ascii", newline="\n") as out:
    out.write("function,argument,value\n")
    for name, (function, arguments) in tables.items():
        for argument in sorted(set(arguments)):
            out.write(f"{name},{argument!r},{nstr(function(mpf(argument)), 25, min_fixed=0, max_fixed=0)}\n")
