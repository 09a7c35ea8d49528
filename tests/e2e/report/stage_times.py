#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""When a packet passed each device: what the recording says and what a capture says.

    stage_times.py --stages STAGES [--limit NS] RECORDING DIRECTORY NETNS=INUM...

STAGES (dev_xmit,dev_rx) are compared with what stage_times_tap left in DIRECTORY for
outgoing packets (a stage whose name ends in xmit) and incoming ones.  Packets and events are
matched by device, direction, flow and sequence number; each must have its other.
Prints verdict TAB description TAB detail for each stage and device.
"""

import argparse
import collections
import glob
import os
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import records  # noqa: E402

VXLAN = 8472
OUTGOING = 4
OURS = bytes.fromhex("fd1c4357")
# network namespace, device, going out; source and its port, destination and its, sequence number
Place = collections.namedtuple("Place", "netns device out")
Packet = collections.namedtuple("Packet", "source sport destination dport seq")


def dotted(data):
    return ".".join(str(byte) for byte in data)


def innermost(data):
    """The marked TCP segment in an IPv4 packet, or None."""
    header, protocol = (data[0] & 15) * 4, data[9]
    if protocol == 4:
        return innermost(data[header:])
    if protocol == 17:
        vxlan = struct.unpack_from("!H", data, header + 2)[0] == VXLAN
        return innermost(data[header + 8 + 8 + 14:]) if vxlan else None
    if protocol != 6:
        return None
    tcp = data[header:]
    sport, dport, seq = struct.unpack_from("!HHI", tcp)
    if OURS not in tcp[20:(tcp[12] >> 4) * 4]:
        return None
    return Packet(dotted(data[12:16]), sport, dotted(data[16:20]), dport, seq)


def capture(path):
    """(time, going out, packet) of each marked segment."""
    with open(path, "rb") as f:
        data = f.read()
    at = 24
    while at < len(data):
        seconds, nanoseconds, length, _ = struct.unpack_from("<IIII", data, at)
        kind, = struct.unpack_from("!H", data, at + 16)
        protocol, = struct.unpack_from("!H", data, at + 30)
        body = data[at + 32:at + 16 + length]
        packet = innermost(body) if protocol == 0x0800 else None
        if packet:
            yield seconds * 10**9 + nanoseconds, kind == OUTGOING, packet
        at += 16 + length


def captured(directory):
    """place -> packet -> times"""
    out = collections.defaultdict(lambda: collections.defaultdict(list))
    for path in sorted(glob.glob(os.path.join(directory, "*.pcap"))):
        netns, device = os.path.basename(path)[:-len(".pcap")].split(".", 1)
        for time, going_out, packet in capture(path):
            out[Place(netns, device, going_out)][packet].append(time)
    return out


def recorded(path, stage, names):
    """The same of the events of a stage."""
    recording = records.load(path)
    out = collections.defaultdict(lambda: collections.defaultdict(list))
    if not recording.finished or recording.dropped:
        raise SystemExit(f"{path}: not whole, {recording.dropped} records lost")
    for event in recording.events:
        if event.stage != stage or event.netns.inum not in names:
            continue
        flow = event.flow
        packet = Packet(flow.source, flow.source_port, flow.destination, flow.destination_port,
                        event.seq)
        place = Place(names[event.netns.inum], event.device.name, stage.endswith("xmit"))
        out[place][packet].append(event.time)
    return out


# The largest share of events for which an interrupt falls between the two timestamps: each 512th
# event, of the 52 that a request and its answer make, asks for the flush, and a clock that counts
# instructions lets all other interrupts fall into the same place each time.
INTERRUPTED = 1 / 10


def compare(place, packets, events, limit):
    """Verdict and detail."""
    alone = [p for p in packets.keys() | events.keys()
             if len(packets.get(p, ())) != len(events.get(p, ()))]
    late = sorted(event - time for p in packets.keys() & events.keys()
                  for time, event in zip(packets[p], events[p]))
    worst = max(late, key=abs, default=None)
    detail = (f"{sum(map(len, packets.values()))} packets, {sum(map(len, events.values()))} events,"
              f" {len(alone)} without the other")
    if late:
        detail += f"; events later by {late[0]}..{late[-1]} ns, median {late[len(late) // 2]}"
    beyond = sum(abs(ns) > limit for ns in late)
    return (bool(packets) and not alone and beyond <= len(late) * INTERRUPTED and
            abs(worst) <= limit * 4), detail


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stages", required=True)
    parser.add_argument("--limit", type=int, default=5000)
    parser.add_argument("recording")
    parser.add_argument("directory")
    parser.add_argument("netns", nargs="+")
    options = parser.parse_args()
    names = {int(inum): name for name, inum in (word.split("=") for word in options.netns)}
    seen = captured(options.directory)
    for stage in options.stages.split(","):
        events = recorded(options.recording, stage, names)
        for place in sorted(p for p in seen if p.out == stage.endswith("xmit")):
            good, detail = compare(place, seen[place], events[place], options.limit)
            print("ok" if good else "not ok", f"{stage} at {place.netns} {place.device}", detail, sep="\t")


if __name__ == "__main__":
    main()
