#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Judges how much of the time that a client measured is covered by named stages.

    coverage.py --least PERCENT [--median] [--only N] MEASURED RECORDING

MEASURED is the output of coverage_ping.  "dtctl -j trace" is asked for every request, or for only N of
them (the fastest and the slowest, the others spread over the run).  The stretches that it names are
added up (time that two of them share counts once); those that it calls unexplained, or where clocks
disagree, do not count.  All requests
together must reach PERCENT, and the median one; with --median only that.  Prints verdict TAB
description TAB detail; the detail says where the rest is.
"""

import argparse
import collections
import json
import subprocess

BEFORE, AFTER = "before the first event", "after the last event"
UNNAMED = ("unexplained", "clocks disagree", "gap")


def waterfall(recording, trace):
    output = subprocess.run(["dtctl", "-j", "trace", recording, trace], check=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return json.loads(output)


def stretches(trace):
    """Every stage of a trace; the server's own time is one, too."""
    for message in trace["messages"]:
        for direction in ("request", "response"):
            yield from message.get(direction, {}).get("stages", ())
        if "application" in message:
            here = {"stage": "application"}
            yield dict(message["application"], gap="the application", to=here, **{"from": here})


def united(spans):
    """Length of all of them together."""
    total, until = 0, None
    for begin, end in sorted(spans):
        if until is None or begin > until:
            total += end - begin
            until = end
        elif end > until:
            total += end - until
            until = end
    return total


def place(stage):
    return stage["stage"] + (" " + stage["device"] if "device" in stage else "")


def cover(trace, begin, measured, unnamed):
    """How much of the measured time is named; what is not goes to unnamed."""
    named = []
    for stretch in stretches(trace):
        offset, length = stretch["offset_ns"], stretch["duration_ns"]
        if stretch["gap"].startswith(UNNAMED):
            unnamed[f"{place(stretch['from'])} -> {place(stretch['to'])}"] += max(length, 0)
        else:
            named.append((offset, offset + length))
    if united(named) < trace["duration_ns"]:
        unnamed["in no stretch"] += trace["duration_ns"] - united(named)
    before = trace["start_ns"] - begin
    unnamed[BEFORE] += before
    unnamed[AFTER] += measured - trace["duration_ns"] - before
    return united(named)


def chosen(requests, count):
    """The fastest, the slowest, and others at even distances."""
    if not count or count >= len(requests):
        return requests
    by_time = sorted(requests, key=lambda request: request[2])
    wanted = {by_time[0], by_time[-1]}
    wanted.update(requests[i * len(requests) // (count - 2)] for i in range(count - 2))
    return [request for request in requests if request in wanted]


def say(good, description, detail):
    print("ok" if good else "not ok", description, detail, sep="\t")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--least", type=float, required=True)
    parser.add_argument("--median", action="store_true")
    parser.add_argument("--only", type=int, default=0)
    parser.add_argument("measured")
    parser.add_argument("recording")
    options = parser.parse_args()
    with open(options.measured, encoding="ascii") as f:
        requests = [(t, int(begin), int(time)) for t, begin, time in map(str.split, f)]
    requests = chosen(requests, options.only)
    times = [time for _, _, time in requests]
    unnamed = collections.Counter()
    covered = [cover(waterfall(options.recording, trace), begin, time, unnamed)
               for trace, begin, time in requests]
    parts = sorted(100 * part / time for part, time in zip(covered, times))
    total = 100 * sum(covered) / sum(times)
    rest = ", ".join(f"{name} {ns / len(requests):.0f} ns" for name, ns in unnamed.most_common(8))
    detail = (f"{len(requests)} requests of {min(times)}..{max(times)} ns: {total:.2f} % named (of one"
              f" {parts[0]:.2f}..{parts[-1]:.2f}, median {parts[len(parts) // 2]:.2f}); on average {rest}")
    covers = [parts[len(parts) // 2]] + ([] if options.median else [total])
    say(min(covers) >= options.least,
        f"named stages cover {options.least:g} % of the time that the client measured", detail)
    say(parts[-1] <= 100, "never more than it", detail)
    say(set(unnamed) <= {BEFORE, AFTER}, "between the first event and the last, all has a name", detail)


if __name__ == "__main__":
    main()
