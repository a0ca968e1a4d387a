"""Writes hypervolume_improvement.csv: reference values of tunewright::math::pareto::improvement for two goals.

Needs mpmath (1.3 or later). Run in this directory: python hypervolume_improvement.py

The expected hypervolume improvement of two independent normal predictions is, with the front sorted by the first goal
(a_1 < ... < a_n, b_1 > ... > b_n), a_0 = -inf and b_0, a_(n+1) the reference,

    sum over k = 0..n of (psi_1(a_(k+1)) - psi_1(a_k)) psi_2(b_k),    psi(t) = s h((t - m)/s),    h(z) = z Phi(z) + phi(z).

Its logarithm and the gradient of that are computed with as many digits as the cancellation takes and printed with 20.
In a row, points are separated by ";" and numbers by " ".
"""

import random

from mpmath import erfc, exp, log, mp, mpf, nstr, pi, sqrt

random.seed(20263)


def phi(z):
    return exp(-z * z / 2) / sqrt(2 * pi)


def cdf(z):
    return erfc(-z / sqrt(mpf(2))) / 2


def psi(t, m, s):
    """The value, and its derivatives by m and s."""
    z = (t - m) / s
    return s * (z * cdf(z) + phi(z)), -cdf(z), phi(z)


def values(front, reference, means, deviations):
    front = sorted(p for p in front if p[0] < reference[0] and p[1] < reference[1])
    front = [p for i, p in enumerate(front) if all(q[1] > p[1] for q in front[:i])]
    # Far out, z Phi(z) and phi(z) agree in about log10(z^2) digits; mpmath's exponents are unbounded.
    mp.dps = 120
    rights = [mpf(p[0]) for p in front] + [mpf(reference[0])]
    tops = [mpf(reference[1])] + [mpf(p[1]) for p in front]
    m, s = [mpf(x) for x in means], [mpf(x) for x in deviations]
    total, slopes = mpf(0), [mpf(0)] * 4
    before = (mpf(0),) * 3
    for right, top in zip(rights, tops):
        here = psi(right, m[0], s[0])
        first = [x - y for x, y in zip(here, before)]
        second = psi(top, m[1], s[1])
        before = here
        total += first[0] * second[0]
        for k, term in enumerate((first[1] * second[0], first[0] * second[1], first[2] * second[0], first[0] * second[2])):
            slopes[k] += term
    return log(total), [x / total for x in slopes]


def curve(n):
    """A front of n points between (0, 1) and (1, 0)."""
    a = sorted(random.random() for _ in range(n))
    return [(x, (1 - x**0.5) ** 2) for x in a]


cases = []
for n in (0, 1, 2, 5, 20):
    for reach in (0.1, 1, 10, 100):
        for _ in range(3):
            deviations = [10 ** random.uniform(-2, 0.5) for _ in range(2)]
            means = [0.5 + random.gauss(0, 1) * reach for _ in range(2)]
            cases.append((curve(n), (1.1, 1.2), means, deviations))
# Two points of the front that nearly agree.
for gap in (1e-3, 1e-6, 1e-9, 1e-12):
    for means, deviations in (((0.3, 0.3), (0.1, 0.2)), ((3.0, 2.0), (0.1, 0.1)), ((20.0, 10.0), (0.1, 0.05)), ((0.5, -1.0), (1e-3, 0.3))):
        cases.append(([(0.2, 0.6), (0.5, 0.4), (0.5 + gap, 0.4 - gap), (0.8, 0.1)], (1.0, 1.0), means, deviations))
# Only a short stripe has any hope: the mean lies far behind in one goal and just beside the stripe in the other.
for gap in (1e-2, 1e-5):
    cases.append(([(0.2, 0.6), (0.5, 0.4), (0.5 + gap, -5.0)], (1.0, 1.0), (0.5 + gap / 2, 0.35), (gap / 10, 0.01)))
# The logarithm near -37,000, -1e6 and -1e9.
for far in (27.4, 140.0, 4500.0):
    cases.append(([(0.2, 0.6), (0.5, 0.4), (0.5 + 1e-9, 0.4 - 1e-9), (0.8, 0.1)], (1.0, 1.0), (far, 0.5), (0.1, 0.1)))
# Ties, duplicates, dominated points, points outside the reference.
cases.append(([(0.2, 0.6), (0.2, 0.6), (0.2, 0.7), (0.5, 0.6), (0.9, 0.1), (1.0, 0.0), (-3.0, 2.0)], (1.0, 1.0), (0.4, 0.4), (0.3, 0.3)))

with open("hypervolume_improvement.csv", "w", encoding="ascii", newline="\n") as out:
    out.write("front,reference,means,deviations,log_expected,by_mean,by_deviation\n")
    for front, reference, means, deviations in cases:
        value, slopes = values(front, reference, means, deviations)
        text = [nstr(x, 20, min_fixed=0, max_fixed=0) for x in [value] + slopes]
        numbers = lambda row: " ".join(repr(float(x)) for x in row)
        out.write(
            f"{';'.join(numbers(p) for p in front)},{numbers(reference)},{numbers(means)},{numbers(deviations)},"
            f"{text[0]},{text[1]} {text[2]},{text[3]} {text[4]}\n"
        )
