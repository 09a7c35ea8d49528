#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What a recording says of one trace, for with_*.sh.

    with.py messages FILE TRACE    a line for each message, in order of time:
                                   N WRITER > READER PROTOCOL [answered] parent P
        WRITER, READER: namespaces; P: the number of the message that the writer was serving, or
        "set" where that was none; answered: the response came back to the span that asked
    with.py ways FILE TRACE        SOURCE>DESTINATION of the first message and its answer, as devices saw them
    with.py devices FILE           DEVICE@NAMESPACE of all events
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import records  # noqa: E402

PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp"}


def first(events, stage, response):
    found = [e for e in events if e.stage == stage and bool(e.flags & records.RESPONSE) == response]
    return found[0] if found else None


def where(event):
    return event.netns.name if event and event.netns else "?"


def parent(messages, sent):
    """Which message was its writer serving?"""
    for number, events in enumerate(messages, 1):
        read = first(events, "recv", False)
        if sent and read and read.span == sent.span:
            return number
    return "set"


def messages_of(trace):
    messages = {}
    for event in trace:
        messages.setdefault(event.message, []).append(event)
    return list(messages.values())


def describe(messages, number, events):
    sent, read = first(events, "send", False), first(events, "recv", False)
    answer = first(events, "recv", True)
    answered = " answered" if sent and answer and answer.span == sent.span else ""
    protocol = PROTOCOLS.get(events[0].flow.protocol, "?")
    return f"{number} {where(sent)} > {where(read)} {protocol}{answered} parent {parent(messages, sent)}"


def ways(events):
    """Both ways: a response's packets do not say that they are one."""
    return sorted({f"{e.flow.source}>{e.flow.destination}" for e in events if e.device and e.flow})


def main():
    recording = records.load(sys.argv[2])
    if sys.argv[1] == "devices":
        print("\n".join(sorted({f"{e.device.name}@{where(e)}" for e in recording.events if e.device})))
        return
    messages = messages_of([e for e in recording.events if e.trace == sys.argv[3]])
    if sys.argv[1] == "ways":
        print("\n".join(ways(messages[0]) if messages else []))
        return
    for number, events in enumerate(messages, 1):
        print(describe(messages, number, events))


if __name__ == "__main__":
    main()
