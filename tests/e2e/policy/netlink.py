#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The netlink contract from outside: what commands do, what they refuse and to whom, and
that no message, however wrong, gets anything but a success or an error that says why.

Runs in a test guest as root with the module loaded; prints TAP.
"""
import ctypes
import errno
import json
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import genl  # noqa: E402
from genl import ATTRS, COMMANDS, OPERATIONS, Client, pack, pack_raw  # noqa: E402
from refusals import MARK_EVERY, PEER, REFUSALS, ROOT, SEND, V4  # noqa: E402

SERVER = 2
V6 = socket.inet_pton(socket.AF_INET6, "2001:db8::")
PREFIX4 = (("rule-family", socket.AF_INET), ("rule-prefix", V4), ("rule-prefix-len", 24))
RULE_MAX = 1024
FOREIGN_MAX = 512
NOBODY = 65534
CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWPID = 0x10000000, 0x40000000, 0x20000000

libc = ctypes.CDLL(None, use_errno=True)


class Tap:
    """Results, numbered; a child process sends its own to its parent."""

    def __init__(self):
        self.count = self.failed = 0
        self.child = None

    def ok(self, good, description, detail=""):
        if self.child is not None:
            self.child.append((bool(good), description, str(detail)))
            return
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {description}", flush=True)
        if not good and detail != "":
            print(f"# {detail}", flush=True)

    def equal(self, got, wanted, description):
        self.ok(got == wanted, description, f"got {got!r}, wanted {wanted!r}")

    def refused(self, result, error, description, blamed=None):
        """The error, with a message; blamed: the attribute that is missing or bad is told."""
        told = result.missing == blamed if result.missing else bool(result.offset)
        self.ok(result.errno == error and result.message and (blamed is None or told),
                description + f" ({result.message})", f"got {result}, wanted {os.strerror(error)}")


tap = Tap()


def in_child(what, *args):
    """Run tests in a process of their own, which may give up what it has."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        tap.child = []
        try:
            what(*args)
        except Exception as problem:  # whatever it is, the parent has to hear of it
            tap.child.append((False, what.__name__, repr(problem)))
        with os.fdopen(writer, "w") as out:
            json.dump(tap.child, out)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as inp:
        results = json.loads(inp.read() or "[]")
    os.waitpid(pid, 0)
    tap.ok(results, f"{what.__name__}: the child had something to say")
    for result in results:
        tap.ok(*result)


def rules(client):
    return [genl.unpack(data) for _, data in client.dump("policy-get").replies]


def add(client, *attrs):
    result = client.do("policy-add", *attrs)
    return genl.unpack(result.replies[0][1])["rule-id"] if not result.errno else None


def status(client):
    return genl.unpack(client.do("status-get").replies[0][1])


# --- what commands do -------------------------------------------------------------------


def test_policy(client):
    inum = os.stat("/proc/self/ns/net").st_ino
    tap.equal(status(client)["policy-count"], 0, "no rule at first")
    tap.equal(status(client)["taps"], [], "without rules there is no tap")
    first = add(client, ("rule-kind", ROOT), ("rule-side", SERVER), ("rule-port", 80),
                ("rule-comm", "nginx"), ("rule-ratio", 5000), ("rule-rate", 7),
                ("rule-class", 3), ("rule-cgroup", 1 << 33), *PREFIX4)
    tap.ok(status(client)["taps"], "taps come with the first rule")
    second = add(client, ("rule-kind", PEER), ("all-netns", True), ("rule-direction", SEND),
                 ("rule-flags", MARK_EVERY), ("rule-family", socket.AF_INET6),
                 ("rule-prefix", V6))
    tap.equal(rules(client), [
        {"rule-id": first, "rule-kind": ROOT, "netns-inum": inum, "rule-port": 80,
         "rule-family": socket.AF_INET, "rule-prefix": V4, "rule-prefix-len": 24,
         "rule-side": SERVER, "rule-cgroup": 1 << 33, "rule-comm": "nginx",
         "rule-ratio": 5000, "rule-rate": 7, "rule-class": 3, "rule-matched": 0, "rule-host": True},
        {"rule-id": second, "rule-kind": PEER, "all-netns": True,
         "rule-family": socket.AF_INET6, "rule-prefix": V6, "rule-prefix-len": 128,
         "rule-direction": SEND, "rule-flags": MARK_EVERY, "rule-matched": 0, "rule-host": True},
    ], "rules are listed as they were added")
    tap.equal(client.do("policy-del", ("rule-id", first)).errno, 0, "a rule is deleted by its id")
    tap.equal([r["rule-id"] for r in rules(client)], [second], "the other one stays")
    third = add(client, ("rule-kind", ROOT))
    tap.ok(third > second, "ids are not used again")
    tap.equal([(r["rule-side"], r["rule-ratio"]) for r in rules(client) if r["rule-id"] == third],
              [(3, 1000000)], "defaults of a root rule: any side, all requests")
    tap.equal(client.do("policy-del", ("all", True)).errno, 0, "all rules are deleted")
    tap.equal([rules(client), status(client)["taps"]], [[], []], "rules and taps are gone")


def test_limit(client):
    base = add(client, ("rule-kind", PEER), *PREFIX4)
    ids = [add(client, ("rule-kind", ROOT), ("rule-comm", f"rule{i}"), *PREFIX4)
           for i in range(RULE_MAX - 1)]
    listed = client.dump("policy-get")
    tap.equal([genl.unpack(d)["rule-id"] for _, d in listed.replies], [base] + ids,
              f"a dump of {RULE_MAX} rules is complete and in order")
    tap.ok(not listed.interrupted, "and consistent")
    tap.refused(client.do("policy-add", ("rule-kind", PEER)), errno.ENOSPC, "one rule more")
    tap.equal(client.do("policy-del", ("rule-id", ids[5])).errno, 0, "one is deleted")
    again = add(client, ("rule-kind", PEER))
    tap.ok(again and again > ids[-1], "then there is room for one")
    client.do("policy-del", ("all", True))
    tap.equal(status(client)["policy-count"], 0, "all are deleted at once")


def test_dump_changes(client):
    """Rules deleted between two parts of a dump: what stays is all shown, and the dump says so."""
    ids = [add(client, ("rule-kind", ROOT), ("rule-comm", f"rule{i}"), *PREFIX4)
           for i in range(600)]
    other = Client()
    client.send(client.family, COMMANDS["policy-get"], b"", genl.NLM_F_DUMP)
    result, parts = genl.Result(), 0
    while True:
        ended = [result.take(k, f, p) for k, f, _, p in client.receive()]
        if not parts:
            for rule in ids[:100]:
                other.do("policy-del", ("rule-id", rule))
        parts += 1
        if any(ended):
            break
    seen = [genl.unpack(d)["rule-id"] for _, d in result.replies]
    tap.ok(parts > 2, "a dump comes in parts", f"{parts} parts")
    tap.equal([i for i in ids[100:] if i not in seen], [],
              "rules deleted meanwhile do not make a dump skip others")
    tap.ok(result.interrupted, "the dump is marked as interrupted")
    client.do("policy-del", ("all", True))


def test_context(client):
    trace = bytes(range(1, 17))
    tap.refused(client.do("context-set", ("trace-id", trace), ("span-id", 5)), errno.ENETDOWN,
                "a context without any rule in force")
    keep = add(client, ("rule-kind", PEER), *PREFIX4)
    tap.refused(client.do("context-get"), errno.ENODATA, "the context of a thread that has none")
    tap.equal(client.do("context-set", ("trace-id", trace), ("span-id", 5), ("class", 2)).errno, 0,
              "a thread sets its own context")
    got = client.do("context-get")
    tap.equal(genl.unpack(got.replies[0][1]) if got.replies else str(got),
              {"tid": os.getpid(), "trace-id": trace, "span-id": 5, "context-flags": 1,
               "class": 2, "context-kind": 2}, "and sees it; it is sampled by default")
    held = [genl.unpack(d) for _, d in client.dump("context-get").replies]
    tap.ok((os.getpid(), trace) in [(c["tid"], c["trace-id"]) for c in held],
           "the dump of all contexts has it", held)
    tap.equal(client.do("context-clear", ("tid", os.getpid())).errno, 0, "and clears it")
    tap.refused(client.do("context-get"), errno.ENODATA, "then it has none")
    client.do("policy-del", ("rule-id", keep))


def test_sessions(client):
    opened = client.do("session-open", ("filter-port", 80), ("filter-stages", 0x1fe))
    number = genl.unpack(opened.replies[0][1])["session-id"] if opened.replies else 0
    tap.ok(number, "a session is opened", opened)
    mine = [s for s in (genl.unpack(d) for _, d in client.dump("session-get").replies)
            if s["session-id"] == number]
    tap.equal(len(mine), 1, "it is listed")
    tap.refused(Client().do("session-close", ("session-id", number)), errno.ENOENT,
                "another socket closes it", "session-id")
    closed = client.do("session-close", ("session-id", number))
    stats = genl.unpack(closed.replies[-1][1]) if closed.replies else {}
    tap.ok(closed.errno == 0 and stats.get("session-produced", -1) ==
           stats.get("session-sent", 0) + stats.get("session-dropped", 0),
           "it is closed, and each record is accounted for", (str(closed), stats))
    other = Client()
    other.do("session-open")
    other.socket.close()
    tap.equal(status(client)["sessions"], 0, "a session ends with its socket")


def test_rest(client):
    counters = [genl.unpack(d) for _, d in client.dump("counter-get").replies]
    names = [c["counter-name"] for c in counters]
    tap.ok(len(names) > 30 and len(set(names)) == len(names), "counters have names of their own")
    inum = os.stat("/proc/self/ns/net").st_ino
    namespaces = [genl.unpack(d) for _, d in client.dump("netns-get").replies]
    tap.ok(inum in [n["netns-inum"] for n in namespaces], "namespaces: ours is listed")
    for off in (1, 0):
        tap.equal((client.do("carrier-set", ("carrier-off", off)).errno,
                   status(client)["carrier-off"]), (0, off), f"carrier: off is set to {off}")


def test_form(client):
    """Replies have the attributes that the specification lists, and only those."""
    base = add(client, ("rule-kind", ROOT), ("rule-port", 80), *PREFIX4)
    for name, operation in OPERATIONS.items():
        for how in ("do", "dump"):
            listed = operation.get(how, {}).get("reply", {}).get("attributes")
            if not listed or operation.get("do", {}).get("request"):
                continue
            result = client.raw(COMMANDS[name], b"", genl.NLM_F_DUMP if how == "dump" else
                                genl.NLM_F_ACK)
            found = {a for _, data in result.replies for a in genl.unpack(data)}
            tap.ok(not result.errno and not found - set(listed) and
                   all(c == COMMANDS[name] for c, _ in result.replies),
                   f"{name}: the reply has nothing but what is specified", found - set(listed))
    client.do("policy-del", ("rule-id", base))


def test_notify(client):
    listener = Client()
    listener.join()
    rule = add(client, ("rule-kind", PEER), *PREFIX4)
    client.do("policy-del", ("rule-id", rule))
    tap.equal(listener.notifications(2),
              [(COMMANDS["policy-ntf"], {"rule-id": rule, "rule-kind": PEER}),
               (COMMANDS["policy-ntf"], {"rule-id": rule, "rule-kind": PEER, "rule-gone": True})],
              "a rule's coming and going is notified")


# --- what is refused --------------------------------------------------------------------

def test_refusals(client):
    for command, error, what, blamed, attrs in REFUSALS:
        tap.refused(client.do(command, *attrs), error, f"refused: {command} with {what}", blamed)
    tap.refused(client.dump("context-get", ("tid", 1)), errno.EINVAL,
                "refused: a dump of contexts with a thread's id")
    tap.equal(rules(client), [], "refusals have left no rule")


# --- who may ----------------------------------------------------------------------------


def drop_to_nobody():
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def unprivileged(rule):
    drop_to_nobody()
    client = Client()
    tap.equal(client.do("status-get").errno, 0, "nobody: status is shown")
    tap.equal(client.do("context-set", ("trace-id", b"n" * 16), ("span-id", 1)).errno, 0,
              "nobody: its own context is set")
    tap.equal(client.do("context-clear").errno, 0, "nobody: and cleared")
    for command, attrs in (
            ("context-set", [("trace-id", b"n" * 16), ("span-id", 1), ("tid", os.getppid())]),
            ("context-get", [("tid", os.getppid())]), ("context-clear", [("tid", 1)]),
            ("policy-add", [("rule-kind", PEER)]),
            ("policy-add", [("rule-kind", PEER), ("all-netns", True)]),
            ("policy-del", [("rule-id", rule)]), ("policy-del", [("all", True)]),
            ("session-open", []), ("carrier-set", [("carrier-off", 1)])):
        tap.refused(client.do(command, *attrs), errno.EPERM, f"nobody: no {command}")
    for command in ("policy-get", "netns-get", "socket-get", "definition-get", "context-get"):
        result = client.dump(command)
        tap.refused(result, errno.EPERM, f"nobody: no dump by {command}")
        tap.equal(result.replies, [], f"nobody: nothing is shown by {command}")
    try:
        client.join()
        tap.ok(False, "nobody: no notifications")
    except PermissionError:
        tap.ok(True, "nobody: no notifications")


def unshared(flags):
    """Root of a user namespace of its own, begun as the user "nobody"."""
    drop_to_nobody()
    # Else /proc/self is root's, and the maps cannot be written.
    libc.prctl(4, 1, 0, 0, 0)
    if libc.unshare(flags):
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {NOBODY} 1"),
                       ("gid_map", f"0 {NOBODY} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def container(rule, host_net, ready, go_on):
    unshared(CLONE_NEWUSER | CLONE_NEWNET)
    inum = os.stat("/proc/self/ns/net").st_ino
    client = Client()
    client.join()
    mine = add(client, ("rule-kind", ROOT), ("rule-port", 8080))
    tap.ok(mine, "container: its root may add a rule for its own namespace")
    with open("/proc/self/ns/net", "rb") as file:
        named = client.do("policy-add", ("rule-kind", PEER), ("netns-fd", file.fileno()))
    tap.equal(named.errno, 0, "container: and name it by a file")
    tap.equal({r["netns-inum"] for r in rules(client)}, {inum},
              "container: it sees the rules of its own namespace only")
    tap.ok(not any("rule-host" in r for r in rules(client)), "container: which are not the host's")
    for attrs in ([("all-netns", True)], [("netns-fd", host_net)]):
        tap.refused(client.do("policy-add", ("rule-kind", PEER), *attrs), errno.EPERM,
                    f"container: no rule for others by {attrs[0][0]}", attrs[0][0])
    tap.refused(client.do("policy-del", ("rule-id", rule)), errno.ENOENT,
                "container: the host's rule cannot be deleted", "rule-id")
    tap.equal(client.do("policy-del", ("rule-id", mine)).errno, 0, "container: its own can")
    tap.refused(client.do("carrier-set", ("carrier-off", 1)), errno.EPERM, "container: no carrier-set")
    tap.refused(client.dump("context-get"), errno.EPERM, "container: no dump of all contexts")
    tap.refused(client.do("context-get", ("tid", os.getppid())), errno.EPERM,
                "container: no context of another thread")
    namespaces = [genl.unpack(d)["netns-inum"] for _, d in client.dump("netns-get").replies]
    tap.equal(namespaces, [inum], "container: no other namespace is listed")
    for command in ("socket-get", "definition-get"):
        tap.equal(client.dump(command).errno, 0, f"container: {command} of its own")
    opened = client.do("session-open")
    tap.equal(opened.errno, 0, "container: a session of its own namespace")
    tap.refused(client.do("session-open", ("filter-netns-fd", host_net)), errno.EPERM,
                "container: no session of the host's", "filter-netns-fd")
    notified = [n["rule-id"] for _, n in client.notifications(3)]
    tap.ok(mine in notified and rule not in notified, "container: it hears of its own rules only")
    taken = [add(client, ("rule-kind", PEER)) for _ in range(FOREIGN_MAX - 1)]
    tap.ok(all(taken), f"container: it may have {FOREIGN_MAX} rules")
    tap.refused(client.do("policy-add", ("rule-kind", PEER)), errno.ENOSPC, "container: one rule more")
    os.write(ready, b"x")
    os.read(go_on, 1)


def pid_namespace():
    unshared(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID)
    in_child(first_process)


def first_process():
    client = Client()
    tap.equal(os.getpid(), 1, "pid namespace: we are its first process")
    tap.refused(client.do("context-get", ("tid", 1)), errno.ENODATA,
                "pid namespace: thread 1 is ourselves")
    tap.refused(client.do("session-open", ("filter-tid", 4000)), errno.ESRCH,
                "pid namespace: no session for a thread that is not in it", "filter-tid")
    tap.equal(client.do("session-open", ("filter-tid", 1)).errno, 0,
              "pid namespace: a session for one that is")


def test_privileges(client):
    rule = add(client, ("rule-kind", PEER), ("all-netns", True), *PREFIX4)
    in_child(unprivileged, rule)
    in_child(pid_namespace)
    ready, go_on = os.pipe(), os.pipe()
    watcher = os.fork()
    if not watcher:
        os.read(ready[0], 1)
        host = Client()
        listed = rules(host)
        more = add(host, ("rule-kind", PEER))
        host.do("policy-del", ("rule-id", more))
        os.write(go_on[1], b"x")
        os._exit(not (more and len(listed) == 1 + FOREIGN_MAX and listed[1]["netns-inum"] !=
                      os.stat("/proc/self/ns/net").st_ino))
    with open("/proc/self/ns/net", "rb") as file:
        in_child(container, rule, file.fileno(), ready[1], go_on[0])
    os.close(go_on[1])
    os.close(ready[1])
    tap.equal(os.waitpid(watcher, 0)[1], 0, "the host sees the container's rules, and may add one more")
    end = time.monotonic() + 20
    while len(rules(client)) > 1 and time.monotonic() < end:
        time.sleep(0.05)
    tap.equal([r["rule-id"] for r in rules(client)], [rule],
              "the container's rules go with its namespace, the host's stays")
    tap.equal(client.do("policy-del", ("all", True)).errno, 0, "the host deletes what is left")


# --- messages that are wrong ------------------------------------------------------------

# The attributes without which a command is refused before any other attribute is looked at.
BASES = {
    "policy-add": [("rule-kind", PEER), *PREFIX4],
    "context-set": [("trace-id", b"a" * 16), ("span-id", 1)],
    "carrier-set": [("carrier-off", 0)],
}
LENGTHS = (0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 40)
FILLS = (b"\0", b"\xff", b"\x01")


def bodies(command):
    """Request bodies with one attribute that is most likely wrong."""
    base = b"".join(pack(*a) for a in BASES.get(command, []))
    for kind in [*ATTRS.values(), 0, len(ATTRS) + 1, 255, 0x3fff]:
        for length in LENGTHS:
            for fill in FILLS[:1 + 2 * bool(length)]:
                yield base + pack_raw(kind, fill * length)
        yield base + pack_raw(kind | 0x8000, b"\1\0\0\0")
        yield base + pack_raw(kind, b"\1\0\0\0", 200)
        yield base + pack_raw(kind, b"\1\0\0\0", 2)
        yield pack_raw(kind, b"\1\0\0\0") * 2
    yield base + b"\1"
    yield base + b"\0" * 3
    yield os.urandom(400)


def explained(result):
    """A success, or an error with a reason.

    The one that the core gives for a command without do, or without dump, has none.
    """
    return not result.errno or bool(result.message) or result.errno == errno.EOPNOTSUPP


def clean_after(client, command, result):
    """Take back what a request that happened to be right has done."""
    if result.errno or not result.replies:
        return
    values = genl.unpack(result.replies[-1][1])
    if command == "policy-add":
        client.do("policy-del", ("rule-id", values["rule-id"]))
    elif command == "session-open":
        client.do("session-close", ("session-id", values["session-id"]))


def abuse(client, command):
    # This rule keeps the taps registered, so that requests that happen to be valid rules cost
    # little.
    keep = add(client, ("rule-kind", PEER), *PREFIX4)
    unexplained, taken, count = [], 0, 0
    for body in bodies(command):
        for flags in (genl.NLM_F_ACK, genl.NLM_F_DUMP):
            operation = OPERATIONS[command]
            if ("dump" if flags == genl.NLM_F_DUMP else "do") not in operation:
                continue
            result = client.raw(COMMANDS[command], body, flags)
            count += 1
            taken += not result.errno
            if not explained(result):
                unexplained.append((body.hex(), str(result)))
            clean_after(client, command, result)
    tap.ok(not unexplained and count > 1000 and taken < count // 4,
           f"{command}: {count} wrong messages, refused with a reason but for {taken} that "
           "happened to be right", unexplained[:3])
    if command != "policy-del":
        tap.equal(client.do("policy-del", ("rule-id", keep)).errno, 0,
                  f"{command}: the rule in force is still there")


def by_number(number):
    """A command of the specification by its number; nothing where there is none."""
    return next((o for n, o in OPERATIONS.items() if COMMANDS[n] == number), {})


def test_abuse(client):
    for command, operation in OPERATIONS.items():
        if "event" not in operation:
            abuse(client, command)
    client.do("context-clear")
    client.do("carrier-set", ("carrier-off", 0))
    absent = [(number, flags) for number in range(256)
              for how, flags in (("do", genl.NLM_F_ACK), ("dump", genl.NLM_F_DUMP))
              if how not in by_number(number)]
    tap.equal({client.raw(n, b"", f).errno for n, f in absent}, {errno.EOPNOTSUPP},
              f"{len(absent)} commands that are not there")
    tap.equal([status(client)[n] for n in ("policy-count", "sessions", "carrier-off")], [0, 0, 0],
              "after all that nothing is left in force")


TESTS = (test_policy, test_limit, test_dump_changes, test_context, test_sessions, test_rest,
         test_form, test_notify, test_refusals, test_privileges, test_abuse)


def main():
    wanted = sys.argv[1:]
    for test in TESTS:
        if not wanted or test.__name__ in wanted:
            test(Client())
    print(f"1..{tap.count}")
    return tap.failed > 0


if __name__ == "__main__":
    sys.exit(main())
