# SPDX-License-Identifier: GPL-2.0
"""A client of the family "causeway" made from its netlink specification alone.

Raw sockets and nothing hidden, so that tests can send what a library would not.
"""
import os
import pathlib
import socket
import struct

import yaml

SPEC = yaml.safe_load(
    (pathlib.Path(__file__).resolve().parents[2] / "uapi/causeway.yaml").read_text())
ATTRS = {a["name"]: i for i, a in enumerate(SPEC["attribute-sets"][0]["attributes"], 1)}
NAMES = {i: n for n, i in ATTRS.items()}
TYPES = {a["name"]: a["type"] for a in SPEC["attribute-sets"][0]["attributes"]}
COMMANDS = {o["name"]: i for i, o in enumerate(SPEC["operations"]["list"], 1)}
OPERATIONS = {o["name"]: o for o in SPEC["operations"]["list"]}

FORMATS = {"u8": "=B", "u16": "=H", "u32": "=I", "u64": "=Q", "s32": "=i"}

NLM_F_REQUEST, NLM_F_MULTI, NLM_F_ACK, NLM_F_DUMP_INTR, NLM_F_DUMP = 1, 2, 4, 0x10, 0x300
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
SOL_NETLINK, NETLINK_GENERIC, GENL_ID_CTRL = 270, 16, 16
NETLINK_ADD_MEMBERSHIP, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 1, 10, 11
ERR_MSG, ERR_OFFS, ERR_MISS_TYPE = 1, 2, 5
CTRL_CMD_GETFAMILY, CTRL_FAMILY_ID, CTRL_FAMILY_NAME, CTRL_MCAST_GROUPS = 3, 1, 2, 7
CTRL_GRP_NAME, CTRL_GRP_ID = 1, 2


def pack_raw(kind, payload, length=None):
    """An attribute; length lies about how long it is."""
    header = struct.pack("=HH", 4 + len(payload) if length is None else length, kind)
    return header + payload + b"\0" * (-len(payload) % 4)


def pack(name, value):
    """An attribute of the family by its name."""
    kind = TYPES[name]
    if kind in FORMATS:
        payload = struct.pack(FORMATS[kind], value)
    elif kind == "string":
        payload = value.encode() + b"\0"
    else:
        payload = b"" if kind == "flag" else value
    return pack_raw(ATTRS[name], payload)


def attributes(data):
    """(kind, payload) of each attribute."""
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        yield kind & 0x3fff, data[4:length]
        data = data[length + 3 & ~3:]


def unpack(data):
    """Attributes of a message by name; what does not follow the specification raises."""
    values = {}
    for kind, payload in attributes(data):
        name = NAMES[kind]
        if TYPES[name] in FORMATS:
            values[name] = struct.unpack(FORMATS[TYPES[name]], payload)[0]
        elif TYPES[name] == "string":
            values[name] = payload.rstrip(b"\0").decode()
        elif TYPES[name] == "nest":
            values[name] = [p.rstrip(b"\0").decode() for _, p in attributes(payload)]
        else:
            values[name] = True if TYPES[name] == "flag" else payload
    values.pop("pad", None)
    return values


class Result:
    """The outcome of a request: errno (0: success), message, attribute blamed, replies."""

    def __init__(self):
        self.errno, self.message, self.offset, self.missing = 0, None, None, None
        self.replies, self.interrupted = [], False

    def take(self, kind, flags, payload):
        """True if the exchange is over with this message."""
        self.interrupted |= bool(flags & NLM_F_DUMP_INTR)
        if kind not in (NLMSG_ERROR, NLMSG_DONE):
            self.replies.append((payload[0], payload[4:]))
            return False
        self.errno = -struct.unpack_from("=i", payload)[0]
        if flags & NLM_F_ACK_TLVS:
            self.take_details(payload[4 if kind == NLMSG_DONE else
                                      20 if flags & NLM_F_CAPPED or not self.errno else
                                      4 + struct.unpack_from("=I", payload, 4)[0]:])
        return True

    def take_details(self, data):
        for kind, payload in attributes(data):
            if kind == ERR_MSG:
                self.message = payload.rstrip(b"\0").decode()
            elif kind == ERR_OFFS:
                self.offset = struct.unpack("=I", payload)[0]
            elif kind == ERR_MISS_TYPE:
                self.missing = NAMES.get(struct.unpack("=I", payload)[0])

    def __str__(self):
        error = os.strerror(self.errno) if self.errno else "success"
        return f"{error}: {self.message}"


class Client:
    """A generic netlink socket that knows the family."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.socket.bind((0, 0))
        self.socket.settimeout(20)
        for option in (NETLINK_CAP_ACK, NETLINK_EXT_ACK):
            self.socket.setsockopt(SOL_NETLINK, option, 1)
        self.sequence, self.stray = 0, []
        self.family, self.group = self.find()

    def find(self):
        result = self.exchange(GENL_ID_CTRL, CTRL_CMD_GETFAMILY,
                               pack_raw(CTRL_FAMILY_NAME, SPEC["name"].encode() + b"\0"))
        if result.errno:
            raise OSError(result.errno, f"no family {SPEC['name']}")
        found = dict(attributes(result.replies[0][1]))
        _, group = next(attributes(found[CTRL_MCAST_GROUPS]))
        return (struct.unpack("=H", found[CTRL_FAMILY_ID])[0],
                struct.unpack("=I", dict(attributes(group))[CTRL_GRP_ID])[0])

    def send(self, family, command, body, flags=NLM_F_ACK):
        self.sequence += 1
        message = struct.pack("=BBH", command, 1, 0) + body
        self.socket.send(struct.pack("=IHHII", 16 + len(message), family,
                                     NLM_F_REQUEST | flags, self.sequence, 0) + message)

    def receive(self):
        """(kind, flags, sequence, payload) of each message in one read."""
        data = self.socket.recv(1 << 17)
        while len(data) >= 16:
            length, kind, flags, sequence, _ = struct.unpack_from("=IHHII", data)
            yield kind, flags, sequence, data[16:length]
            data = data[length + 3 & ~3:]

    def exchange(self, family, command, body, flags=NLM_F_ACK):
        self.send(family, command, body, flags)
        result = Result()
        while True:
            for kind, flag, sequence, payload in self.receive():
                if sequence != self.sequence:
                    self.stray.append((payload[0], payload[4:]))
                elif result.take(kind, flag, payload):
                    return result

    def raw(self, command, body, flags=NLM_F_ACK):
        return self.exchange(self.family, command, body, flags)

    def do(self, command, *attrs):
        """do("policy-del", ("rule-id", 3))"""
        return self.raw(COMMANDS[command], b"".join(pack(*a) for a in attrs))

    def dump(self, command, *attrs):
        return self.raw(COMMANDS[command], b"".join(pack(*a) for a in attrs), NLM_F_DUMP)

    def join(self):
        self.socket.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, self.group)

    def notifications(self, wanted):
        """So many notifications: (command, attributes)."""
        found, self.stray = self.stray, []
        while len(found) < wanted:
            found += [(p[0], p[4:]) for _, _, _, p in self.receive()]
        return [(command, unpack(data)) for command, data in found]
