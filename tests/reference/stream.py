"""Prints the values that the stability tests of tunewright::math::random hold, from an independent ChaCha8.

Needs the standard library only. Run: python stream.py
"""

import struct
from statistics import NormalDist

MASK = (1 << 64) - 1


def split_mix(seed, index):
    z = (seed + index * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def block(key, stream, counter):
    def quarter(a, b, c, d):
        for x, y, z, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            w[x] = (w[x] + w[y]) & 0xFFFFFFFF
            w[z] ^= w[x]
            w[z] = ((w[z] << turn) | (w[z] >> (32 - turn))) & 0xFFFFFFFF

    start = list(struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<QQ", counter, stream)))
    w = start[:]
    for _ in range(4):  # 8 rounds
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(w, start)))


class Stream:
    def __init__(self, key, stream):
        self.key, self.stream, self.position = key, stream, 0

    def bits(self):
        data = block(self.key, self.stream, self.position // 8)
        value = struct.unpack_from("<Q", data, 8 * (self.position % 8))[0]
        self.position += 1
        return value

    def unit(self):
        return (self.bits() >> 11) * 2.0**-53

    def open_unit(self):
        return ((self.bits() >> 12) + 0.5) * 2.0**-52

    def below(self, n):
        while True:
            product = self.bits() * n
            if product & MASK >= (MASK + 1) % n:
                return product >> 64

    def fork(self, label):
        key = bytes(a ^ b for a, b in zip(self.key, b"tunewright: key of a substream.."))
        return Stream(block(key, self.stream, 0)[:32], label)


def stream(seed, number):
    return Stream(struct.pack("<4Q", *(split_mix(seed, i) for i in range(1, 5))), number)


if __name__ == "__main__":
    s = stream(42, 7)
    print("bits", [hex(s.bits()) for _ in range(3)])
    print("unit", [s.unit() for _ in range(3)])
    print("open_unit", [s.open_unit() for _ in range(3)])
    print("below 1000", [s.below(1000) for _ in range(6)])
    print("below 2^63 + 1", [s.below((1 << 63) + 1) for _ in range(3)])
    items = list(range(8))
    for last in range(7, 0, -1):
        other = s.below(last + 1)
        items[last], items[other] = items[other], items[last]
    print("shuffle", items)
    print("first bits of (0, 0)", hex(stream(0, 0).bits()))
    print("fork 3", hex(stream(42, 7).fork(3).bits()))
    print("fork 3, fork 0", hex(stream(42, 7).fork(3).fork(0).bits()))
    s = stream(42, 7)
    print("normal", [NormalDist().inv_cdf(s.open_unit()) for _ in range(3)])
    bounds = ((1 / 8, 0), (3 / 8, 2), (1, 3))  # cumulative shares of the weights 1, 0, 2, 5
    units = [s.unit() for _ in range(8)]
    print("choose_weighted", [next(i for bound, i in bounds if u < bound) for u in units])
