#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Datagrams and echo requests of exact sizes, never to be fragmented on the way.

    tunnels_mtu_send.py ADDRESS MTU COUNT

Asks a server of tunnels_mtu_serve (below) COUNT times by UDP and by ICMP echo, with
packets that are exactly as large as MTU, and DF; then with one byte more, which this host
must refuse.  Prints: answers to UDP, to ICMP, refused.

    tunnels_mtu_send.py serve ADDRESS

answers datagrams by the same bytes.
"""

import errno
import socket
import struct
import sys

PORT, IP, UDP, ICMP = 7002, 20, 8, 8
IP_MTU_DISCOVER, PMTUDISC_DO = 10, 2


def open_socket(protocol=0):
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, protocol)
    out.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_DO)
    out.settimeout(5)
    return out


def answered(out, address, data, head):
    """The same bytes come back, or nothing does."""
    out.sendto(head + data, address)
    try:
        answer = out.recv(65536)
    except TimeoutError:
        return 0
    return int(answer[len(head):] == data)


def refused(out, address, data):
    try:
        out.sendto(data, address)
    except OSError as error:
        return int(error.errno == errno.EMSGSIZE)
    return 0


def ask(address, mtu, count):
    udp, icmp = open_socket(), open_socket(socket.getprotobyname("icmp"))
    answers = [0, 0]
    for n in range(count):
        answers[0] += answered(udp, (address, PORT), bytes([n]) * (mtu - IP - UDP), b"")
        answers[1] += answered(icmp, (address, 0), bytes([n]) * (mtu - IP - ICMP),
                               struct.pack("!BBHHH", 8, 0, 0, 0, n))
    print(*answers, refused(udp, (address, PORT), bytes(mtu + 1 - IP - UDP)) +
          refused(icmp, (address, 0), struct.pack("!BBHHH", 8, 0, 0, 0, 0) + bytes(mtu + 1 - IP - ICMP)))


def serve(address):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_DO)
    server.bind((address, PORT))
    while True:
        data, client = server.recvfrom(65536)
        server.sendto(data, client)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        ask(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
