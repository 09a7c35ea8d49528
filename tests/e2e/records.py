#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Record files of dtctl, read without any of its code: for the tests' own judgement.

    tests/e2e/records.py FILE...    prints the events as JSON lines, then the account

A library too: load(path) -> Recording.  Decodes what tools/correlate/file.h draws and
uapi/causeway.h defines; anything that is not exactly that is an error, never skipped.
"""

import collections
import ipaddress
import json
import struct
import sys

HEADER, BLOCK, RECORD = 256, 64, 64
RECORDS, DEFINITIONS, FINISH = 1, 2, 3

STAGES = {
    1: "send", 2: "tcp_out", 3: "dev_queue", 4: "dev_xmit", 5: "dev_rx", 6: "tcp_in", 7: "recv",
    8: "retransmit", 9: "dev_dequeue", 10: "dev_arrive", 11: "ready", 12: "wake", 13: "drop",
}
FLOW, TASK, DEVICE, NETNS, REASON = 64, 65, 66, 67, 68
RESPONSE, RUN_START, ROOT, LATE, SERVER, CLIENT, BARE = (1 << bit for bit in range(7))
FLAGS = ("response", "run_start", "root", "late", "server", "client", "bare")
ROLES = ("unknown", "client", "server", "transit")

Flow = collections.namedtuple("Flow", "id source source_port destination destination_port role netns"
                              " protocol tunnel outer")
Task = collections.namedtuple("Task", "id tgid start_time cgroup comm netns")
Device = collections.namedtuple("Device", "id ifindex mtu name kind netns")
Netns = collections.namedtuple("Netns", "id inum cookie name")
Reason = collections.namedtuple("Reason", "id name function")
# span is the detail of stages that have no span: see causeway.h.
# Times in ns; trace: 32 hex digits; flow, task, device: as above, or None.
Event = collections.namedtuple(
    "Event", "time trace message span flow task tid seq length device netns stage flags cpu"
)


class Recording:
    """The contents of a file: events by time, definitions by id, the session's account."""

    def __init__(self):
        self.host = self.kernel = None
        self.events = []
        self.definitions = {FLOW: {}, TASK: {}, DEVICE: {}, NETNS: {}, REASON: {}}
        self.produced = self.sent = self.dropped = 0
        self.finished = False

    def requests(self, stage):
        """Events of requests at a stage."""
        return [e for e in self.events if e.stage == stage and not e.flags & RESPONSE]

    def responses(self, stage):
        return [e for e in self.events if e.stage == stage and e.flags & RESPONSE]


def text(value):
    return value.split(b"\0")[0].decode()


def address(value, family):
    return str(ipaddress.ip_address(value[:4] if family == 2 else value))


def define(raw, order, definitions):
    kind = raw[60]
    if kind == FLOW:
        (number, source, destination, source_port, destination_port, family, role, protocol,
         tunnel, outer) = struct.unpack_from(order + "I16s16sHHBBBBI", raw)
        value = Flow(number, address(source, family), source_port, address(destination, family),
                     destination_port, ROLES[role], raw_netns(raw, order), protocol, tunnel, outer)
    elif kind == TASK:
        number, tgid, start, cgroup, comm = struct.unpack_from(order + "IIQQ16s", raw)
        value = Task(number, tgid, start, cgroup, text(comm), raw_netns(raw, order))
    elif kind == DEVICE:
        number, ifindex, mtu, name, link = struct.unpack_from(order + "III16s16s", raw)
        value = Device(number, ifindex, mtu, text(name), text(link), raw_netns(raw, order))
    elif kind == REASON:
        number, name, function = struct.unpack_from(order + "I26s28s", raw)
        value = Reason(number, text(name), text(function))
    else:
        number, inum, cookie, name = struct.unpack_from(order + "IIQ32s", raw)
        value = Netns(number, inum, cookie, text(name))
    definitions[kind][number] = value


def raw_netns(raw, order):
    return struct.unpack_from(order + "H", raw, 58)[0]


def decode_event(raw, order):
    (time, trace, message, span, flow, tid, seq, length, device, netns, stage, flags, cpu) = struct.unpack(
        order + "Q16sQQIIIIHHBBH", raw
    )
    if stage not in STAGES:
        raise ValueError(f"a record of unknown kind {stage}")
    return Event(time, trace.hex(), message, span, flow, tid, tid, seq, length, device, netns,
                 STAGES[stage], flags, cpu)


def name_ids(event, definitions):
    """Ids are named before they are used, so this is done as the file is read."""
    return event._replace(
        flow=definitions[FLOW].get(event.flow), task=definitions[TASK].get(event.tid),
        device=definitions[DEVICE].get(event.device), netns=definitions[NETNS].get(event.netns),
    )


def blocks(data, order):
    position = HEADER
    while position < len(data):
        head = data[position : position + BLOCK]
        if len(head) < BLOCK or head[:8] != b"\x89CWBLK\r\n":
            raise ValueError(f"byte {position}: not a whole block")
        kind, length, _, produced, sent, dropped, _, _, _ = struct.unpack(order + "IIQQQQIIQ", head[8:])
        payload = data[position + BLOCK : position + BLOCK + length]
        if len(payload) < length or length % RECORD:
            raise ValueError(f"byte {position}: a block that is cut off or uneven")
        yield kind, payload, (produced, sent, dropped)
        position += BLOCK + length


def load(path):
    with open(path, "rb") as f:
        data = f.read()
    if len(data) < HEADER or data[:8] != b"CWRECORD":
        raise ValueError(f"{path}: not a record file")
    order = "<" if data[8:12] == b"\x04\x03\x02\x01" else ">"
    recording = Recording()
    recording.host, recording.kernel = text(data[64:128]), text(data[128:192])
    raw_events = []
    for kind, payload, counters in blocks(data, order):
        if kind == FINISH:
            recording.finished = True
            recording.produced, recording.sent, recording.dropped = counters
        for at in range(0, len(payload), RECORD):
            raw = payload[at : at + RECORD]
            if raw[60] >= FLOW:
                define(raw, order, recording.definitions)
            else:
                raw_events.append(name_ids(decode_event(raw, order), recording.definitions))
    recording.events = sorted(raw_events, key=lambda event: event.time)
    return recording


def show(event):
    out = event._asdict()
    out["message"], out["span"] = f"{event.message:016x}", f"{event.span:016x}"
    out["flags"] = [name for bit, name in enumerate(FLAGS) if event.flags & 1 << bit]
    for key in ("flow", "task", "device", "netns"):
        out[key] = getattr(event, key) and getattr(event, key)._asdict()
    return out


def main():
    for path in sys.argv[1:]:
        recording = load(path)
        for event in recording.events:
            print(json.dumps(show(event)))
        print(json.dumps({
            "file": path, "host": recording.host, "events": len(recording.events),
            "produced": recording.produced, "sent": recording.sent,
            "dropped": recording.dropped, "finished": recording.finished,
        }))


if __name__ == "__main__":
    main()
