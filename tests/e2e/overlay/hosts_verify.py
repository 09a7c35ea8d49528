#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""hosts_verify.py SHARED NETWORK: holds what three hosts recorded against what was said there.

Reads SHARED.nodeI.NETWORK.*: the recordings, the logs of client (node 1), nginx (node 2)
and application (node 3), and what each clock was ahead of the machine outside, before and
after.  Asks dtctl for each request's trace, as a user would.  Prints for each property:
ok|not ok <TAB> description <TAB> detail
"""

import collections
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import records  # noqa: E402

NODES = (1, 2, 3)
NETWORKS = ("flannel", "calico")
Request = collections.namedtuple("Request", "n trace span port")
Served = collections.namedtuple("Served", "trace span port")


class Verdicts:
    """Collects the faults of each property, over all requests that were judged."""

    def __init__(self):
        self.wrong = {}
        self.asked = collections.Counter()

    def check(self, name, good, detail):
        found = self.wrong.setdefault(name, [])
        self.asked[name] += 1
        if not good:
            found.append(str(detail))
        return good

    def show(self):
        for name, found in self.wrong.items():
            if found:
                print(f"not ok\t{name}\t{len(found)} wrong: " + "; ".join(found[:5]))
            else:
                print(f"ok\t{name} ({self.asked[name]})")


class Files:
    def __init__(self, shared, network):
        self.base, self.network = shared, network

    def path(self, node, kind):
        return f"{self.base}.node{node}.{self.network}{kind}"

    def lines(self, node, kind):
        with open(self.path(node, kind), encoding="utf-8") as f:
            return [line.split() for line in f if line.strip()]

    def recordings(self):
        return [self.path(node, ".cw") for node in NODES]

    def clock(self, node, when):
        """Least and most that the node's clock was ahead of the machine outside, and its time; ns."""
        with open(self.path(node, f"-{when}.clock"), encoding="utf-8") as f:
            return [int(word) for word in f.read().split()]


def dtctl(*words):
    done = subprocess.run(["dtctl", "-j", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"dtctl {' '.join(words)}: {done.stderr}")
    return json.loads(done.stdout)


def negative(value, where=""):
    """Paths of all negative times in what dtctl printed of messages."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in negative(inner, f"{where}.{key}")]
    if isinstance(value, list):
        return [found for i, inner in enumerate(value) for found in negative(inner, f"{where}[{i}]")]
    return [f"{where} {value}"] if where.endswith("_ns") and value < 0 else []


def services(message):
    return [(end.get("name"), end.get("host")) for end in (message["client"], message["server"])]


def ways(message, direction):
    """From which to which host a direction's bytes went, in order."""
    stages = message[direction]["stages"]
    places = [stage.get(end, {}) for stage in stages for end in ("from", "to")]
    hosts = [place["host"] for place in places if "host" in place]
    return [host for i, host in enumerate(hosts) if not i or hosts[i - 1] != host]


class Judge:
    def __init__(self, files):
        self.files = files
        self.verdicts = Verdicts()
        self.recorded = 0  # ns that all nodes have events of
        self.requests = [Request(int(w[0]), w[1], int(w[2], 16), int(w[3])) for w in files.lines(1, ".client")]
        self.nginx = {int(w[0]): int(w[1]) for w in files.lines(2, ".nginx") if w[0] != "-"}
        self.served = {
            int(w[0]): Served(w[1], 0 if w[2] == "-" else int(w[2], 16), int(w[3]))
            for w in files.lines(3, ".app")
        }

    def run(self):
        check = self.verdicts.check
        check("there are requests", bool(self.requests), "the client's log is empty")
        traces = {r.n: dtctl("trace", *self.files.recordings(), r.trace) for r in self.requests}
        for request in self.requests:
            self.request(request, traces[request.n])
        self.strangers()
        self.recordings()
        self.clocks()
        self.exchanged(traces)
        self.verdicts.show()

    def request(self, request, trace):
        """One trace through all three, each message's parent the span that wrote it."""
        check, n = self.verdicts.check, request.n
        served = self.served.get(n)
        if not check("the application served the request", served, f"request {n}"):
            return
        check("the application's thread held the client's trace id", served.trace == request.trace, n)
        messages = trace["messages"]
        if not check("the trace has two messages", len(messages) == 2, f"request {n}: {len(messages)}"):
            return
        outer, inner = messages
        self.way(n, outer, inner)
        check(
            "the client's span is the parent of its message",
            int(outer["parent_span"], 16) == request.span, f"request {n}: {outer['parent_span']}",
        )
        check(
            "nginx's span is the parent of its message, the application's is what it held",
            inner["linked"] and inner["parent_span"] == outer["server_span"]
            and int(inner["server_span"], 16) == served.span,
            f"request {n}: {inner['parent_span']} of {outer['server_span']}, "
            f"{inner['server_span']} is {served.span:x}",
        )
        check("nginx logged the client's port", self.nginx.get(n) == request.port, n)
        wrong = negative(messages) + negative({"duration_ns": trace["duration_ns"]})
        check("no time in the trace is negative", not wrong, f"request {n}: {wrong[:3]}")
        check("the trace lasts less than a minute", trace["duration_ns"] < 60e9, f"request {n}")

    def way(self, n, outer, inner):
        check = self.verdicts.check
        for message, client, server in ((outer, "node1", "node2"), (inner, "node2", "node3")):
            (_, from_host), (to_name, to_host) = services(message)
            check(
                f"a message from {client} to {server}",
                (from_host, to_host) == (client, server)
                and to_name == {"node2": "nginx", "node3": "chain_app"}[server],
                f"request {n}: {services(message)}",
            )
            check(
                f"the stages lead from {client} to {server} and back",
                ways(message, "request") == [client, server]
                and ways(message, "response") == [server, client],
                f"request {n}: {ways(message, 'request')}, {ways(message, 'response')}",
            )

    def strangers(self):
        known = {request.trace for request in self.requests}
        listed = {t["trace_id"] for t in dtctl("trace", *self.files.recordings(), "--limit", "1000")["list"]}
        self.verdicts.check("the list has these traces and no other", listed == known, listed ^ known)

    def recordings(self):
        """Nothing was lost; and by the clocks as they are, bytes arrived before they left."""
        sent, received, times = {}, {}, []
        for node, path in zip(NODES, self.files.recordings()):
            r = records.load(path)
            self.verdicts.check(
                "no event was lost", r.finished and not r.dropped and r.produced == r.sent,
                f"node {node}: produced {r.produced}, sent {r.sent}, dropped {r.dropped}",
            )
            sent.update({e.message: e.time for e in r.requests("send")})
            received.update({e.message: e.time for e in r.requests("recv")})
            times.append([e.time for e in r.events])
        self.recorded = min(max(t) - min(t) for t in times)
        early = [m for m in sent if m in received and received[m] < sent[m]]
        self.verdicts.check(
            "without alignment, requests would be read before they are written",
            len(early) >= len(self.requests), f"{len(early)} of {len(self.requests)}",
        )

    def clocks(self):
        """The offsets that dtctl prints, against the machine outside."""
        report = dtctl("report", *self.files.recordings())
        by_name = {host["name"]: host for host in report["hosts"]}
        for node in NODES[1:]:
            host = by_name[f"node{node}"]
            least, most = self.truth(node)
            self.verdicts.check(
                f"the offset of node {node}'s clock is right within its uncertainty",
                host["aligned"]
                and host["offset_ns"] + host["uncertainty_ns"] >= least
                and host["offset_ns"] - host["uncertainty_ns"] <= most,
                f"{host['offset_ns']} +- {host['uncertainty_ns']}, is {least} to {most}",
            )
            self.verdicts.check(
                f"the uncertainty of node {node}'s clock is known and less than 50 ms",
                0 < host["uncertainty_ns"] < 50_000_000, host["uncertainty_ns"],
            )
            print(f"# node {node}: {host}; in truth {least} to {most}", file=sys.stderr)
            least, most = self.drift(node, 1)
            # A line that is right at both ends has this much room to turn.
            room = 2 * host["uncertainty_ns"] / self.recorded * 1e6
            self.verdicts.check(
                f"the drift of node {node}'s clock is right within that",
                least - room <= host["drift_ppm"] <= most + room,
                f"{host['drift_ppm']:.0f} +- {room:.0f}, is {least:.0f} to {most:.0f} ppm",
            )
        least, most = self.drift(2, 3)
        self.verdicts.check(
            "node 2's clock gains on node 3's, as was set: 200 ppm", least < 250 and most > 150,
            f"{least:.0f} to {most:.0f} ppm",
        )

    def truth(self, node):
        """Bounds of the node's clock against node 1's, from before to after."""
        bounds = []
        for when in ("begin", "end"):
            ours, first = self.files.clock(node, when), self.files.clock(1, when)
            bounds.append((ours[0] - first[1], ours[1] - first[0]))
        return min(b[0] for b in bounds), max(b[1] for b in bounds)

    def drift(self, node, other):
        """Bounds of what a node's clock gains on another one's, from the whole script; ppm."""
        first, last = Files(self.files.base, NETWORKS[0]), Files(self.files.base, NETWORKS[-1])
        begin = [first.clock(n, "begin") for n in (node, other)]
        end = [last.clock(n, "end") for n in (node, other)]
        elapsed = end[0][2] - begin[0][2]
        least = (end[0][0] - end[1][1]) - (begin[0][1] - begin[1][0])
        most = (end[0][1] - end[1][0]) - (begin[0][0] - begin[1][1])
        return least / elapsed * 1e6, most / elapsed * 1e6

    def exchanged(self, traces):
        """With each request's trace exchanged for another one's, each has to be found wrong."""
        kept, found = self.verdicts, 0
        for request, other in zip(self.requests, self.requests[1:] + self.requests[:1]):
            self.verdicts = Verdicts()
            self.request(request._replace(trace=other.trace), traces[other.n])
            found += any(self.verdicts.wrong.values())
        self.verdicts = kept
        self.verdicts.check(
            "exchanged traces would be noticed", found == len(self.requests), f"{found} of {len(self.requests)}"
        )


if __name__ == "__main__":
    Judge(Files(*sys.argv[1:])).run()
