#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Packets that no kernel sends, put on devices of a test network by packet sockets.

    tunnels_inject.py list
    tunnels_inject.py send WHERE TIMES WORD=VALUE...

WHERE: wire    outer and inner packet, to another node's uplink
       tunnel  the inner packet to a tunnel device, which wraps it
       pod     the inner packet from a pod
Words: netns, device: where it is sent; mac, from: Ethernet addresses ("-": the device has
none); outer, inner: SOURCE,DESTINATION; frame: the Ethernet addresses inside, FROM,TO; tunnel:
vxlan, geneve, gre, ipip (of wire: which packets).
Each kind has a trace id of its own in a good option of ours: "bad0", its number in the list, and where
it was sent.  list prints for each: number, name, what may be recorded of it: "never"; "inside",
only once that a tunnel's end has taken off what is around; "always": it is whole.
"""

import ctypes
import os
import socket
import struct
import sys

TCP, UDP, ICMP, IPIP, IPV6, GRE, HOP, DESTINATION, FRAGMENT = 6, 17, 1, 4, 41, 47, 0, 60, 44
IPV4_TYPE, IPV6_TYPE, VLAN_TYPE, ETHERNET_TYPE = 0x0800, 0x86DD, 0x8100, 0x6558
PORT = 7001  # no socket listens there
PLACES = {"wire": 1, "tunnel": 2, "pod": 3}
TUNNELS = ("vxlan", "geneve", "gre", "ipip")


class World:
    """Addresses, and the trace id of the kind that is made."""

    def __init__(self, words, where):
        self.words, self.where, self.number = words, where, 0

    def pair(self, name):
        return [bytes(map(int, a.split("."))) for a in self.words[name].split(",")]

    def trace(self):
        return bytes([0xBA, 0xD0, self.number, PLACES[self.where]]) + bytes(11) + b"\1"


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def option(world):
    """Ours, long form."""
    return bytes.fromhex("fd1c435720") + world.trace() + bytes.fromhex("1122334455") + bytes(2)


def ip4(ends, protocol, data, version=4, ihl=5, total=None, fragment=0, good=True):
    total = 20 + len(data) if total is None else total
    head = struct.pack("!BBHHHBBH", version << 4 | ihl, 0, total, 7, fragment, 64, protocol, 0)
    head += ends[0] + ends[1]
    value = checksum(head) if good else 0xDEAD
    return head[:10] + struct.pack("!H", value) + head[12:] + data


def ip6(protocol, data, payload=None):
    """Between the pods, as they would be named."""
    ends = [bytes.fromhex("fd00") + bytes(13) + bytes([n]) for n in (1, 3)]
    return struct.pack("!IHBB", 6 << 28, len(data) if payload is None else payload, protocol,
                       64) + ends[0] + ends[1] + data


def tcp(world, options=None, doff=None, sport=40000):
    options = option(world) if options is None else options
    options += bytes(-len(options) % 4)
    doff = 5 + len(options) // 4 if doff is None else doff
    segment = struct.pack("!HHIIBBHHH", sport, PORT, 1000 + world.number, 1, doff << 4, 0x18, 500, 0,
                          0) + options + b"GET /\r\n\r\n"
    ends = world.pair("inner")
    value = checksum(ends[0] + ends[1] + struct.pack("!HH", TCP, len(segment)) + segment)
    return segment[:16] + struct.pack("!H", value) + segment[18:]


def udp(data, port, length=None):
    return struct.pack("!HHHH", 50000, port, 8 + len(data) if length is None else length, 0) + data


def inner(world, **broken):
    return ip4(world.pair("inner"), TCP, tcp(world), **broken)


def ethernet(world, packet, ethertype=IPV4_TYPE, tags=0):
    ends = [bytes.fromhex(mac.replace(":", "")) for mac in world.words["frame"].split(",")]
    tag = struct.pack("!HH", VLAN_TYPE, 5) * tags
    return ends[1] + ends[0] + tag + struct.pack("!H", ethertype) + packet


def vxlan(world, packet, flags=0x08, cut=None, **more):
    frame = ethernet(world, packet, **more)
    return udp((struct.pack("!II", flags << 24, 1 << 8) + frame)[:cut], 8472)


def geneve(world, packet, version=0, words=0, options=b"", ethertype=IPV4_TYPE):
    head = struct.pack("!BBHI", version << 6 | words, 0, ETHERNET_TYPE, 1 << 8)
    return udp(head + options + ethernet(world, packet, ethertype), 6081)


def gre(packet, flags=0, ethertype=IPV4_TYPE):
    return struct.pack("!HH", flags, ethertype) + packet


def wrapped(world, packet, ethertype=IPV4_TYPE):
    """Rightly, in the tunnel that the words name."""
    tunnel = world.words["tunnel"]
    if tunnel == "vxlan":
        return ip4(world.pair("outer"), UDP, vxlan(world, packet, ethertype=ethertype))
    if tunnel == "geneve":
        return ip4(world.pair("outer"), UDP, geneve(world, packet, ethertype=ethertype))
    if tunnel == "gre":
        return ip4(world.pair("outer"), GRE, gre(packet, ethertype=ethertype))
    return ip4(world.pair("outer"), IPIP if ethertype == IPV4_TYPE else IPV6, packet)


def endless(world, headers=120):
    """Extension headers until the packet ends; none says what comes behind."""
    return bytes([DESTINATION, 0, 1, 4, 0, 0, 0, 0]) * headers


def chain(world, headers):
    return bytes([DESTINATION, 0, 1, 4, 0, 0, 0, 0]) * (headers - 1) + bytes(
        [TCP, 0, 1, 4, 0, 0, 0, 0]) + tcp(world)


def deep(world, layers):
    packet = inner(world)
    for _ in range(layers):
        packet = ip4(world.pair("inner"), IPIP, packet)
    return packet


def bad_options(*parts):
    """A TCP segment with these options; "ours" stands for ours."""
    return lambda w: ip4(w.pair("inner"), TCP,
                         tcp(w, b"".join(option(w) if p == "ours" else p for p in parts)))


# Packets from the inside: name, what may be recorded, how to make it.
INNER = [
    ("whole", "always", inner),
    ("wrong TCP checksum", "always", lambda w: inner(w)[:-1] + b"?"),
    ("IHL 0", "never", lambda w: inner(w, ihl=0)),
    ("IHL 4", "never", lambda w: inner(w, ihl=4)),
    ("IHL beyond the packet", "never", lambda w: ip4(w.pair("inner"), TCP, b"", ihl=15)),
    ("version 5", "never", lambda w: inner(w, version=5)),
    ("version 6 where it says IPv4", "never", lambda w: inner(w, version=6)),
    ("total length beyond the packet", "never", lambda w: inner(w, total=2000)),
    ("total length less than the header", "never", lambda w: inner(w, total=19)),
    ("total length 0", "never", lambda w: inner(w, total=0)),
    ("total length ends within the TCP header", "never", lambda w: inner(w, total=39)),
    ("total length ends within the TCP options", "never", lambda w: inner(w, total=60)),
    ("cut off", "never", lambda w: inner(w)[:50]),
    ("doff 4", "never", lambda w: ip4(w.pair("inner"), TCP, tcp(w, doff=4))),
    ("doff 0", "never", lambda w: ip4(w.pair("inner"), TCP, tcp(w, doff=0))),
    ("doff beyond the packet", "never",
     lambda w: ip4(w.pair("inner"), TCP, tcp(w, doff=15)[:52])),
    ("option length 0", "never", bad_options(b"\x08\x00", "ours")),
    ("option length 1", "never", bad_options(b"\x08\x01", "ours")),
    ("option length beyond the list", "never", bad_options(b"\x08\x28", "ours")),
    ("behind the end of the list", "never", bad_options(b"\0", "ours")),
    ("first fragment", "never", lambda w: inner(w, fragment=0x2000)),
    ("later fragment", "never", lambda w: inner(w, fragment=0x2010)),
    ("last fragment", "never", lambda w: inner(w, fragment=0x0001)),
    ("UDP length 0", "never", lambda w: ip4(w.pair("inner"), UDP, udp(tcp(w), PORT, length=0))),
    ("UDP length 7", "never", lambda w: ip4(w.pair("inner"), UDP, udp(tcp(w), PORT, length=7))),
    ("UDP length beyond the packet", "never",
     lambda w: ip4(w.pair("inner"), UDP, udp(tcp(w), PORT, length=3000))),
    ("empty UDP", "never", lambda w: ip4(w.pair("inner"), UDP, udp(b"", PORT))),
    ("empty VXLAN inside", "never", lambda w: ip4(w.pair("inner"), UDP, udp(b"", 4789))),
    ("ICMP of 3 bytes", "never", lambda w: ip4(w.pair("inner"), ICMP, b"\x08\0\0")),
    ("no bytes behind the header", "never", lambda w: ip4(w.pair("inner"), TCP, b"")),
    ("half a header", "never", lambda w: inner(w)[:10]),
]
# IPv6 packets from the inside.
INNER6 = [
    ("IPv6 extension headers without end", "never", lambda w: ip6(DESTINATION, endless(w))),
    ("nine IPv6 extension headers", "never", lambda w: ip6(DESTINATION, chain(w, 9))),
    ("IPv6 hop-by-hop header beyond the packet", "never",
     lambda w: ip6(HOP, bytes([TCP, 255]) + bytes(6) + tcp(w))),
    ("IPv6 later fragment", "never",
     lambda w: ip6(FRAGMENT, struct.pack("!BBHI", TCP, 0, 8 << 3, 9) + tcp(w))),
    ("IPv6 payload length beyond the packet", "never",
     lambda w: ip6(TCP, tcp(w), payload=3000)),
]
# Wrong from the outside; the packet inside is whole.  The tunnel comes first.
OUTER = [
    ("vxlan", "no VXLAN flags", "never", lambda w: vxlan(w, inner(w), flags=0)),
    ("vxlan", "VXLAN-GPE", "never", lambda w: vxlan(w, inner(w), flags=0x0C)),
    ("vxlan", "VXLAN header cut off", "never", lambda w: vxlan(w, inner(w), cut=7)),
    ("vxlan", "nothing in VXLAN", "never", lambda w: vxlan(w, inner(w), cut=8)),
    ("vxlan", "Ethernet header in VXLAN cut off", "never", lambda w: vxlan(w, inner(w), cut=21)),
    ("vxlan", "three VLAN tags in VXLAN", "never", lambda w: vxlan(w, inner(w), tags=3)),
    ("vxlan", "Ethernet type IPv6, packet IPv4", "never",
     lambda w: vxlan(w, inner(w), ethertype=IPV6_TYPE)),
    ("vxlan", "outer UDP length 0", "never",
     lambda w: vxlan(w, inner(w))[:4] + b"\0\0" + vxlan(w, inner(w))[6:]),
    ("vxlan", "outer UDP length less than what is inside", "never",
     lambda w: vxlan(w, inner(w))[:4] + b"\0\x40" + vxlan(w, inner(w))[6:]),
    ("geneve", "Geneve version 1", "never", lambda w: geneve(w, inner(w), version=1)),
    ("geneve", "Geneve options beyond the end", "never", lambda w: geneve(w, inner(w), words=63)),
    ("geneve", "Geneve options end within the packet", "never",
     lambda w: geneve(w, inner(w), words=15, options=bytes(40))),
    ("gre", "GRE version 1", "never", lambda w: gre(inner(w), flags=1)),
    ("gre", "GRE version 7", "never", lambda w: gre(inner(w), flags=7)),
    ("gre", "GRE with routing", "never", lambda w: gre(inner(w), flags=0x4000)),
    ("gre", "GRE header cut off", "never", lambda w: b"\xb0\0\x08\0"),
    ("gre", "GRE of an unknown protocol", "never", lambda w: gre(inner(w), ethertype=0x1234)),
    ("ipip", "nested four deep", "inside", lambda w: deep(w, 2)),
    ("ipip", "nested nine deep", "never", lambda w: deep(w, 8)),
    ("ipip", "nothing in IPIP", "never", lambda w: b""),
]
KINDS = [(name, may) for name, may, _ in INNER + INNER6] + [(n, m) for _, n, m, _ in OUTER]


def outer_fragment(world):
    packet = wrapped(world, inner(world))
    return ip4(world.pair("outer"), packet[9], packet[20:], fragment=0x2000)


WHOLE = [
    ("outer first fragment", "never", outer_fragment),
    ("outer total length beyond the frame", "never",
     lambda w: ip4(w.pair("outer"), wrapped(w, inner(w))[9], wrapped(w, inner(w))[20:], total=3000)),
    ("outer IHL 4", "never",
     lambda w: ip4(w.pair("outer"), wrapped(w, inner(w))[9], wrapped(w, inner(w))[20:], ihl=4)),
]
KINDS += [(name, may) for name, may, _ in WHOLE]


def made(world):
    """(ethertype, packet) of each kind that can be sent there."""
    tunnel, on_wire = world.words.get("tunnel"), world.where == "wire"
    protocol = {"vxlan": UDP, "geneve": UDP, "gre": GRE, "ipip": IPIP}.get(tunnel)
    number = 0
    for group, kind in ((INNER, IPV4_TYPE), (INNER6, IPV6_TYPE)):
        for _, _, make in group:
            world.number = number = number + 1
            packet = make(world)
            if not on_wire:
                yield kind, packet
            else:
                yield IPV4_TYPE, wrapped(world, packet, kind)
    for of, _, _, make in OUTER:
        world.number = number = number + 1
        if on_wire and of == tunnel:
            yield IPV4_TYPE, ip4(world.pair("outer"), protocol, make(world))
    for _, _, make in WHOLE:
        world.number = number = number + 1
        if on_wire:
            yield IPV4_TYPE, make(world)


def enter(netns):
    fd = os.open("/run/netns/" + netns, os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(fd, 0x40000000):
        raise OSError(ctypes.get_errno(), "setns", netns)
    os.close(fd)


def send(where, times, words):
    world, count = World(words, where), 0
    enter(words["netns"])
    raw = words["mac"] != "-"
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW if raw else socket.SOCK_DGRAM)
    to, source = (bytes.fromhex(words[w].replace(":", "")) if raw else b"" for w in ("mac", "from"))
    for _ in range(times):
        for ethertype, packet in made(world):
            head = to + source + struct.pack("!H", ethertype) if raw else b""
            try:
                out.sendto(head + packet, (words["device"], ethertype))
                count += 1
            except OSError:
                pass  # the device refuses it
    print(count)


def main(arguments):
    if arguments == ["list"]:
        for number, (name, may) in enumerate(KINDS, 1):
            print(number, name, may, sep="\t")
    elif len(arguments) > 3 and arguments[0] == "send" and arguments[1] in PLACES:
        send(arguments[1], int(arguments[2]), dict(word.split("=", 1) for word in arguments[3:]))
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
