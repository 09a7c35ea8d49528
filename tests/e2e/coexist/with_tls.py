#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Connections of TLS in the kernel, one after another, over loopback, until a file appears.

    with_tls.py FILE

Each sends records that its receive buffer does not hold, and small ones; every byte is compared.
"""

import os
import socket
import struct
import sys
import threading

TCP_ULP, SOL_TLS, TLS_TX, TLS_RX = 31, 282, 1, 2
# TLS 1.2, AES-GCM-128: iv, key, salt, sequence number.
KEYS = struct.pack("=HH8s16s4s8s", 0x0303, 51, bytes(8), b"sixteen bytes..", bytes(4), bytes(8))
RECORDS = [bytes([65 + i]) * size for i, size in enumerate((10, 16000, 300, 16384, 1, 9000))]


def begin(sock):
    sock.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"tls")
    sock.setsockopt(SOL_TLS, TLS_TX, KEYS)
    sock.setsockopt(SOL_TLS, TLS_RX, KEYS)


def send(client):
    for record in RECORDS:
        client.sendall(record)


def read(server, size):
    data = b""
    while len(data) < size:
        part = server.recv(size - len(data))
        if not part:
            raise EOFError(f"after {len(data)} of {size} bytes")
        data += part
    return data


def connection(listener):
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    begin(client)
    begin(server)
    writer = threading.Thread(target=send, args=(client,))
    writer.start()
    for record in RECORDS:
        # In two parts, the second of which is the rest of a record.
        if read(server, len(record) // 2) + read(server, len(record) - len(record) // 2) != record:
            sys.exit("wrong bytes")
    writer.join()
    client.close()
    server.close()


def main():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4000)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    count = 0
    while not os.path.exists(sys.argv[1]):
        connection(listener)
        count += 1
    print(f"{count} connections")
    return 0 if count else 1


if __name__ == "__main__":
    sys.exit(main())
