#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A process that does odd things to its sockets: one command a line on standard input, one line of
answer each (rules_actor.bash: actor, ask).

    listen S ADDRESS PORT       connect S ADDRESS PORT      accept S LISTENER
    again S ADDRESS PORT        disconnect the socket, and connect it there
    write S N                   read S N
    restore S N                 put N bytes into its receive queue (TCP_REPAIR)
    raw S ADDRESS               a raw socket of TCP's protocol number, connected
    xfrm S                      a netlink socket of a protocol with TCP's number, that hears of states
    pid
"""

import ctypes
import os
import socket
import struct
import sys

TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_RECV_QUEUE = 19, 20, 1
NETLINK_XFRM, GROUP_SA = 6, 1 << 2
sockets = {}
libc = ctypes.CDLL(None, use_errno=True)


def listen(name, address, port):
    sockets[name] = socket.create_server((address, int(port)))


def connect(name, address, port):
    sockets[name] = socket.create_connection((address, int(port)), timeout=20)


def accept(name, listener):
    sockets[name] = sockets[listener].accept()[0]


def again(name, address, port):
    nowhere = struct.pack("=H14x", socket.AF_UNSPEC)
    if libc.connect(sockets[name].fileno(), nowhere, len(nowhere)):
        raise OSError(ctypes.get_errno(), "disconnect")
    sockets[name].connect((address, int(port)))


def write(name, count):
    sockets[name].sendall(bytes(int(count)))


def read(name, count):
    left = int(count)
    while left:
        got = len(sockets[name].recv(left))
        if not got:
            raise EOFError(f"{left} of {count} bytes did not come")
        left -= got


def restore(name, count):
    sockets[name].setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    sockets[name].setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, TCP_RECV_QUEUE)
    write(name, count)
    sockets[name].setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 0)


def raw(name, address):
    sockets[name] = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    sockets[name].connect((address, 0))


def xfrm(name):
    sockets[name] = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_XFRM)
    sockets[name].bind((0, GROUP_SA))


def pid():
    return os.getpid()


COMMANDS = {function.__name__: function for function in (
    listen, connect, accept, again, write, read, restore, raw, xfrm, pid)}


def main():
    for line in sys.stdin:
        words = line.split()
        try:
            answer = COMMANDS[words[0]](*words[1:])
        except (OSError, EOFError, KeyError, TypeError) as error:
            answer = f"error {error!r}"
        print(0 if answer is None else answer, flush=True)


if __name__ == "__main__":
    main()
