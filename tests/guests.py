# SPDX-License-Identifier: GPL-2.0
"""Runs a directory of scripts (tests/e2e) in virtual machines: as few boots as possible, two machines at a
time where there are two CPUs for them, a new boot where a machine died.  Scripts that want the same
machine (headers.py) share one.
"""

import os
import signal
import subprocess
import threading
import time

import headers
import tap

MARGIN = 60  # seconds beyond a script's timeout: the machine itself must be hanging
BOOT = 60
AT_ONCE = 2  # machines of one CPU, where this computer has as many


class Machine(threading.Thread):
    """One guest at a time, until the scripts of its group are all claimed."""

    def __init__(self, tree, out, scripts, label, environment):
        super().__init__()
        self.tree, self.out, self.scripts, self.label = tree, out, scripts, label
        self.environment = environment
        self.boots = 0
        self.failures = []
        self.at_end = lambda: None

    def path(self, name):
        return os.path.join(self.out, ".vm", name)

    def unclaimed(self):
        return [
            s for s in self.scripts
            if not any(os.path.exists(self.path("claim-" + name)) for name in s.results())
        ]

    def run(self):
        try:
            while scripts := self.unclaimed():
                before = len(scripts)
                self.boot(scripts)
                if len(self.unclaimed()) == before:
                    break  # it does not even boot: said by every script as "never ran"
        finally:
            self.at_end()

    def boot(self, scripts):
        self.boots += 1
        guest = f"{self.label}{self.boots}"
        nodes = int(self.scripts[0].options.get("nodes", 0))
        command = ["tests/vm/cluster" if nodes else "tests/vm/run", "--out", self.out, "--guest", guest]
        # Each node of a cluster is a guest of its own.
        ids = [f"{guest}.node{i + 1}" for i in range(nodes)] or [guest]
        command += ["--timeout", str(BOOT + sum(s.timeout + MARGIN for s in scripts))]
        for key, value in self.scripts[0].options.items():
            command += ["--" + key] + ([] if value is None else [value])
        for key, value in self.environment.items():
            command += ["--env", f"{key}={value}"]
        command += ["--each", *(s.argument(self.tree) for s in scripts)]
        with open(os.path.join(self.out, f"machine-{guest}.log"), "wb") as log:
            process = subprocess.Popen(
                command, cwd=self.tree, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )
            self.watch(process, ids)
        # 0 and 1 are said by the scripts themselves, the rest is the machine's own.
        buried = [self.bury(one) for one in ids]
        if not any(buried) and process.returncode not in (0, 1):
            self.failures.append(f"machine {guest} ended with {process.returncode}")

    def watch(self, process, ids):
        """A script is ended by its guest; a guest that does not is ended here."""
        began = time.monotonic()
        while process.poll() is None:
            time.sleep(0.5)
            if any(self.hangs(one, time.monotonic() - began) for one in ids):
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def hangs(self, guest, age):
        name, limit, since = self.running(guest)
        booting = not os.path.exists(os.path.join(self.out, f"boot-{guest}.kmsg"))
        return (name and time.time() - since > limit + MARGIN) or (booting and age > BOOT)

    def running(self, guest):
        path = self.path(f"running-{guest}")
        try:
            with open(path, encoding="utf-8") as f:
                name, limit = f.read().split()
            return name, int(limit), os.stat(path).st_mtime
        except (OSError, ValueError):
            return None, 0, 0

    def bury(self, guest):
        """Fails the script that was running when the machine went away."""
        name, _, _ = self.running(guest)
        if not name:
            return False
        base = os.path.join(self.out, name)
        with open(base + ".rc", "w", encoding="utf-8") as f:
            f.write(f"none: its machine died or hung, see .vm/console-{guest}.log\n")
        with open(base + ".splat", "wb") as f:
            complained = subprocess.run(
                ["tests/vm/kernel_log", self.path(f"console-{guest}.log")],
                cwd=self.tree, stdout=f, check=False,
            ).returncode
        if not complained:
            os.remove(base + ".splat")
        os.remove(self.path(f"running-{guest}"))
        return True


def select(tree, directory, full, names):
    found = headers.below(tree, directory)
    for name in names:
        if name not in found:
            raise SystemExit(f"tests/run: {name}: there is no such script or variant in {directory}")
    if names:
        return [found[name] for name in found if name in names]
    return [script for script in found.values() if full or not script.full]


def machines_of(tree, out, groups, environment):
    """Each group's: those that take all CPUs first, then the longest, so that no CPU is idle for long."""
    for group in groups:
        # The machines share a queue: a long script at its end would keep only one of them busy.
        group.sort(key=lambda s: -s.timeout)
    groups = sorted(groups, key=lambda group: (-group[0].cpus(), -sum(s.timeout for s in group)))
    return [
        Machine(tree, out, group, f"{chr(ord('a') + number)}{i}-", environment)
        for number, group in enumerate(groups)
        for i in range(max(1, min(AT_ONCE // group[0].cpus(), len(group))))
    ]


def run_machines(out, machines):
    """In this order, each as soon as there are CPUs for it."""
    cpus = min(os.cpu_count() or 1, AT_ONCE)
    free = threading.Semaphore(cpus)
    for machine in machines:
        takes = min(machine.scripts[0].cpus(), cpus)
        for _ in range(takes):
            free.acquire()
        machine.at_end = lambda takes=takes: free.release(takes)
        machine.start()
    for machine in machines:
        machine.join()
    result = tap.Result(os.path.join(out, "machines"))
    for machine in machines:
        for text in machine.failures:
            result.fail(text)
    return result


def collect(out, script, name):
    base = os.path.join(out, name)
    result = tap.read(base + ".tap", base + ".log", base + ".splat", base + ".rc")
    try:
        with open(base + ".rc", encoding="utf-8") as f:
            status = f.read().strip()
    except FileNotFoundError:
        status = "none: see the machine-*.log beside it"
    if status == "124":
        result.fail(f"stopped after {script.timeout} s")
    elif status != "0" and not result.failed or status.startswith("none"):
        result.fail(f"exit status {status}")
    if os.path.exists(base + ".splat"):
        with open(base + ".splat", encoding="utf-8", errors="replace") as f:
            line = f.readline().strip()
        result.fail("the kernel complained: " + line.split(":", 2)[-1])
    return result


def run(tree, out, directory, full, names, environment=None):
    """Results of the scripts in directory (those called names, or all that apply)."""
    environment = dict(environment or {}, **({"CW_FULL": "1"} if full else {}))
    scripts = select(tree, directory, full, names)
    if not scripts:
        result = tap.Result(os.path.join(out, "none.tap"))
        result.fail(f"there is no script in {directory}")
        return [result]
    os.makedirs(os.path.join(out, ".vm"))
    groups = {}
    for script in scripts:
        groups.setdefault(script.machine(), []).append(script)
    machines = run_machines(out, machines_of(tree, out, list(groups.values()), environment))
    return [collect(out, script, name) for script in scripts for name in script.results()] + [machines]
