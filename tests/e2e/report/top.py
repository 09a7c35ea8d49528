#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compare what "dtctl -j top --once" says with a recording of the same traffic.

    top.py RECORDING TOP.json SERVER      SERVER as in 10.244.3.10:7000

Prints what differs; exit code 0 if nothing does.  Both are taken at the same places, but
one after the other: emulated, a value may be off by some ten us, and on a busy machine a few by
much more.  So a quantile has to lie among its neighbours, less or more a bucket.
"""

import collections
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import records  # noqa: E402

SLACK_NS = 100000


def steps_of(recording):
    """(direction, from, to, device, namespace) -> times, as the module is to count them."""
    runs = collections.defaultdict(list)
    responses = set()
    for event in recording.events:
        if event.stage in ("retransmit", "drop"):
            continue
        if event.stage in ("send", "recv") and not event.flags & records.RUN_START:
            continue
        runs[event.message, event.seq].append(event)
        if event.flags & records.RESPONSE:
            responses.add((event.message, event.seq))
    steps = collections.defaultdict(list)
    for key, events in runs.items():
        seen, before = set(), None
        for event in events:
            place = (event.stage, event.device and event.device.name, event.netns.inum)
            if place in seen:
                continue
            seen.add(place)
            if before:
                steps[("response" if key in responses else "request", before.stage, event.stage,
                       event.device.name if event.device else "", event.netns.inum)].append(
                           event.time - before.time)
            before = event
            if event.stage == "recv":
                break
    return steps


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, max(0, -(-len(values) * share // 1000) - 1))]


def main():
    expected = steps_of(records.load(sys.argv[1]))
    shown = {}
    for row in json.load(open(sys.argv[2]))["steps"]:
        if row["path"] == sys.argv[3]:
            shown[row["direction"], row["from"], row["to"], row.get("device", ""),
                  row["netns_inum"]] = row
    wrong = 0
    for key, values in sorted(expected.items()):
        row = shown.pop(key, {"count": 0})
        # The first message on a path: its first packets come before a socket shows it.
        if not len(values) - 1 <= row["count"] <= len(values):
            print(f"{key}: {row['count']} times, recorded {len(values)}")
            wrong += 1
            continue
        for name, share in (("p50_ns", 500), ("p90_ns", 900)):
            least, most = quantile(values, share - 100), quantile(values, share + 100)
            if len(values) > 1 and not least * 7 / 8 - SLACK_NS <= row[name] <= most * 9 / 8 + SLACK_NS:
                print(f"{key}: {name} {row[name]}, recorded {least} to {most}")
                wrong += 1
    for key, row in shown.items():
        print(f"{key}: {row['count']} times, never recorded")
        wrong += 1
    print(f"{len(expected)} steps compared")
    return 1 if wrong or len(expected) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
