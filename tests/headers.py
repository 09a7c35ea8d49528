# SPDX-License-Identifier: GPL-2.0
"""Test scripts, and what their headers say of the machine that they want:

    # vm: smp=2 mem=2048 timeout=300 full

"full": only with --full.  "icount": the machine's clock counts instructions, so that how loaded the
host is makes no difference.  "nodes=N": the script runs in N machines at once (tests/vm/cluster), and
the results of each of them count.
"""

import glob
import os
import re

TIMEOUT = 120  # seconds that a script has if it does not say otherwise
HEADER = re.compile(r"^# vm:(.*)$", re.MULTILINE)


class Script:
    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)[: -len(".sh")]
        with open(path, encoding="utf-8") as f:
            match = HEADER.search(f.read())
        words = match[1].split() if match else []
        self.options = dict(word.split("=", 1) for word in words if "=" in word)
        self.full = "full" in words
        if "icount" in words:
            self.options["icount"] = None
        self.timeout = int(self.options.pop("timeout", TIMEOUT))
        flags = {word for word in words if "=" not in word}
        unknown = set(self.options) - {"smp", "mem", "accel", "append", "icount", "nodes", "nic"}
        unknown |= flags - {"full", "icount"}
        if unknown:
            raise SystemExit(f"{path}: unknown in '# vm:' header: {' '.join(sorted(unknown))}")

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
        script = Script(path)
        if script.name in found:
            raise SystemExit(f"{path}: {found[script.name].path} has that name, too")
        found[script.name] = script
    return found
