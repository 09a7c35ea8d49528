#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""One end of the traffic of memory.sh: does what standard input tells it, a command a line.

Each command is answered by a line: what it asks for, "ok", or "error" and why.  There is one socket
at a time, on port 7100 of who is asked.  Commands:

    bind ADDRESS            a socket for datagrams, which is not read
    fits COUNT              ... how many of COUNT that were sent to it fit; closes it
    send COUNT SIZE ADDRESS sends datagrams
    fill SIZE ADDRESS       sends datagrams as long as there is room for them; how many that were
    listen ADDRESS, accept, connect ADDRESS
    write COUNT SIZE        on the connection, one write each
    received COUNT          memory that the connection's COUNT bytes take that were not read
    queued                  memory that what was written takes which was not acknowledged
    close
"""

import socket
import struct
import sys
import time

PORT = 7100
SO_MEMINFO = 55
RMEM_ALLOC, WMEM_QUEUED, DROPS = 0, 5, 8  # SK_MEMINFO_
PATIENCE = 15


class End:
    """The socket, and what is done with it."""

    def __init__(self):
        """There is none yet."""
        self.socket = self.listener = None

    def make(self, kind, address):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.close()
        self.socket = socket.socket(family, kind)

    def memory(self, which):
        found = self.socket.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 9 * 4)
        return struct.unpack("9I", found)[which]

    def settled(self, function):
        """The result of a function of no arguments, once that has not changed for a while."""
        last, since, end = None, 0, time.monotonic() + PATIENCE
        while time.monotonic() < end:
            now = function()
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() > since + 0.2:
                break
            time.sleep(0.02)
        return last

    def bind(self, address):
        self.make(socket.SOCK_DGRAM, address)
        self.socket.bind((address, PORT))

    def fits(self, count):
        self.settled(lambda: (self.memory(RMEM_ALLOC), self.memory(DROPS)))
        lost, there = self.memory(DROPS), 0
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.recv(65536)
                there += 1
        except BlockingIOError:
            self.close()
        if there + lost != int(count):
            raise ValueError(f"{there} are there and {lost} did not fit: not {count} in all")
        return there

    def send(self, count, size, address):
        self.make(socket.SOCK_DGRAM, address)
        for _ in range(int(count)):
            self.socket.sendto(bytes(int(size)), (address, PORT))

    def fill(self, size, address):
        count = 0
        self.make(socket.SOCK_DGRAM, address)
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.sendto(bytes(int(size)), (address, PORT))
                count += 1
        except BlockingIOError:
            self.close()
            return count

    def listen(self, address):
        self.make(socket.SOCK_STREAM, address)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, PORT))
        self.socket.listen()
        self.listener, self.socket = self.socket, None

    def accept(self):
        self.socket = self.listener.accept()[0]

    def connect(self, address):
        self.make(socket.SOCK_STREAM, address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect((address, PORT))

    def write(self, count, size):
        for _ in range(int(count)):
            self.socket.sendall(bytes(int(size)))

    def queued(self):
        return self.memory(WMEM_QUEUED)

    def received(self, count):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if len(self.socket.recv(1 << 20, socket.MSG_PEEK)) == int(count):
                return self.settled(lambda: self.memory(RMEM_ALLOC))
            time.sleep(0.02)
        raise ValueError(f"{count} bytes have not come")

    def close(self):
        for each in (self.socket, self.listener):
            if each:
                each.close()
        self.socket = self.listener = None


def main():
    end = End()
    for line in sys.stdin:
        name, *words = line.split()
        try:
            said = getattr(end, name)(*words)
        except (OSError, ValueError) as error:
            said = f"error: {error}"
        print("ok" if said is None else said, flush=True)


if __name__ == "__main__":
    main()
