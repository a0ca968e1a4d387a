"""Writes pareto.csv: reference values of tunewright::math::pareto for one to six goals.

Needs moocore (0.3) and numpy. Run in this directory: python pareto.py

Hypervolumes, contributions and the ranks of non-dominated sorting, all for losses. moocore counts ranks as here: equal
points share theirs. Kinds of points: uniform, on a sphere (no one dominates another), on a coarse grid (many ties), with
duplicates, partly outside the reference. In a row, points are separated by ";" and numbers by " ".
"""

import moocore
import numpy as np

rng = np.random.default_rng(20264)


def points(kind, n, m):
    F = rng.random((n, m))
    if kind == "sphere":
        F = 1 - F / np.linalg.norm(F, axis=1, keepdims=True)
    elif kind == "grid":
        F = rng.integers(0, 4, (n, m)) / 4
    elif kind == "duplicates":
        F = F[rng.integers(0, max(1, n // 2), n)]
    elif kind == "outside":
        F = F * 1.6 - 0.2
    return np.round(F, 3)


with open("pareto.csv", "w", encoding="ascii", newline="\n") as out:
    out.write("kind,points,reference,hypervolume,ranks,contributions\n")
    for m in range(1, 7):
        for n in (1, 2, 7, 30, 80 if m < 6 else 50):
            for kind in ("uniform", "sphere", "grid", "duplicates", "outside"):
                F, ref = points(kind, n, m), np.full(m, 1.1)
                if m == 1:
                    x = np.sort(np.minimum(F[:, 0], 1.1))
                    volume = 1.1 - x[0]
                    ranks = np.unique(F[:, 0], return_inverse=True)[1].ravel()
                    gap = (x[1] if n > 1 else 1.1) - x[0]
                    contributions = np.where(F[:, 0] == x[0], gap, 0.0)
                else:
                    volume = moocore.hypervolume(F, ref=ref)
                    ranks = np.asarray(moocore.pareto_rank(F)).astype(int)
                    ranks -= ranks.min()
                    contributions = moocore.hv_contributions(F, ref=ref, ignore_dominated=False)
                text = lambda row: " ".join(f"{x:.10g}" for x in row)
                out.write(
                    f"{kind},{';'.join(text(p) for p in F)},{text(ref)},{float(volume)!r},{text(ranks)},"
                    f"{' '.join(f'{x:.13g}' if x > 1e-15 else '0' for x in contributions)}\n"
                )
