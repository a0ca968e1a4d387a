"""Writes sobol.csv: unscrambled Sobol points as 32-bit integers, from scipy 1.17.1.

Run in this directory: python sobol.py
"""

import numpy
from scipy.stats import qmc

DIMENSIONS = [0, 1, 2, 3, 4, 9, 50, 99, 255, 511, 777, 1022, 1023]
INDICES = list(range(20)) + [100, 255, 256, 1000, 4095, 65535, 65536, 99999]

with open("sobol.csv", "w", encoding="ascii", newline="\n") as out:
    out.write("index," + ",".join(f"x{d}" for d in DIMENSIONS) + "\n")
    engine = qmc.Sobol(1024, scramble=False, bits=32)
    for index in INDICES:
        if index > engine.num_generated:
            engine.fast_forward(index - engine.num_generated)
        point = engine.random(1)[0] * 2.0**32
        assert numpy.all(point == numpy.floor(point))
        out.write(f"{index}," + ",".join(str(int(point[d])) for d in DIMENSIONS) + "\n")
