#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A recording of broken packets (tunnels_inject.py) and of requests (coverage_ping) at once.

    tunnels_judge.py RECORDING REQUESTS PLACES TUNNEL_DEVICE CLIENT_IP APP_IP

PLACES: WHERE:TUNNEL,... that were injected at.  Nothing may be recorded of packets that are
broken, the right things of whole ones, all of each request, and no trace that nobody
made.  Prints verdict TAB description TAB detail.
"""

import collections
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import records  # noqa: E402
import tunnels_inject as inject  # noqa: E402

OUTSIDE = ("uplink", "port")
TUNNEL = {"vxlan": 1, "geneve": 2, "gre": 3, "ipip": 4}
FAKE, REQUEST = "bad0", "c04e4a6e"
WHOLE = 1  # number of the kind that nothing is wrong with


def say(good, description, detail=""):
    print("ok" if good else "not ok", description, detail, sep="\t")


def describe(event):
    device = event.device.name if event.device else "-"
    flow = event.flow
    return (f"{event.stage} {device}, flow {flow.source}:{flow.source_port} > {flow.destination}:"
            f"{flow.destination_port} in tunnel {flow.tunnel}, seq {event.seq}")


class Judge:
    def __init__(self, arguments):
        path, requests, places, self.device, self.client, self.app = arguments
        self.recording = records.load(path)
        self.requests = int(requests)
        self.places = [place.split(":") for place in places.split(",")]
        self.by_trace = collections.defaultdict(list)
        for event in self.recording.events:
            self.by_trace[event.trace].append(event)

    def fake(self, number, where):
        return self.by_trace.get(f"bad0{number:02x}{inject.PLACES[where]:02x}" + 22 * "0" + "01", [])

    def right(self, event, number):
        """Does the event agree with the packet's own bytes?"""
        flow = event.flow
        return (flow.source == self.client and flow.source_port == 40000 and
                flow.destination == self.app and flow.destination_port == inject.PORT and
                event.seq == 1000 + number and flow.role == "transit")

    def kind(self, number, name, may):
        events = [e for where in inject.PLACES for e in self.fake(number, where)]
        if may == "never":
            say(not events, f"{name}: nothing is recorded", "; ".join(map(describe, events[:3])))
            return
        wrong = [e for e in events if not self.right(e, number)]
        if may == "inside":
            wrong += [e for e in events if e.device and e.device.name.startswith(OUTSIDE)]
            wanted = {where for where, tunnel in self.places if where == "wire" and tunnel == "ipip"}
            missing = wanted and not self.fake(number, "wire")
        else:
            missing = [where for where in {w for w, _ in self.places} if not self.fake(number, where)]
        say(not wrong and not missing, f"{name}: it is recorded as it is, {may}",
            f"missing: {missing}; " + "; ".join(map(describe, wrong[:3])))

    def tunnels(self):
        """A whole packet names its tunnel on the uplink, and none once it is out of it."""
        seen = {(e.flow.tunnel, e.netns.id) for e in self.fake(WHOLE, "wire")
                if e.device and e.device.name == "uplink"}
        for where, tunnel in self.places:
            if where == "wire":
                nodes = sum(kind == TUNNEL[tunnel] for kind, _ in seen)
                say(nodes == 2, f"{tunnel}: both nodes' uplinks see into it", str(seen))

    def request(self, events):
        """None, or what is missing of a request's events or wrong with them."""
        ends = {self.client, self.app}
        stages = collections.Counter((e.stage, bool(e.flags & records.RESPONSE)) for e in events)
        tunnel = {(e.stage, bool(e.flags & records.RESPONSE) or e.flow.source == self.app)
                  for e in events if e.device and e.device.name == self.device}
        wrong = [e for e in events if {e.flow.source, e.flow.destination} != ends]
        if wrong:
            return describe(wrong[0])
        if len({e.message for e in events}) != 1:
            return "more than one message"
        for stage in ("send", "recv"):
            for response in (False, True):
                if stages[stage, response] != 1:
                    return f"{stages[stage, response]} times {stage}, response {response}"
        for response in (False, True):
            for stage in ("dev_xmit", "dev_rx"):
                if (stage, response) not in tunnel:
                    return f"no {stage} at {self.device}, response {response}"
        return None

    def all_requests(self):
        traces = [t for t in self.by_trace if t.startswith(REQUEST)]
        wrong = [f"{t}: {self.request(self.by_trace[t])}" for t in traces
                 if self.request(self.by_trace[t])]
        say(len(traces) == self.requests and not wrong,
            f"each of {self.requests} requests between them is recorded, whole and right",
            f"{len(traces)} traces; " + "; ".join(wrong[:5]))

    def run(self):
        for number, (name, may) in enumerate(inject.KINDS, 1):
            self.kind(number, name, may)
        self.tunnels()
        self.all_requests()
        known = (FAKE, REQUEST)
        say(all(t.startswith(known) for t in self.by_trace), "no trace that nobody made",
            str([t for t in self.by_trace if not t.startswith(known)][:5]))
        r = self.recording
        say(r.finished and not r.dropped and r.produced == r.sent, "no record was lost",
            f"{r.produced} produced, {r.sent} sent, {r.dropped} dropped")


if __name__ == "__main__":
    Judge(sys.argv[1:]).run()
