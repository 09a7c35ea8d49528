#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints what a recording has of one trace, for with_*.sh.

    with.py messages FILE TRACE    a line for each message, in order of time:
                                   N WRITER > READER PROTOCOL [answered] parent P
        WRITER, READER: namespaces; P: the number of the message that the writer was serving, or
        "set" where that was none; answered: the response came back to the span that asked
    with.py ways FILE TRACE        SOURCE>DESTINATION of the first message and its answer, as devices saw them
    with.py devices FILE           DEVICE@NAMESPACE of all events
    with.py retransmits FILE WIRE  "EVENTS of SEGMENTS unseen UNSEEN": that tell of something sent again, how many segments
                                   that were, and events whose first byte the wire (stream_wire's file) saw less than twice
    with.py options FILE           "segments N ours N twice N wrong N" of what options_seen wrote: twice: with more than
                                   one option of ours; wrong: whose list of options cannot be read
"""

import os
import struct
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


# These values are those of uapi/causeway.h.
OPTION_KIND, OPTION_LENGTHS, OPTION_EXID = 253, (8, 28), b"CW"
SEGMENT = struct.Struct("=IIHHHHBB6x")  # struct stream_segment of stream.h


def wire_of(path):
    """[(seq, length, ports, gso_size)], of both directions."""
    with open(path, "rb") as file:
        found = SEGMENT.iter_unpack(file.read())
    return [(seq, length, (source, destination), gso) for seq, length, source, destination, _, gso, _, _ in found]


def retransmits(recording, path):
    events = [e for e in recording.events if e.stage == "retransmit"]
    wire = wire_of(path)
    mss = max((gso or length for _, length, _, gso in wire), default=1)
    unseen = 0
    for event in events:
        ports = event.flow.source_port, event.flow.destination_port
        times = [seq for seq, length, at, _ in wire if at == ports and (event.seq - seq) % 2**32 < length]
        unseen += len(times) < 2
    segments = sum(-(-event.length // mss) for event in events)
    return f"{len(events)} of {segments} unseen {unseen}"


def ours_in(options):
    """How many options of ours a header has, and whether all of it can be read."""
    found = at = 0
    while at < len(options) and options[at]:
        if options[at] == 1:
            at += 1
            continue
        length = options[at + 1] if at + 1 < len(options) else 0
        if length < 2 or at + length > len(options):
            return found, False
        found += options[at] == OPTION_KIND and length in OPTION_LENGTHS and options[at + 2:at + 4] == OPTION_EXID
        at += length
    return found, True


def options(path):
    with open(path, encoding="ascii") as file:
        seen = [ours_in(bytes.fromhex(line)) for line in file.read().split() if line != "ready"]
    ours = sum(1 for found, _ in seen if found)
    twice = sum(1 for found, _ in seen if found > 1)
    return f"segments {len(seen)} ours {ours} twice {twice} wrong {sum(not right for _, right in seen)}"


def main():
    if sys.argv[1] == "options":
        print(options(sys.argv[2]))
        return
    recording = records.load(sys.argv[2])
    if sys.argv[1] == "devices":
        print("\n".join(sorted({f"{e.device.name}@{where(e)}" for e in recording.events if e.device})))
        return
    if sys.argv[1] == "retransmits":
        print(retransmits(recording, sys.argv[3]))
        return
    messages = messages_of([e for e in recording.events if e.trace == sys.argv[3]])
    if sys.argv[1] == "ways":
        print("\n".join(ways(messages[0]) if messages else []))
        return
    for number, events in enumerate(messages, 1):
        print(describe(messages, number, events))


if __name__ == "__main__":
    main()
