#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Evaluates an expression on the events of one trace in a recording, for stages.sh.

    stages.py FILE TRACE EXPRESSION     exit code 0 if it is true
    stages.py FILE TRACE                shows the trace's events

EXPRESSION is Python; it sees

    at(STAGE, DEVICE="", NETNS="")   the trace's events there, by time
    first(...), last(...)            of these, as times in ns
    between(A, B)                    ns from the time A to the time B
    reason(EVENT)                    of a drop: (name, function)
    outer(EVENT)                     flow around the event's own, or None
    ends(EVENT)                      addresses and ports of its flow
    order(PLACE...)                  (stage, device, namespace): each seen, none before the one
                                     that stands before it
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import records  # noqa: E402


def main():
    recording = records.load(sys.argv[1])
    trace = [event for event in recording.events if event.trace == sys.argv[2]]

    def at(stage, device="", netns=""):
        return [event for event in trace if event.stage == stage
                and (not device or event.device and event.device.name == device)
                and (not netns or event.netns and event.netns.name == netns)]

    def first(*place):
        return at(*place)[0].time

    def last(*place):
        return at(*place)[-1].time

    def order(*places):
        times = [first(*place) for place in places]
        return times == sorted(times)

    names = {
        "at": at, "first": first, "last": last, "order": order, "trace": trace,
        "between": lambda a, b: b - a,
        "reason": lambda event: recording.definitions[records.REASON][event.span][1:],
        "outer": lambda event: recording.definitions[records.FLOW].get(event.flow.outer),
        "ends": lambda event: event.flow[1:5],
    }
    if len(sys.argv) > 3:
        try:
            if eval(f"({sys.argv[3]})", names):  # pylint: disable=eval-used
                return 0
        except (IndexError, KeyError, AttributeError) as error:
            print(f"{type(error).__name__}: {error}")
    begin = trace[0].time if trace else 0
    for event in trace:
        print(f"{(event.time - begin) / 1000:12.1f} us  {event.stage:12}"
              f"{event.device.name if event.device else '-':10}"
              f"{event.netns.name if event.netns else '-':8} flags {event.flags:02x}"
              f" seq {event.seq} length {event.length} detail {event.span:x}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
