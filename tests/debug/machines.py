# SPDX-License-Identifier: GPL-2.0
"""The virtual machines with debug kernels: their kernel if it is not kasan, their own options, and their
scripts of tests/debug in the order of running.  Those of tests/e2e follow whose headers name the
machine ("# debug: rules"): their verdicts do not depend on how fast the machine is; on two CPUs they
have their taps before and after all traffic, too (see emulator.py).
"""

TWO = {"smp": "2", "accel": "tcg,thread=multi"}
MACHINES = {
    "faults": ({}, ["debug/faults"]),
    "races": (TWO, ["debug/churn", "debug/at_once"]),
    "unload": ({}, ["debug/unload"]),
    "rules": ({}, []),
    "paths": ({}, []),
    "fuzz": ({}, []),
    "others": ({}, []),
    "kcsan": ({"kernel": "kcsan", **TWO}, ["debug/at_once", "debug/churn"]),
}
