#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""hosts_udp.py server ADDRESS PORT; hosts_udp.py client ADDRESS PORT SIZE...

The server sends every datagram back.  The client sends one of each size, three times, and
prints "ok COUNT" if each comes back within 5 s as it was.
"""

import socket
import sys


def serve(at):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(at)
        while True:
            s.sendto(*s.recvfrom(65536))


def ask(at, sizes):
    count = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(at)
        s.settimeout(5)
        for size in sizes * 3:
            count += 1
            sent = bytes((count * 31 + i * 7 + i // 251) & 255 for i in range(size))
            s.send(sent)
            got = s.recv(65536)
            if got != sent:
                sys.exit(f"datagram {count}: {len(got)} bytes came back, not the {size} that were sent")
    print("ok", count)


def main():
    mode, address, port, *sizes = sys.argv[1:]
    if mode == "server":
        serve((address, int(port)))
    ask((address, int(port)), [int(size) for size in sizes])


if __name__ == "__main__":
    main()
