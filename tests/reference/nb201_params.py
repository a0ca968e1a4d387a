"""Parameters of NAS-Bench-201 networks, as the benchmark recorded them.

    python nb201_params.py nb201_cifar10.csv.gz > nb201_params.csv

The table is the one of X. Dong, Y. Yang, "NAS-Bench-201" (ICLR 2020), MIT licence, Copyright (c)
Xuanyi Dong. Every 389th cell is taken, and the best one. Operations: 0 none, 1 skip, 2 convolution
1x1, 3 convolution 3x3, 4 average pooling.
"""

import csv
import gzip
import sys

with gzip.open(sys.argv[1], "rt") as file:
    rows = list(csv.DictReader(file))
columns = [f"d_{edge}" for edge in range(6)] + ["params"]
best = max(range(len(rows)), key=lambda row: float(rows[row]["valid"]))
print(",".join(columns))
for row in sorted(set(range(0, len(rows), 389)) | {best}):
    print(",".join(rows[row][column] for column in columns))
