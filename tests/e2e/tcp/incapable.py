#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""One request over a kind of TCP that Causeway leaves alone, or over a plain one.

incapable.py server KIND OWN PEER PORT     answers connections until it is killed
incapable.py client KIND OWN PEER PORT     sends "question", prints the answer

KIND: plain, mptcp, md5 (RFC 2385, both sides know the key for each other's address).
"""

import socket
import struct
import sys

TCP_MD5SIG = 14
IPPROTO_MPTCP = 262
KEY = b"not a secret"


def make(kind, peer):
    if kind == "mptcp":
        return socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP)
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if kind == "md5":
        address = struct.pack("=H2s4s120x", socket.AF_INET, b"", socket.inet_aton(peer))
        key = struct.pack("=BBHi80s", 0, 0, len(KEY), 0, KEY)
        sock.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, address + key)
    return sock


def serve(kind, own, peer, port):
    listener = make(kind, peer)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((own, port))
    listener.listen()
    while True:
        connection, _ = listener.accept()
        with connection:
            if connection.recv(100):
                connection.sendall(b"answer")


def ask(kind, peer, port):
    with make(kind, peer) as sock:
        sock.settimeout(20)
        sock.connect((peer, port))
        sock.sendall(b"question")
        print(sock.recv(100).decode())


def main():
    side, kind, own, peer, port = sys.argv[1:]
    if side == "server":
        serve(kind, own, peer, int(port))
    else:
        ask(kind, peer, int(port))


if __name__ == "__main__":
    main()
