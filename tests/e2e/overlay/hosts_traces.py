#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""hosts_traces.py LISTED FILE...: what each trace in these recordings is, a line each.

LISTED has a trace id a line; "own" or "other" says whether the trace is one of those:
    own|other MESSAGES CLIENT_HOSTS SERVER_HOSTS linked|unlinked
where hosts are joined by commas, "-" where the end was not seen.
"""

import json
import subprocess
import sys


def dtctl(*words):
    return json.loads(subprocess.run(["dtctl", "-j", *words], capture_output=True, text=True, check=True).stdout)


def hosts(messages, end):
    return ",".join(sorted({m[end].get("host", "-") if m.get(end) else "-" for m in messages}))


def main():
    listed, *files = sys.argv[1:]
    with open(listed, encoding="utf-8") as f:
        known = set(f.read().split())
    for entry in dtctl("trace", *files, "--limit", "1000")["list"]:
        messages = dtctl("trace", *files, entry["trace_id"])["messages"]
        print(
            "own" if entry["trace_id"] in known else "other", len(messages), hosts(messages, "client"),
            hosts(messages, "server"), "linked" if any(m["linked"] for m in messages) else "unlinked",
        )


if __name__ == "__main__":
    main()
