# SPDX-License-Identifier: GPL-2.0
"""Test scripts, and what their headers, which are the comments that they begin with, say of them:

    # vm: smp=2 mem=2048 timeout=300 full
    # variant: late timeout=500 NAME_LATE=1
    # debug: rules kcsan
    #
    # A sentence on what is tested, which "tests/run --list" shows.

vm: the machine that the script wants.  "full": only with --full.  "icount": the machine's clock counts
instructions, so that how loaded the host is makes no difference.  "nodes=N": the script runs in N
machines at once (tests/vm/cluster), and the results of each of them count.

variant: the script is also one called SCRIPT_late, with results of its own: it has that in its
environment, and wants what "vm" says with these words beside or in place of that.  tests/vm/guest_init
reads timeouts and variants, too.

debug: the machines of tests/debug/machines.py that run it, and its variants; or "no, REASON".
"""

import glob
import itertools
import os
import re

TIMEOUT = 120  # seconds that a script has if it does not say otherwise
OPTIONS = {"smp", "mem", "accel", "append", "icount", "nodes", "nic", "timeout"}
DIRECTIVE = re.compile(r"# (vm|variant|debug): *(.*)")
NO_TEXT = re.compile(r"#!|# SPDX|# shellcheck ")
SENTENCE = re.compile(r".*?[.?](?= |$)")


class Header:
    def __init__(self, path):
        self.path, self.words, self.variants, self.debug, self.paragraph = path, [], {}, "", []
        with open(path, encoding="utf-8") as lines:
            comment = list(itertools.takewhile(lambda line: line.startswith("#"), lines))
        for line in comment:
            if match := DIRECTIVE.match(line):
                self.take(match[1], match[2])
        text = [line[1:].strip() for line in comment if not DIRECTIVE.match(line) and not NO_TEXT.match(line)]
        self.paragraph = list(itertools.takewhile(bool, itertools.dropwhile(lambda line: not line, text)))

    def take(self, kind, text):
        name, *words = text.split() or [""]
        if kind == "vm":
            self.words += [name, *words]
        elif kind == "debug" and not self.debug:
            self.debug = text
        elif kind == "variant" and words and name not in self.variants:
            self.variants[name] = words
        else:
            raise SystemExit(f"{self.path}: '# {kind}: {text}' is there twice, or says too little")

    def sentence(self):
        match = SENTENCE.match(" ".join(self.paragraph))
        return match[0] if match else ""


class Script:
    """A script, or a variant of it."""

    def __init__(self, header, variant=""):
        self.header, self.path, self.variant = header, header.path, variant
        self.name = os.path.basename(self.path)[: -len(".sh")] + ("_" + variant if variant else "")
        words = header.words + header.variants.get(variant, [])
        flags = {word for word in words if "=" not in word}
        self.full = "full" in flags
        self.options = dict(word.split("=", 1) for word in words if "=" in word)
        self.settings = {key: self.options.pop(key) for key in list(self.options) if key.isupper()}
        if "icount" in flags:
            self.options["icount"] = None
        unknown = set(self.options) - OPTIONS | flags - {"full", "icount"}
        if unknown or self.settings and not variant:
            raise SystemExit(f"{self.path}: unknown in its header: {' '.join(sorted(unknown | set(self.settings)))}")
        self.timeout = int(self.options.pop("timeout", TIMEOUT))

    def argument(self, tree):
        """As tests/vm/run --each wants it."""
        return os.path.relpath(self.path, tree) + (":" + self.variant if self.variant else "")

    def machine(self):
        return tuple(sorted(self.options.items()))

    def cpus(self):
        return int(self.options.get("smp", 1)) * int(self.options.get("nodes", 1))

    def results(self):
        """Names of its results: one for each node."""
        if "nodes" not in self.options:
            return [self.name]
        return [f"{self.name}.node{i + 1}" for i in range(int(self.options["nodes"]))]

    def not_debugged(self):
        """Why no machine with a debug kernel runs it, or nothing."""
        return self.header.debug[len("no, "):] if self.header.debug.startswith("no, ") else ""

    def debugged(self):
        """Machines with a debug kernel that run it."""
        return [] if self.not_debugged() else self.header.debug.split()

    def says(self):
        text = self.header.sentence()
        if self.variant:
            text = f"{os.path.basename(self.path)} with {' '.join(f'{k}={v}' for k, v in self.settings.items())}"
        return text + (" (make check-full)" if self.full else "")


def below(tree, directory):
    """{name: Script} of a directory and its folders, which share their names."""
    found = {}
    for path in sorted(glob.glob(os.path.join(tree, directory, "**", "*.sh"), recursive=True)):
        header = Header(path)
        for script in [Script(header, variant) for variant in ["", *header.variants]]:
            if script.name in found:
                raise SystemExit(f"{path}: {found[script.name].path} has a script {script.name}, too")
            found[script.name] = script
    return found


def debug_missing(scripts, machines):
    """Sentences on scripts that do not say which of these machines with debug kernels run them, or why none does."""
    for name, script in scripts.items():
        if name.startswith("e2e/") and not script.header.debug:
            yield f"{name}: its header has no '# debug: MACHINE...' and no '# debug: no, REASON'"
        for machine in script.debugged():
            if machine not in machines:
                yield f"{name}: its header says '# debug: {machine}', which is no machine of tests/debug/machines.py"


def table(tree, *directories):
    """Lines: a folder, and below it its scripts and what they test."""
    for directory in directories:
        scripts = below(tree, directory).values()
        for folder, inside in itertools.groupby(scripts, lambda script: os.path.dirname(script.path)):
            yield os.path.relpath(folder, tree)
            yield from (f"    {script.name:17} {script.says()}" for script in inside)
