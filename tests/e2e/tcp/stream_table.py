#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The conditions that stream and stream_full run under, one line per run.

    stream_table.py pairs           a selection that holds every pair of values
    stream_table.py full            every way to write and read on every network, SACK and
                                    timestamps on and off; the rest is drawn
    stream_table.py check FILE      does FILE hold every pair? says which it does not

The numbers are drawn with a fixed seed: the same table each time.
"""

import itertools
import random
import sys

SEED = 1
FACTORS = {
    "write": ["small", "large", "sendfile", "writev", "more"],
    "read": ["whole", "7", "1000", "64k", "peek", "waitall", "splice"],
    "net": ["clean", "loss", "reorder", "duplicate", "jitter", "corrupt"],
    "sack": ["sack", "nosack"],
    "timestamps": ["ts", "nots"],
    "offload": ["gso", "nogso", "notx"],
    "mtu": ["1280", "1450", "1500", "9000"],
    "change": ["-", "mtu"],
    "family": ["ip4", "ip6"],
    "pattern": ["AB", "A-B-", "AAB"],
    "nagle": ["nagle", "nodelay"],
}
CROSSED = ["write", "read", "net", "sack", "timestamps"]
TRIES = 60


def pairs_of(row):
    return set(itertools.combinations(enumerate(row), 2))


def all_pairs():
    names = list(FACTORS)
    return {
        ((i, a), (j, b))
        for i, j in itertools.combinations(range(len(names)), 2)
        for a in FACTORS[names[i]]
        for b in FACTORS[names[j]]
    }


def row_around(pair, left, rng):
    """A row with this pair, each other value chosen for the pairs that it adds."""
    row = [None] * len(FACTORS)
    for i, value in pair:
        row[i] = value
    places = [i for i, value in enumerate(row) if value is None]
    rng.shuffle(places)
    for i in places:
        known = [(j, value) for j, value in enumerate(row) if value is not None]
        values = list(FACTORS.values())[i][:]
        rng.shuffle(values)
        row[i] = max(values, key=lambda value: sum(
            tuple(sorted([(i, value), other])) in left for other in known))
    return row


def pairwise():
    rng = random.Random(SEED)
    left = all_pairs()
    while left:
        seeds = rng.sample(sorted(left), min(TRIES, len(left)))
        row = max((row_around(pair, left, rng) for pair in seeds),
                  key=lambda r: len(pairs_of(r) & left))
        left -= pairs_of(row)
        yield row


def full():
    rng = random.Random(SEED)
    for crossed in itertools.product(*(FACTORS[name] for name in CROSSED)):
        given = dict(zip(CROSSED, crossed))
        yield [given.get(name) or rng.choice(values) for name, values in FACTORS.items()]


def show(rows):
    print("#", *FACTORS)
    for row in rows:
        print(*row)


def check(path):
    with open(path, encoding="utf-8") as f:
        rows = [line.split() for line in f if line.strip() and not line.startswith("#")]
    left = all_pairs()
    for row in rows:
        left -= pairs_of(row)
    for (_, a), (_, b) in sorted(left):
        print(f"no run has both {a} and {b}")
    return 1 if left or not rows else 0


def main(arguments):
    if arguments == ["pairs"]:
        show(pairwise())
    elif arguments == ["full"]:
        show(full())
    elif len(arguments) == 2 and arguments[0] == "check":
        return check(arguments[1])
    else:
        print(__doc__, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
