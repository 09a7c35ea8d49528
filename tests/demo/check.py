#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""check.py FILE TRACE NETNS...: the trace was written, read and linked all along these."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import records  # noqa: E402


def main():
    path, trace, *names = sys.argv[1:]
    inums = {name: os.stat(f"/run/netns/{name}").st_ino for name in names}
    recording = records.load(path)
    parent = None
    for client, server in zip(names, names[1:]):
        sent = of(recording.requests("send"), trace, inums[client], parent)
        if not sent:
            sys.exit(f"demo: trace {trace} has no request from {client} in the span before it")
        read = [e for e in of(recording.requests("recv"), trace, inums[server], None)
                if e.message == sent[0].message]
        if not read:
            sys.exit(f"demo: trace {trace}: what {client} sent was not seen in {server}")
        parent = read[0].span
    if not recording.finished or recording.dropped:
        sys.exit(f"demo: {recording.dropped} events lost, finished: {recording.finished}")
    print(f"one trace id in {', '.join(names)}; each message's parent is the one before it; "
          f"no event lost of {recording.produced}")


def of(events, trace, inum, span):
    return [e for e in events if e.trace == trace and e.netns and e.netns.inum == inum
            and span in (None, e.span)]


if __name__ == "__main__":
    main()
