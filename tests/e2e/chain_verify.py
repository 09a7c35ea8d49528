#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compares the log lines of client, nginx and application on each request with a record file.

Every line of the client's log is a request number and the context that it was made
in.  By that number, and by the ports that nginx and the application logged for it,
each message of the chain is looked up and its trace id, its parent and its bytes are
compared.  Prints for each property:  ok|not ok <TAB> description <TAB> detail
"""

import argparse
import collections
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import records  # noqa: E402

Request = collections.namedtuple("Request", "n trace span port sent received")
Served = collections.namedtuple("Served", "n trace span port received")
ALL_STAGES = {"send", "tcp_out", "dev_queue", "dev_xmit", "dev_rx", "tcp_in", "recv"}
OVERLAY = {"veth", "bridge", "vxlan"}


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--netns", action="append", required=True, metavar="NAME=INUM")
    parser.add_argument("--client-log", required=True)
    parser.add_argument("--nginx-log", required=True)
    parser.add_argument("--app-log", required=True)
    parser.add_argument("--tls", action="store_true", help="handshake messages before the request")
    parser.add_argument("--unaware", action="store_true", help="the application logs no context")
    parser.add_argument("--stages", action="store_true", help="every stage and device was seen")
    parser.add_argument("recording")
    return parser.parse_args()


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [line.split() for line in f if line.strip()]


def number(word):
    return int(word.rsplit("=", 1)[-1])


class Verdicts:
    """Collects what is wrong with a property, over all requests."""

    def __init__(self):
        self.wrong = collections.OrderedDict()

    def check(self, name, good, detail):
        found = self.wrong.setdefault(name, [])
        if not good:
            found.append(detail)

    def show(self, count):
        for name, found in self.wrong.items():
            detail = f"{len(found)} wrong: " + "; ".join(found[:5])
            print(f"not ok\t{name}\t{detail}" if found else f"ok\t{name} ({count} requests)")


class Message:
    """The events recorded with one message id."""

    def __init__(self, events, inums):
        self.events = events
        self.at = collections.defaultdict(list)
        for event in events:
            place = inums.get(event.netns.inum) if event.netns else None
            direction = "response" if event.flags & records.RESPONSE else "request"
            self.at[event.stage, direction, place].append(event)

    def first(self, stage, direction, place):
        found = self.at[stage, direction, place]
        return found[0] if found else None

    def bytes(self, stage, direction, place):
        return sum(event.length for event in self.at[stage, direction, place])

    def spans(self, stage, direction, place):
        return {event.span for event in self.at[stage, direction, place]}


class Traces:
    """Messages by trace id, in the order of their beginning."""

    def __init__(self, recording, inums):
        grouped = collections.OrderedDict()
        for event in recording.events:
            grouped.setdefault(event.trace, collections.OrderedDict()).setdefault(
                event.message, []
            ).append(event)
        self.by_id = {
            trace: [Message(events, inums) for events in messages.values()]
            for trace, messages in grouped.items()
        }

    def written_in(self, trace, place):
        """Messages whose request was written in a namespace."""
        messages = self.by_id.get(trace, [])
        return [m for m in messages if m.first("send", "request", place)]


class Judge:
    def __init__(self, options):
        self.options = options
        self.names = [word.split("=")[0] for word in options.netns]
        self.client, self.proxy, self.app = self.names
        inums = {int(word.split("=")[1]): word.split("=")[0] for word in options.netns}
        self.recording = records.load(options.recording)
        self.traces = Traces(self.recording, inums)
        self.read_logs()

    def read_logs(self):
        options = self.options
        self.verdicts = Verdicts()
        self.requests = [
            Request(number(w[0]), w[1], int(w[2], 16), *(int(x) for x in w[3:6]))
            for w in lines(options.client_log)
        ]
        self.nginx = {number(w[0]): int(w[1]) for w in lines(options.nginx_log) if w[0] != "-"}
        self.served = {}
        for w in lines(options.app_log):
            span = 0 if w[2] == "-" else int(w[2], 16)
            self.served[number(w[0])] = Served(number(w[0]), w[1], span, int(w[3]), int(w[4]))

    def run(self):
        for request in self.requests:
            self.request(request)
        self.account()
        self.verdicts.show(len(self.requests))
        self.prove()

    def prove(self):
        """With the contexts of all requests exchanged, each of them has to be found wrong."""
        traced = [r for r in self.requests if r.trace != "-"]
        self.verdicts = Verdicts()
        for request, other in zip(traced, traced[1:] + traced[:1]):
            self.request(request._replace(trace=other.trace, span=other.span))
        found = {detail.split(":")[0] for wrong in self.verdicts.wrong.values() for detail in wrong}
        self.verdicts = Verdicts()
        self.verdicts.check(
            "exchanged contexts would be noticed", len(traced) > 1 and len(found) == len(traced),
            f"{len(found)} of {len(traced)}",
        )
        self.verdicts.show(len(traced))

    def check(self, name, good, request, detail):
        self.verdicts.check(name, good, f"request {request.n}: {detail}")

    def request(self, request):
        served, n = self.served.get(request.n), request.n
        self.check("the application served it", served is not None, request, "not in its log")
        if not served:
            return
        if request.trace == "-":
            self.check(
                "a request without a context has none at the application", served.trace == "-",
                request, f"holds {served.trace}",
            )
            return
        if not self.options.unaware:
            self.check(
                "the application's thread holds the client's trace id", served.trace == request.trace,
                request, f"holds {served.trace}, is {request.trace}",
            )
        outer = self.traces.written_in(request.trace, self.client)
        inner = self.traces.written_in(request.trace, self.proxy)
        if not self.options.tls:
            self.check("one message from client to nginx", len(outer) == 1, request, str(len(outer)))
        self.check("one message from nginx to application", len(inner) == 1, request, str(len(inner)))
        if not outer or not inner:
            return
        self.check(
            "no more messages than these", len(self.traces.by_id[request.trace]) == len(outer) + 1,
            request, str(len(self.traces.by_id[request.trace])),
        )
        self.ports(request, outer[0], self.nginx.get(n), inner[0], served)
        self.parents(request, outer, inner[0], served)
        self.bytes(request, outer, inner[0], served)
        if self.options.stages:
            self.stages(request, outer[0], inner[0])

    def ports(self, request, outer, nginx_port, inner, served):
        """The payload's number and the connection that it came on, as the servers say."""
        read = outer.first("recv", "request", self.proxy)
        self.check(
            "it was read on the connection that nginx logged",
            read and read.flow and read.flow.destination_port == nginx_port == request.port,
            request, f"{read and read.flow}, nginx {nginx_port}, client {request.port}",
        )
        read = inner.first("recv", "request", self.app)
        self.check(
            "it was read on the connection that the application logged",
            read and read.flow and read.flow.destination_port == served.port,
            request, f"{read and read.flow}, application {served.port}",
        )

    def parents(self, request, outer, inner, served):
        """Each message's parent is the span that wrote it."""
        for message in outer:
            spans = message.spans("send", "request", self.client)
            self.check(
                "client to nginx: parent is the client's span", spans == {request.span}, request,
                f"{spans}, is {request.span:x}",
            )
        server = {s for m in outer for s in m.spans("recv", "request", self.proxy)} - {0}
        parent = inner.spans("send", "request", self.proxy)
        self.check(
            "nginx to application: parent is nginx's span",
            len(parent) == 1 and parent <= server, request, f"{parent}, nginx has {server}",
        )
        if not self.options.tls:
            self.check("nginx has one span", len(server) == 1, request, str(server))
        spans = inner.spans("recv", "request", self.app)
        good = len(spans) == 1 and not spans & (server | {0, request.span})
        if not self.options.unaware:
            good = good and spans == {served.span}
        self.check(
            "the application's span is its own and the one that its thread held", good, request,
            f"recorded {spans}, held {served.span:x}",
        )
        asked = [m for m in outer if m.spans("recv", "request", self.proxy) == parent]
        self.response(request, (asked or outer)[0], self.proxy, self.client, request.span)
        self.response(request, inner, self.app, self.proxy, next(iter(parent), 0))

    def response(self, request, message, server, client, span):
        name = f"response from {server} to {client}: written by the server's span, read by the client's"
        wrote = message.spans("send", "response", server)
        served = message.spans("recv", "request", server)
        read = message.spans("recv", "response", client)
        self.check(
            name, wrote == served and read == {span}, request,
            f"written by {wrote} of {served}, read by {read} of {span:x}",
        )

    def bytes(self, request, outer, inner, served):
        if not self.options.tls and request.sent:
            sent = outer[0].bytes("recv", "request", self.proxy)
            got = outer[0].bytes("recv", "response", self.client)
            self.check(
                "every byte between client and nginx is this request's",
                (sent, got) == (request.sent, request.received), request,
                f"{sent} of {request.sent}, {got} of {request.received}",
            )
        if not self.options.unaware:
            sent = inner.bytes("recv", "request", self.app)
            self.check(
                "every byte from nginx to application is this request's", sent == served.received,
                request, f"{sent} of {served.received}",
            )

    def stages(self, request, outer, inner):
        for name, message in (("client to nginx", outer), ("nginx to application", inner)):
            for direction in ("request", "response"):
                of = [
                    e for e in message.events
                    if bool(e.flags & records.RESPONSE) == (direction == "response")
                    or (e.device and e.flow and self.leads(e, message, direction))
                ]
                missing = ALL_STAGES - {e.stage for e in of}
                kinds = OVERLAY - {e.device.kind for e in of if e.device}
                self.check(
                    f"{name}: every stage and kind of device is in the {direction}",
                    not missing and not kinds, request, f"no {missing | kinds}",
                )

    def leads(self, event, message, direction):
        """A device sees packets, not sides: their addresses tell the direction."""
        sent = message.first("send", "request", self.client) or message.first(
            "send", "request", self.proxy
        )
        same = sent.flow and event.flow.source_port == sent.flow.source_port
        return same == (direction == "request")

    def account(self):
        known = {request.trace for request in self.requests}
        strange = set(self.traces.by_id) - known
        self.verdicts.check("no trace that nobody asked for", not strange, str(list(strange)[:3]))
        r = self.recording
        self.verdicts.check(
            "no event was lost", r.finished and not r.dropped and r.produced == r.sent,
            f"produced {r.produced}, sent {r.sent}, dropped {r.dropped}, finished {r.finished}",
        )
        self.verdicts.check("there are requests", bool(self.requests), "the client's log is empty")


if __name__ == "__main__":
    Judge(parse()).run()
