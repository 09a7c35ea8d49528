# SPDX-License-Identifier: GPL-2.0
"""Measures the cost of a round trip on one CPU and on two: boots tests/scale/cpus.sh with cpus_count.so.

Its CPUs take turns, in one thread of the host, until they halt or pause: the order in which they
run does not depend on the host's other work.  So they never wait for a lock.  In cpus_waits.sh they run
side by side, and waits are counted: their length depends on the host and on the emulator's own locks,
and is not measured.
"""

import collections
import os
import statistics
import subprocess
import sys

STATES = ("nothing", "loaded", "context", "stages")
PLACES = ("one", "two", "beside")
# The numbers that cpus_count.c writes for each CPU.
USER, KERNEL, PAUSES, COUNTS = range(4)

# The cost of a state, which is its difference to the state "nothing", may grow by this share, and
# by this number of instructions, when the ends are on two CPUs, or when another pair works on the
# other CPU.
GROWS, ONCE = 0.15, 1500
# While two pairs run side by side, at most this many of a hundred round trips may find a lock of
# ours taken.
WAITS = 1


def boot(tree, name, options):
    out = os.path.join(tree, "build", "scale", name)
    command = ["tests/vm/run", "--quiet", "--smp", "2", "--out", out, "--timeout", "1800",
               "--script-timeout", "1800", *options, "--each", f"tests/scale/{name}.sh"]
    if subprocess.run(command, cwd=tree, check=False).returncode:
        sys.exit(f"scale: the machine failed; its logs are in {out}")
    return out


def costs(tree, count, rounds):
    """Lines of the guest, and what was counted for each."""
    counts = os.path.join(tree, "build", "scale", "cpus.counts")
    if os.path.exists(counts):
        os.unlink(counts)
    # A CPU that polls for work is not halted.
    out = boot(tree, "cpus", ["--accel", "tcg,thread=single", "--append", "cpuidle.off=1", "--env", f"COUNT={count}",
                              "--env", f"ROUNDS={rounds}", "--plugin",
                              f"{tree}/build/scale/cpus_count.so,out={counts}"])
    with open(os.path.join(out, "cpus.txt"), encoding="utf-8") as file:
        lines = [line.split() for line in file]
    with open(counts, encoding="utf-8") as file:
        values = [[int(word) for word in line.split()] for line in file]
    if len(lines) != len(values):
        sys.exit(f"scale: {len(values)} measurements, {len(lines)} were made: {counts}")
    return list(zip(lines, values))


def each(place, values, times):
    """Instructions and pauses of one round trip: of both CPUs; of CPU 0 where the other has its own work."""
    cpus = (0,) if place == "beside" else (0, 1)
    numbers = [values[cpu * COUNTS:(cpu + 1) * COUNTS] for cpu in cpus]
    return (sum(n[USER] + n[KERNEL] for n in numbers) / times, sum(n[PAUSES] for n in numbers) / times)


def gather(measured, times):
    """(place, state) -> instructions of each round; the same of pauses."""
    instructions, pauses = collections.defaultdict(list), collections.defaultdict(list)
    for (place, state, _), values in measured:
        if place in PLACES:
            ran, paused = each(place, values, times)
            instructions[place, state].append(ran)
            pauses[place, state].append(paused)
    return instructions, pauses


def rows_of(measured, times):
    instructions, pauses = gather(measured, times)
    for place in PLACES:
        base = instructions[place, "nothing"]
        for state in (s for s in STATES if (place, s) in instructions):
            ran = instructions[place, state]
            more = [one - zero for one, zero in zip(ran, base)]
            yield {"place": place, "state": state,
                   "instructions": round(statistics.median(ran)), "low": round(min(ran)), "high": round(max(ran)),
                   "ratio": round(statistics.median(one / zero for one, zero in zip(ran, base)), 3),
                   "more": round(statistics.median(more)),
                   "pauses": round(statistics.median(pauses[place, state]), 2)}


def show(rows):
    print(f"{'ends':7} {'state':8} {'instructions':>12} {'least':>7} {'most':>7} {'ratio':>6}"
          f" {'more':>6} {'pauses':>7}")
    for row in rows:
        print(f"{row['place']:7} {row['state']:8} {row['instructions']:12} {row['low']:7}"
              f" {row['high']:7} {row['ratio']:6.3f} {row['more']:6} {row['pauses']:7.2f}")


def exceeded(rows):
    """Sentences."""
    more = {(row["place"], row["state"]): row["more"] for row in rows}
    for (place, state), value in more.items():
        limit = max(more["one", state], 0) * (1 + GROWS) + ONCE
        if value > limit:
            yield f"{state}, {place}: {value} more than nothing, at most {limit:.0f} is allowed"


def idle(measured):
    for (place, _, _), values in measured:
        if place == "idle":
            numbers = [sum(values[cpu * COUNTS:cpu * COUNTS + PAUSES]) for cpu in (0, 1)]
            print(f"two seconds of nothing are {numbers[0]} and {numbers[1]} instructions")


def waits(tree):
    """For each state: round trips, how often a lock was found taken, how often one of ours."""
    out = boot(tree, "cpus_waits", ["--accel", "tcg,thread=multi"])
    with open(os.path.join(out, "cpus_waits.txt"), encoding="utf-8") as file:
        for line in file:
            state, trips, found, ours = line.split()
            yield {"state": state, "round_trips": int(trips), "waits": int(found), "ours": int(ours)}


def measure(tree, count=2000, rounds=5):
    """Rows, and what is wrong with them."""
    measured = costs(tree, count, rounds)
    idle(measured)
    # The first tenth of the round trips does not count.
    rows = list(rows_of(measured, count - count // 10))
    show(rows)
    wrong = list(exceeded(rows))
    waited = list(waits(tree))
    for row in waited:
        print("{state}, two pairs side by side: in {round_trips} round trips a lock was found taken {waits} times,"
              " one of the module's {ours} times".format_map(row))
        if row["ours"] * 100 > WAITS * row["round_trips"]:
            wrong.append(f"{row['state']}: the module's locks are waited for")
    return rows + waited, wrong
