#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Makes the vectors of packets in tunnels: generate.py DIRECTORY.

Packets are put together from the inside out, from the formats in the RFCs; what a reader
must find is noted as each header goes on, so it does not come from a reader.
"""

import os
import struct
import sys

ICMP, IPV4, TCP, UDP, IPV6, ROUTING, FRAGMENT, GRE, AH, ICMP6 = 1, 4, 6, 17, 41, 43, 44, 47, 51, 58
HOP, ESP, NONE, DESTINATION, MOBILITY, HIP, SHIM6, EXPERIMENT = 0, 50, 59, 60, 135, 139, 140, 253
TYPE = {4: 0x0800, 6: 0x86DD}
TEB = 0x6558
HEADER = """# SPDX-License-Identifier: GPL-2.0
# {}
# A line is a vector: its name; ethertype; a layer for each IP packet from the outside in, of
# tunnel:family:protocol:fragment:source:destination:ports:network:transport:end
# (addresses in hex, numbers decimal, offsets from the first byte); last the bytes. No layer:
# not even the outermost packet is whole. VXLAN is at UDP ports 4789 and 8472. Checksums
# are right in IPv4's header and zero elsewhere. Made by generate.py.
"""


class Part:
    """Bytes, what they are to whom carries them, and the layers within."""

    def __init__(self, data, protocol=None, ethertype=None, layers=(), ports=(0, 0)):
        self.data = data
        self.protocol = protocol
        self.ethertype = ethertype
        self.layers = list(layers)
        self.ports = ports

    def moved(self, by, tunnel=None):
        layers = [dict(l, **{k: l[k] + by for k in ("network", "transport", "end")})
                  for l in self.layers]
        if tunnel and layers:
            layers[0]["tunnel"] = tunnel
        return layers


def tcp(sport=40000, dport=80, options=b"", payload=b"GET / HTTP/1.1\r\n"):
    head = struct.pack("!HHIIBBHHH", sport, dport, 0x01020304, 0x0A0B0C0D,
                       (20 + len(options)) // 4 << 4, 0x18, 500, 0, 0)
    return Part(head + options + payload, TCP, ports=(sport, dport))


def udp(inner=b"query", sport=50000, dport=53, length=None):
    if isinstance(inner, bytes):
        inner = Part(inner)
    length = 8 + len(inner.data) if length is None else length
    return Part(struct.pack("!HHHH", sport, dport, length, 0) + inner.data, UDP,
                layers=inner.moved(8), ports=(sport, dport))


def icmp(family=4):
    return Part(struct.pack("!BBHHH", 8 if family == 4 else 128, 0, 0, 7, 1) + b"ping",
                ICMP if family == 4 else ICMP6)


def raw(protocol, data=b"somebytes"):
    return Part(data, protocol)


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def layer(family, part, source, destination, transport, end, fragment):
    return {"tunnel": "none", "family": family, "protocol": part.protocol,
            "fragment": int(bool(fragment)), "source": source, "destination": destination,
            "ports": part.ports, "network": 0, "transport": transport, "end": end}


def ip4(part, ends=(1, 2), options=b"", fragment=0, total=None, version=4, ihl=None, pad=b""):
    source, destination = bytes([10, 244, 0, ends[0]]), bytes([10, 244, 1, ends[1]])
    length = 20 + len(options)
    end = length + len(part.data) if total is None else total
    ihl = length // 4 if ihl is None else ihl
    head = struct.pack("!BBHHHBBH", version << 4 | ihl, 0, end & 0xFFFF, 77, fragment, 64,
                       part.protocol, 0) + source + destination + options
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    me = layer(4, part, source, destination, length, end, fragment & 0x2000)
    return Part(head + part.data + pad, IPV4, TYPE[4], [me] + part.moved(length))


def extension(protocol, payload=b"", more=0, offset=0):
    """(protocol, a function from the next protocol to the bytes)"""
    if protocol == FRAGMENT:
        return protocol, lambda n: struct.pack("!BBHI", n, 0, offset << 3 | more, 99)
    if protocol == AH:
        icv = payload or bytes(12)
        return protocol, lambda n: struct.pack("!BBHII", n, len(icv) // 4 + 1, 0, 5, 6) + icv
    payload = payload or b"\x01\x04\0\0\0\0"
    return protocol, lambda n: bytes([n, (len(payload) + 2) // 8 - 1]) + payload


def ip6(part, ends=(1, 2), extensions=(), payload=None, version=6, fragment=0, pad=b""):
    source = bytes.fromhex("fd00") + bytes(13) + bytes([ends[0]])
    destination = bytes.fromhex("fd00") + bytes(13) + bytes([ends[1]])
    chain, following = b"", part.protocol
    for protocol, make in reversed(list(extensions)):
        chain = make(following) + chain
        following = protocol
    length = len(chain) + len(part.data) if payload is None else payload
    head = struct.pack("!IHBB", version << 28, length & 0xFFFF, following, 64)
    me = layer(6, part, source, destination, 40 + len(chain), 40 + length, fragment)
    return Part(head + source + destination + chain + part.data + pad, IPV6, TYPE[6],
                [me] + part.moved(40 + len(chain)))


def ip(family, part, **more):
    return (ip4 if family == 4 else ip6)(part, **more)


def ethernet(part, tags=(), ethertype=None):
    head = bytes.fromhex("0242ac1100020242ac110003")
    for tag in tags:
        head += struct.pack("!HH", tag, 100)
    head += struct.pack("!H", part.ethertype if ethertype is None else ethertype)
    return Part(head + part.data, ethertype=TEB, layers=part.moved(len(head)))


def vxlan(frame, port=4789, flags=0x08, **more):
    head = struct.pack("!II", flags << 24, 42 << 8)
    return udp(Part(head + frame.data, layers=frame.moved(8, "vxlan")), dport=port, **more)


def geneve(part, options=b"", version=0, words=None, ethertype=None, **more):
    words = len(options) // 4 if words is None else words
    head = struct.pack("!BBHI", version << 6 | words, 0,
                       part.ethertype if ethertype is None else ethertype, 42 << 8) + options
    return udp(Part(head + part.data, layers=part.moved(len(head), "geneve")), dport=6081, **more)


def gre(part, flags=0, second=0, ethertype=None):
    head = struct.pack("!BBH", flags, second, part.ethertype if ethertype is None else ethertype)
    for bit in (0x80, 0x20, 0x10):
        head += b"\0\0\0\7" if flags & bit else b""
    return Part(head + part.data, GRE, layers=part.moved(len(head), "gre"))


def ipip(part):
    return Part(part.data, part.protocol, layers=part.moved(0, "ipip"))


TUNNELS = {
    "vxlan": lambda p: vxlan(ethernet(p)),
    "vxlan8472": lambda p: vxlan(ethernet(p), port=8472),
    "geneve": geneve,
    "geneve-ethernet": lambda p: geneve(ethernet(p)),
    "gre": gre,
    "gre-ethernet": lambda p: gre(ethernet(p)),
    "ipip": ipip,
}
INNER = {"tcp": lambda f: tcp(), "udp": lambda f: udp(), "icmp": icmp}
OUTER = (201, 202)


def tunnels():
    for family in (4, 6):
        for what, make in INNER.items():
            yield f"plain-{family}-{what}", ip(family, make(family))
    for name, wrap in TUNNELS.items():
        for outer in (4, 6):
            for inner in (4, 6):
                for what, make in INNER.items():
                    yield (f"{name}-{outer}-{inner}-{what}",
                           ip(outer, wrap(ip(inner, make(inner))), ends=OUTER))


def frames():
    for inner in (4, 6):
        packet = ip(inner, tcp())
        for name, tags in (("vlan", [0x8100]), ("88a8", [0x88A8]),
                           ("qinq", [0x88A8, 0x8100]), ("8100-8100", [0x8100] * 2)):
            yield f"vxlan-{name}-{inner}", ip4(vxlan(ethernet(packet, tags)), ends=OUTER)
            yield f"geneve-{name}-{inner}", ip6(geneve(ethernet(packet, tags)), ends=OUTER)
            yield f"gre-{name}-{inner}", ip4(gre(ethernet(packet, tags)), ends=OUTER)
    for words in (1, 2, 63):
        inner = geneve(ip4(tcp()), options=bytes(4 * words))
        yield f"geneve-options-{words}", ip4(inner, ends=OUTER)
    for flags in (0x80, 0x20, 0x10, 0xA0, 0x90, 0x30, 0xB0, 0x03):
        yield f"gre-flags-{flags:02x}", ip4(gre(ip6(udp()), flags=flags), ends=OUTER)
    yield "gre-reserved-bits", ip4(gre(ip4(tcp()), second=0xF8), ends=OUTER)
    yield "options-inside-and-outside", ip4(ipip(ip4(tcp(), options=b"\x94\4\0\0")),
                                            options=bytes([1] * 40), ends=OUTER)
    yield "tcp-options", ip4(vxlan(ethernet(ip4(tcp(options=bytes([1] * 40))))), ends=OUTER)
    yield "padding-behind", ip4(tcp(payload=b""), pad=bytes(6))
    yield "padding-behind-6", ip6(tcp(payload=b""), pad=b"\xff" * 9)
    yield "trailer-inside-vxlan", ip4(vxlan(ethernet(ip4(udp(), pad=b"trailer!"))), ends=OUTER)
    yield "trailer-inside-ipip", ip4(ipip(ip4(icmp(), pad=b"trailer!")), ends=OUTER)
    yield "udp-shorter-than-ip", ip4(vxlan(ethernet(ip4(tcp())), length=8 + 8 + 14 + 20 + 36),
                                     ends=OUTER)
    yield "other-transport", ip4(raw(132))
    yield "no-payload", ip4(raw(ESP, b""))
    yield "vxlan-other-flags", ip4(vxlan(ethernet(ip4(tcp())), flags=0x88), ends=OUTER)


def deep(kinds, family=4):
    packet = ip(family, tcp())
    for kind in kinds:
        packet = ip(family, TUNNELS[kind](packet), ends=OUTER)
    packet.layers = packet.layers[:3]  # as deep as a reader looks
    return packet


def nested():
    for a in TUNNELS:
        for b in TUNNELS:
            yield f"{b}-in-{a}", deep((b, a))
    for n in (3, 4, 9):
        yield f"ipip-{n}-deep", deep(["ipip"] * n)
        yield f"ip6ip6-{n}-deep", deep(["ipip"] * n, 6)


def extensions():
    kinds = {"hop": HOP, "routing": ROUTING, "destination": DESTINATION, "ah": AH,
             "mobility": MOBILITY, "hip": HIP, "shim6": SHIM6}
    for name, kind in kinds.items():
        one = extension(kind)
        for what, make in INNER.items():
            yield f"{name}-{what}", ip6(make(6), extensions=[one])
        yield f"vxlan-{name}", ip4(vxlan(ethernet(ip6(tcp(), extensions=[one]))), ends=OUTER)
        yield f"ipip-behind-{name}", ip6(ipip(ip4(tcp())), extensions=[one], ends=OUTER)
    padded = bytes([1, 252] + [0] * 252 + [1, 6] + [0] * 6)
    yield "long-header", ip6(tcp(), extensions=[extension(HOP, padded)])
    yield "longest-header", ip6(tcp(), extensions=[extension(DESTINATION, bytes(2046))])
    yield "ah-long", ip6(tcp(), extensions=[extension(AH, bytes(32))])
    order = (HOP, DESTINATION, ROUTING, AH, DESTINATION)
    yield "all", ip6(udp(), extensions=[extension(kind) for kind in order])
    for n in (7, 8):
        yield f"{n}-headers", ip6(tcp(), extensions=[extension(DESTINATION)] * n)
    yield "9-headers", none(ip6(tcp(), extensions=[extension(DESTINATION)] * 9))
    yield "no-next-header", ip6(raw(NONE, b""))
    yield "no-next-header-behind-hop", ip6(raw(NONE, b"x"), extensions=[extension(HOP)])
    yield "esp-hides", ip6(raw(ESP), extensions=[extension(HOP)])
    yield "experiment-is-no-header", ip6(raw(EXPERIMENT))
    yield from fragments()


def fragments():
    first, atomic = extension(FRAGMENT, more=1), extension(FRAGMENT)
    later, last = extension(FRAGMENT, more=1, offset=185), extension(FRAGMENT, offset=1)
    for what, make in INNER.items():
        yield f"first-fragment-4-{what}", ip4(make(4), fragment=0x2000)
        yield f"first-fragment-6-{what}", ip6(make(6), extensions=[first], fragment=1)
        yield f"atomic-fragment-{what}", ip6(make(6), extensions=[atomic])
    yield "dont-fragment", ip4(tcp(), fragment=0x4000)
    yield "reserved-flag", ip4(tcp(), fragment=0x8000)
    yield "later-fragment-4", none(ip4(tcp(), fragment=0x20B9))
    yield "last-fragment-4", none(ip4(tcp(), fragment=0x0001))
    yield "later-fragment-6", none(ip6(tcp(), extensions=[later]))
    yield "last-fragment-6", none(ip6(tcp(), extensions=[last]))
    yield "first-fragment-then-atomic", ip6(tcp(), extensions=[first, atomic], fragment=1)
    for name, wrap in TUNNELS.items():
        yield f"{name}-outer-first-fragment-4", cut(ip4(wrap(ip4(tcp())), fragment=0x2000), 1)
        yield f"{name}-outer-first-fragment-6", cut(
            ip6(wrap(ip4(tcp())), extensions=[first], fragment=1), 1)
        yield f"{name}-inner-first-fragment-4", ip4(wrap(ip4(tcp(), fragment=0x2000)), ends=OUTER)
        yield f"{name}-inner-last-fragment-4", cut(ip4(wrap(ip4(tcp(), fragment=9)), ends=OUTER), 1)
        yield f"{name}-inner-last-fragment-6", cut(
            ip4(wrap(ip6(tcp(), extensions=[last])), ends=OUTER), 1)


def cut(packet, layers):
    """Only so many layers count."""
    packet.layers = packet.layers[:layers]
    return packet


def none(packet):
    return cut(packet, 0)


def broken():
    """IP packets that are none, and their family."""
    for family in (4, 6):
        yield f"tcp-header-cut-{family}", ip(family, raw(TCP, tcp().data[:19]))
        yield f"udp-header-cut-{family}", ip(family, raw(UDP, b"\0" * 7))
        yield f"icmp-header-cut-{family}", ip(family, raw(icmp(family).protocol, b"\0" * 7))
        yield f"ports-behind-the-end-{family}", ip(family, raw(TCP, b""), pad=tcp().data)
        yield f"version-0-{family}", ip(family, tcp(), version=0)
        yield f"version-of-the-other-{family}", ip(family, tcp(), version=10 - family)
    yield "ihl-0", ip4(tcp(), ihl=0)
    yield "ihl-4", ip4(tcp(), ihl=4)
    yield "ihl-beyond-total", ip4(raw(ESP, b""), ihl=15, pad=bytes(60))
    yield "total-0", ip4(tcp(), total=0)
    yield "total-19", ip4(tcp(), total=19)
    yield "total-beyond", ip4(tcp(), total=20 + 36 + 1)
    yield "total-65535", ip4(tcp(), total=65535)
    yield "payload-beyond", ip6(tcp(), payload=37)
    yield "payload-65535", ip6(tcp(), payload=65535)
    yield "payload-0-of-tcp", ip6(tcp(), payload=0)
    yield "payload-0-hop", ip6(tcp(), extensions=[extension(HOP)], payload=0)
    for name, kind in (("hop", HOP), ("routing", ROUTING), ("fragment", FRAGMENT), ("ah", AH)):
        yield f"{name}-cut", ip6(raw(kind, bytes([TCP, 0, 0, 0, 0, 0, 0])))
        yield f"{name}-beyond", ip6(raw(kind, bytes([TCP, 0, 0, 0, 0, 0, 0])), pad=bytes(100))
    yield "routing-length-beyond", ip6(raw(ROUTING, bytes([TCP, 9] + [0] * 70)))
    yield "routing-length-255", ip6(raw(ROUTING, bytes([TCP, 255] + [0] * 70)))
    yield "ah-length-beyond", ip6(raw(AH, bytes([TCP, 255] + [0] * 70)))
    yield "hop-to-the-end", ip6(raw(HOP, bytes([TCP, 0] + [0] * 6)))


def wrong():
    for name, packet in broken():
        yield name, none(packet)
    for name, packet in broken():
        for tunnel in ("vxlan", "geneve", "gre", "ipip"):
            yield f"{name}-in-{tunnel}", cut(ip4(TUNNELS[tunnel](packet), ends=OUTER), 1)
    good = ip4(tcp())
    frame = ethernet(good)
    for name, inner in (
            ("vxlan-no-network-id", vxlan(frame, flags=0)),
            ("vxlan-gpe", vxlan(frame, flags=0x0C)),
            ("vxlan-other-port", vxlan(frame, port=4788)),
            ("vxlan-header-cut", udp(b"\x08\0\0\0\0\0\0", dport=4789)),
            ("vxlan-empty", udp(b"", dport=4789)),
            ("vxlan-nothing-inside", vxlan(Part(b""))),
            ("vxlan-ethernet-cut", vxlan(Part(frame.data[:13]))),
            ("vxlan-ethertype-arp", vxlan(ethernet(good, ethertype=0x0806))),
            ("vxlan-ethertype-6-packet-4", vxlan(ethernet(good, ethertype=0x86DD))),
            ("vxlan-802.3", vxlan(ethernet(good, ethertype=46))),
            ("vxlan-3-tags", vxlan(ethernet(good, tags=[0x8100] * 3))),
            ("vxlan-tag-cut", vxlan(Part(frame.data[:12] + b"\x81\0\0"))),
            ("vxlan-old-qinq", vxlan(ethernet(good, tags=[0x9100]))),
            ("vxlan-udp-length-0", vxlan(frame, length=0)),
            ("vxlan-udp-length-7", vxlan(frame, length=7)),
            ("vxlan-udp-length-8", vxlan(frame, length=8)),
            ("vxlan-udp-length-cuts-inner", vxlan(frame, length=8 + 8 + 14 + 55)),
            ("vxlan-udp-length-beyond", vxlan(frame, length=8 + 8 + 14 + 57)),
            ("vxlan-udp-length-65535", vxlan(frame, length=65535)),
            ("geneve-version-1", geneve(good, version=1)),
            ("geneve-version-3", geneve(good, version=3)),
            ("geneve-options-beyond", geneve(good, words=63)),
            ("geneve-header-cut", udp(b"\0\0\x08\0\0\0\0", dport=6081)),
            ("geneve-other-type", geneve(good, ethertype=0x8847)),
            ("geneve-udp-length-0", geneve(good, length=0)),
            ("gre-version-1", gre(good, second=1)),
            ("gre-routing", gre(good, flags=0x40)),
            ("gre-strict-route", gre(good, flags=0x08)),
            ("gre-bit-5", gre(good, flags=0x04)),
            ("gre-erspan", gre(good, ethertype=0x88BE)),
            ("gre-header-cut", raw(GRE, b"\0\0\x08")),
            ("gre-empty", raw(GRE, b"")),
            ("gre-fields-cut", raw(GRE, b"\xb0\0\x08\0" + bytes(11))),
            ("gre-ethernet-cut", raw(GRE, b"\0\0\x65\x58" + frame.data[:12])),
            ("ipip-empty", raw(IPV4, b"")),
            ("ipip-cut", raw(IPV4, good.data[:19])),
            ("6in4-empty", raw(IPV6, b"")),
            ("6in4-cut", raw(IPV6, ip6(tcp()).data[:39])),
            ("ipip-of-the-other-family", raw(IPV6, good.data))):
        for family in (4, 6):
            yield f"{name}-{family}", cut(ip(family, inner, ends=OUTER), 1)
    inner = ip4(tcp())
    inner.data = inner.data[:2] + struct.pack("!H", 57) + inner.data[4:] + b"!"
    yield "inner-beyond-outer", cut(ip4(ipip(inner), total=20 + 56, ends=OUTER), 1)
    yield "empty", Part(b"", ethertype=0x0800)
    yield "one-byte", Part(b"\x45", ethertype=0x0800)
    yield "ethertype-arp", Part(good.data, ethertype=0x0806)
    yield "ethertype-vlan", Part(b"\0\1\x08\0" + good.data, ethertype=0x8100)
    yield "ethertype-6-packet-4", Part(good.data, ethertype=0x86DD)


def write(directory, name, title, vectors):
    with open(os.path.join(directory, name + ".txt"), "w", encoding="ascii") as out:
        out.write(HEADER.format(title))
        for what, packet in vectors:
            words = [what, f"ethertype={packet.ethertype:04x}"]
            for l in packet.layers:
                words.append("layer={tunnel}:{family}:{protocol}:{fragment}:".format(**l) +
                             l["source"].hex() + ":" + l["destination"].hex() +
                             ":{ports[0]}:{ports[1]}:{network}:{transport}:{end}".format(**l))
            out.write(" ".join(words) + " hex=" + packet.data.hex() + "\n")


def main():
    directory = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    write(directory, "tunnels", "Each tunnel, of each family, each protocol inside.", tunnels())
    write(directory, "frames", "VLAN tags, options, trailers and padding.", frames())
    write(directory, "nested", "Tunnels in tunnels, and deeper than a reader looks.", nested())
    write(directory, "extensions", "IPv6 extension headers; fragments.", extensions())
    write(directory, "wrong", "Broken, inside and outside.", wrong())


if __name__ == "__main__":
    main()
