#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Traffic of one tenant, and what another one is shown: for tenants.sh.

    tenants.py talk NAME PORT COUNT     as a thread NAME: so many requests and answers over loopback
    tenants.py again NAME PORT COUNT ROUNDS     the like in so many namespaces, one after another
    tenants.py names                    the definitions that the caller may see, a line each
    tenants.py watch PID                opens a session on the network namespace of PID, kills PID, and
                                        prints what comes: "open", then a line for each record, "end ..."
    tenants.py stuck NAME               opens a session on that namespace, reads from the signal USR1 on
    tenants.py finished FILE            fails if it has no end
    tenants.py recorded FILE PORT       of each namespace: how often something was sent or read there, "named" if all
                                        of it was of flows with PORT
"""

import collections
import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

ADDRESS = "127.0.0.77"
SOURCE = 40077
LIBC = ctypes.CDLL(None)
CLONE_NEWNET = 0x40000000


def comm_set(name):
    with open("/proc/thread-self/comm", "w") as comm:
        comm.write(name)


def talk(name, port, count):
    comm_set(name)
    # A fixed port: the next namespace's flow is to look like this one.
    with socket.create_server((ADDRESS, int(port))) as listener:
        client = socket.create_connection(listener.getsockname(), source_address=("127.0.0.1", SOURCE))
        server, _ = listener.accept()
    for _ in range(int(count)):
        for one, other in (client, server), (server, client):
            one.sendall(b"question")
            other.recv(100)
    client.close()
    server.close()


def namespaces():
    import genl
    return len(genl.Client().dump("netns-get").replies)


def again(name, port, count, rounds):
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    known = namespaces()
    for _ in range(int(rounds)):
        if LIBC.unshare(CLONE_NEWNET):
            sys.exit("no new namespace")
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        talk(name, port, count)
        LIBC.setns(home, CLONE_NEWNET)
        while namespaces() > known:
            time.sleep(0.05)


def record_text(raw):
    stage, netns = raw[60], struct.unpack_from("=H", raw, 58)[0]
    words = {64: "flow", 65: "task", 66: "device", 67: "netns", 68: "reason"}
    if stage == 64:
        ports = struct.unpack_from("=HH", raw, 36)
        detail = f"{socket.inet_ntoa(raw[4:8])}:{ports[0]} {socket.inet_ntoa(raw[20:24])}:{ports[1]}"
    elif stage == 65:
        detail = raw[24:40].rstrip(b"\0").decode()
    elif stage == 67:
        detail = str(struct.unpack_from("=I", raw, 4)[0])
    elif stage < 64:
        detail = raw[8:24].hex()
    else:
        detail = ""
    return f"{words.get(stage, 'event')} in {netns}: {detail}".rstrip(": ")


def records_show(values):
    data = values.get("records", b"")
    for at in range(0, len(data), 64):
        print(record_text(data[at : at + 64]), flush=True)


def names():
    import genl
    for _, data in genl.Client().dump("definition-get").replies:
        records_show(genl.unpack(data))


def watch(pid):
    import genl
    client = genl.Client()
    with open(f"/proc/{pid}/ns/net") as namespace:
        result = client.do("session-open", ("filter-netns-fd", namespace.fileno()))
    if result.errno:
        sys.exit(f"session-open: {result}")
    print("open", flush=True)
    os.kill(int(pid), signal.SIGKILL)
    client.socket.settimeout(None)
    while True:
        for _, _, _, payload in client.receive():
            values = genl.unpack(payload[4:])
            if "session-end" in values:
                print("end", values["session-end"], values["session-produced"],
                      values["session-sent"] + values["session-dropped"], flush=True)
            records_show(values)


def stuck(name):
    import genl
    client = genl.Client()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with open(f"/run/netns/{name}") as namespace:
        client.do("session-open", ("filter-netns-fd", namespace.fileno()))
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    print("open", flush=True)
    signal.sigwait([signal.SIGUSR1])
    while True:
        try:
            for _, _, _, payload in client.receive():
                values = genl.unpack(payload[4:])
                if "session-end" in values:
                    print("end", values["session-end"], values["session-dropped"], flush=True)
        except OSError:
            pass


def finished(path):
    import records
    if not records.load(path).finished:
        sys.exit("it was cut off")


def recorded(path, port):
    import records
    events, nameless = collections.Counter(), set()
    for event in records.load(path).events:
        if event.stage not in ("send", "recv"):
            continue
        events[event.netns.cookie] += 1
        if not event.flow or int(port) not in (event.flow.source_port, event.flow.destination_port):
            nameless.add(event.netns.cookie)
    for cookie in sorted(events):
        print(events[cookie], "nameless" if cookie in nameless else "named")


if __name__ == "__main__":
    {"talk": talk, "again": again, "names": names, "watch": watch, "stuck": stuck, "finished": finished,
     "recorded": recorded}[sys.argv[1]](*sys.argv[2:])
