#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The messages of one trace: udp_messages.py FILE TRACE

A line each, in order of time, without repetitions:

    WRITER@NETNS > READER@NETNS PROTOCOL PORT [answered] [over TUNNEL]

answered: the writer has read the response, and works on in the span that asked; over: a device
saw the request inside a tunnel.  "?" stands for who was not seen.
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import records  # noqa: E402

PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6"}
TUNNELS = {0: None, 1: "vxlan", 2: "geneve", 3: "gre", 4: "ipip"}


def who(event):
    return f"{event.task.comm}@{event.netns.name}" if event and event.task else "?"


def first(events, stage, response):
    for event in events:
        if event.stage == stage and bool(event.flags & records.RESPONSE) == response:
            return event
    return None


def describe(events):
    """One message, from its events in order of time."""
    sent, read = first(events, "send", False), first(events, "recv", False)
    answer = first(events, "recv", True)
    flow = (sent or read or events[0]).flow
    port = flow.destination_port if sent else flow.source_port
    line = f"{who(sent)} > {who(read)} {PROTOCOLS.get(flow.protocol, flow.protocol)} {port}"
    if sent and answer and answer.task == sent.task and answer.span == sent.span:
        line += " answered"
    for event in events:
        if event.flow and TUNNELS[event.flow.tunnel]:
            return f"{line} over {TUNNELS[event.flow.tunnel]}"
    return line


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    messages = {}
    for event in sorted(records.load(sys.argv[1]).events, key=lambda e: e.time):
        if event.trace == sys.argv[2]:
            messages.setdefault(event.message, []).append(event)
    lines = [describe(events) for events in messages.values()]
    print("\n".join(dict.fromkeys(lines)))


if __name__ == "__main__":
    main()
