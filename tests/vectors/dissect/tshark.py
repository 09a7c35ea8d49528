#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Has tshark dissect the packets in this directory, and writes its layers as in the vectors.

    tshark.py check             has tshark dissect them afresh, compares with tshark.txt; TAP
    tshark.py update            writes tshark.txt anew
    tshark.py pcap FILE         the packets as a capture, for Wireshark
    tshark.py vectors FILE...   captures' packets as vectors, with tshark's layers

tshark's words become layers by the rules that kmod/lib/dissect.h promises: a fragment ends
the walk, three layers are the most.  tests/unit/lib/test_dissect.c compares tshark.txt with
what the module finds, so that needs no tshark.  It must be the same, but for those
packets of which tshark says that something is wrong in them, and those of FIRST and
FURTHER below.  Made with tshark 4.0.17.
"""

import os
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = ("tunnels.txt", "frames.txt", "nested.txt", "extensions.txt", "wrong.txt", "captured.txt")
STORED = os.path.join(HERE, "tshark.txt")
ETHERNET = 14
LINK_HEADERS = {1: ETHERNET, 113: 16}
LAYERS_MAX = 3
# Fragments are not put together; what is inside TCP and UDP is of no interest.
OPTIONS = ("-n", "-d", "udp.port==8472,vxlan", "-o", "ip.defragment:FALSE", "-o",
           "ipv6.defragment:FALSE", "--disable-protocol", "dns", "--disable-protocol", "http")
TUNNELS = {"vxlan": "vxlan", "geneve": "geneve", "gre": "gre"}
# The layers that may stand between a tunnel's header and the IP header inside.
TRANSPARENT = ("eth", "vlan", "ieee8021ad", "fake-field-wrapper")
PORTS = ("tcp", "udp")
COMPLAINTS = ("_ws.malformed", "_ws.short", "ip.bogus_", "ipv6.bogus_", "ipv6.plen_", "udp.length.bad",
              "ipv6.opt.jumbo.missing", "ipv6.invalid_header", "tcp.short_segment",
              "geneve.version.unknown")
# Here tshark goes on without a complaint, where the kernel, and so the module, takes the packet for
# broken or unknown.
FIRST = (
    "9-headers",  # IPv6 extension headers: eight are the most
    "ports-behind-the-end-4",  # no byte of the TCP header is there
    "icmp-header-cut-6",
    "total-0",  # tshark: left to the network card; only packets beyond 64 KiB may say that
    "vxlan-no-network-id",  # RFC 7348: the flag must be set
    "vxlan-gpe",  # what follows need not be Ethernet
    "vxlan-3-tags",
    "vxlan-old-qinq",  # ethertype 0x9100
    "gre-version-1",  # PPTP
    "gre-strict-route",  # RFC 2784: these bits must be zero
    "gre-bit-5",
    "ethertype-vlan",  # outside, the kernel has taken tags off
)
# tshark takes these headers for the last ones; RFC 7045: they are extension headers.
FURTHER = ("mobility", "vxlan-mobility", "ipip-behind-mobility", "hip", "vxlan-hip", "ipip-behind-hip")
HEADER = """# SPDX-License-Identifier: GPL-2.0
# The layers that tshark sees in the packets of the other files: name, ethertype and layers as there,
# no bytes. agree=first: tshark says that something is wrong in it, or sees more than the kernel
# takes: only its first layers are ours. agree=further: tshark ends before the transport header.
# Made by "tshark.py update".
"""
CAPTURED = """# SPDX-License-Identifier: GPL-2.0
# Packets that Linux sends for each kind of tunnel; the layers are tshark's. Lines are as in
# the other files. Made by capture.sh and "tshark.py vectors"; large packets
# are left out, and all but the first of the same length and protocols.
"""


def vectors():
    """(name, ethertype, bytes) of each packet in the files."""
    for name in FILES:
        with open(os.path.join(HERE, name), encoding="ascii") as lines:
            for line in lines:
                words = line.split()
                if not words or words[0].startswith("#"):
                    continue
                keys = dict(word.split("=", 1) for word in words[1:])
                yield words[0], int(keys["ethertype"], 16), bytes.fromhex(keys["hex"])


def write_pcap(path, packets):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for number, (_, ethertype, data) in enumerate(packets):
            frame = bytes.fromhex("020000000001020000000002") + struct.pack("!H", ethertype) + data
            out.write(struct.pack("<IIII", number, 0, len(frame), len(frame)) + frame)


def read_pcap(path):
    """(ethertype, bytes) of each packet; of Ethernet frames, or cooked ones."""
    with open(path, "rb") as f:
        data = f.read()
    if struct.unpack_from("<I", data)[0] not in (0xA1B2C3D4, 0xA1B23C4D):
        raise SystemExit(f"{path}: not a pcap file in this machine's byte order")
    link, = struct.unpack_from("<I", data, 20)
    if link not in LINK_HEADERS:
        raise SystemExit(f"{path}: link type {link}, not one of {list(LINK_HEADERS)}")
    at, header = 24, LINK_HEADERS[link]
    while at < len(data):
        length = struct.unpack_from("<IIII", data, at)[2]
        packet = data[at + 16:at + 16 + length]
        yield struct.unpack_from("!H", packet, header - 2)[0], packet[header:]
        at += 16 + length


def dissect(path):
    """tshark's view of a capture: one XML element per packet."""
    output = subprocess.run(["tshark", *OPTIONS, "-r", path, "-T", "pdml"], check=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return xml.etree.ElementTree.fromstring(output).findall("packet")


def number(element, name):
    for field in element.iter("field"):
        if field.get("name") == name:
            return int(field.get("show"), 0)
    return None


def text(element, name):
    return next((f.get("value") for f in element.iter("field") if f.get("name") == name), None)


def ipv4(proto, at):
    header, length = number(proto, "ip.hdr_len"), number(proto, "ip.len")
    if None in (header, length, text(proto, "ip.dst")) or number(proto, "ip.frag_offset"):
        return None
    return {"family": 4, "protocol": number(proto, "ip.proto"),
            "fragment": number(proto, "ip.flags.mf"), "source": text(proto, "ip.src"),
            "destination": text(proto, "ip.dst"), "network": at, "transport": at + header,
            "end": at + length}


def ipv6(proto, at):
    length, protocol = number(proto, "ipv6.plen"), number(proto, "ipv6.nxt")
    transport, fragment = at + 40, 0
    if None in (length, protocol, text(proto, "ipv6.dst")):
        return None
    for header in proto.findall("proto"):
        name = header.get("name")
        if name.startswith("_ws"):
            continue
        following = next((f for f in header.iter("field") if "next" in f.get("showname", "").lower()
                          or f.get("name", "").endswith((".nxt", ".proto"))), None)
        if following is None or number(header, "ipv6.fraghdr.offset"):
            return None
        protocol = int(following.get("value"), 16)
        transport = int(header.get("pos")) - ETHERNET + int(header.get("size"))
        fragment |= number(header, "ipv6.fraghdr.more") or 0
    return {"family": 6, "protocol": protocol, "fragment": fragment,
            "source": text(proto, "ipv6.src"), "destination": text(proto, "ipv6.dst"),
            "network": at, "transport": transport, "end": at + 40 + length}


def layers(packet):
    """As the vectors have them."""
    found, tunnel = [], "none"
    for proto in packet:
        name = proto.get("name")
        if name in ("ip", "ipv6"):
            layer = (ipv4 if name == "ip" else ipv6)(proto, int(proto.get("pos")) - ETHERNET)
            if not layer or len(found) == LAYERS_MAX or (found and found[-1]["fragment"]):
                break
            found.append(dict(layer, tunnel=tunnel, ports=(0, 0)))
            tunnel = "ipip"
        elif name in TUNNELS:
            tunnel = TUNNELS[name]
        elif name in PORTS and found:
            ports = number(proto, name + ".srcport"), number(proto, name + ".dstport")
            if None in ports:
                found.pop()
                break
            found[-1]["ports"] = ports
        elif name not in TRANSPARENT and found:
            break
    return found


def complaint(packet):
    return any((f.get("name") or "").startswith(COMPLAINTS) for f in packet.iter()
               if f.tag in ("field", "proto"))


def layer_text(layer):
    return ("{tunnel}:{family}:{protocol}:{fragment}:{source}:{destination}:{ports[0]}:{ports[1]}:"
            "{network}:{transport}:{end}".format(**layer))


def agree(name, packet):
    """How far a reader has to agree."""
    if any(name == f or name.startswith(f + "-") for f in FURTHER):
        return " agree=further"
    if complaint(packet) or any(name == f or name.startswith(f + "-") for f in FIRST):
        return " agree=first"
    return ""


def line(name, ethertype, packet):
    words = [name, f"ethertype={ethertype:04x}"]
    words += ["layer=" + layer_text(layer) for layer in layers(packet)]
    return " ".join(words)


def dissect_all(packets):
    """tshark's view of each (name, ethertype, bytes)."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "packets.pcap")
        write_pcap(path, packets)
        seen = dissect(path)
    if len(seen) != len(packets):
        raise SystemExit(f"tshark shows {len(seen)} of {len(packets)} packets")
    return seen


def lines():
    """tshark.txt, made afresh."""
    packets = list(vectors())
    return [line(name, ethertype, packet) + agree(name, packet)
            for (name, ethertype, _), packet in zip(packets, dissect_all(packets))]


def check():
    with open(STORED, encoding="ascii") as f:
        stored = [text.rstrip("\n") for text in f if not text.startswith("#")]
    fresh = lines()
    different = [(a, b) for a, b in zip(stored, fresh) if a != b]
    good = not different and len(stored) == len(fresh)
    print(f"{'ok' if good else 'not ok'} 1 - tshark sees {len(fresh)} packets as tshark.txt says")
    for a, b in different[:10]:
        print(f"# stored: {a}\n#    now: {b}")
    print("1..1")
    return 0 if good else 1


def update():
    with open(STORED, "w", encoding="ascii") as out:
        out.write(HEADER + "".join(text + "\n" for text in lines()))
    return 0


def vectors_of(paths):
    print(CAPTURED, end="")
    for path in paths:
        base = os.path.splitext(os.path.basename(path))[0]
        packets = [(f"{base}-{number}", *packet) for number, packet in enumerate(read_pcap(path), 1)
                   if packet[0] in (0x0800, 0x86DD) and len(packet[1]) < 1000]
        shapes = set()
        for (name, ethertype, data), packet in zip(packets, dissect_all(packets)):
            shape = (len(data), *((l["tunnel"], l["protocol"]) for l in layers(packet)))
            if shape not in shapes:
                print(line("captured-" + name, ethertype, packet), "hex=" + data.hex())
            shapes.add(shape)
    return 0


def main(arguments):
    if arguments == ["check"]:
        return check()
    if arguments == ["update"]:
        return update()
    if len(arguments) == 2 and arguments[0] == "pcap":
        write_pcap(arguments[1], vectors())
        return 0
    if len(arguments) > 1 and arguments[0] == "vectors":
        return vectors_of(arguments[1:])
    raise SystemExit("Usage: tshark.py check | update | pcap FILE | vectors FILE...")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
