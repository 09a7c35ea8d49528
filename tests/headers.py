# SPDX-License-Identifier: GPL-2.0
"""Test scripts, and what their headers, which are the comments that they begin with, say of them:

    # vm: smp=2 mem=2048 timeout=300 full
    # variant: late timeout=500 NAME_LATE=1

vm: the machine that the script wants.  "full": only with --full.  "icount": the machine's clock counts
instructions, so that how loaded the host is makes no difference.  "nodes=N": the script runs in N
machines at once (tests/vm/cluster), and the results of each of them count.

variant: the script is also one called SCRIPT_late, with results of its own: it has that in its
environment, and wants what "vm" says with these words beside or in place of that.  tests/vm/guest_init
reads timeouts and variants, too.
"""

import glob
import itertools
import os
import re

TIMEOUT = 120  # seconds that a script has if it does not say otherwise
OPTIONS = {"smp", "mem", "accel", "append", "icount", "nodes", "nic", "timeout"}
DIRECTIVE = re.compile(r"# (vm|variant): *(.*)")


class Header:
    def __init__(self, path):
        self.path, self.words, self.variants = path, [], {}
        with open(path, encoding="utf-8") as lines:
            comment = list(itertools.takewhile(lambda line: line.startswith("#"), lines))
        for line in comment:
            if match := DIRECTIVE.match(line):
                self.take(match[1], match[2])

    def take(self, kind, text):
        name, *words = text.split() or [""]
        if kind == "vm":
            self.words += [name, *words]
        elif kind == "variant" and words and name not in self.variants:
            self.variants[name] = words
        else:
            raise SystemExit(f"{self.path}: '# {kind}: {text}' is there twice, or says too little")


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
