#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Lets every packet of a queue of NFQUEUE go on: udp_paths.py QUEUE

Says "bound" when it does so.  Formats are those of struct nfgenmsg, nfqnl_msg_config_cmd and _params
(linux/netfilter).
"""

import socket
import struct
import sys

NETLINK_NETFILTER, SUBSYSTEM = 12, 3
PACKET, VERDICT, CONFIG = 0, 1, 2  # NFQNL_MSG_
REQUEST, ACK = 1, 4
ACCEPT = 1
queue = int(sys.argv[1])
link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)


def tell(kind, flags, attribute, data):
    """A message with one attribute."""
    body = struct.pack(">BBH", 0, 0, queue)
    body += struct.pack("HH", len(data) + 4, attribute) + data + bytes(-len(data) % 4)
    link.send(struct.pack("IHHII", 16 + len(body), SUBSYSTEM << 8 | kind, REQUEST | flags, 1, 0) + body)


def configure(attribute, data):
    tell(CONFIG, ACK, attribute, data)
    if error := struct.unpack_from("i", link.recv(4096), 16)[0]:
        sys.exit(f"udp_paths.py: queue {queue}: error {error}")


configure(1, struct.pack(">BxH", 1, 0))  # bind
configure(2, struct.pack(">IB", 0, 1))  # copy no more than its description
print("bound", flush=True)
while True:
    message = link.recv(65536)
    if struct.unpack_from("H", message, 4)[0] == SUBSYSTEM << 8 | PACKET:
        # The first attribute is struct nfqnl_msg_packet_hdr, which begins with the packet's id.
        tell(VERDICT, 0, 2, struct.pack(">I", ACCEPT) + message[24:28])
