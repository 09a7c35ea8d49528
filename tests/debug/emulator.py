# SPDX-License-Identifier: GPL-2.0
"""Tells a fault of QEMU from one of the kernel.

QEMU's multi-threaded TCG executes a breakpoint after the kernel has removed it, when one
CPU patches code (a kprobe, a tracepoint, ftrace) that the other is running.  The console then shows
one of these, also with no module loaded: a jump to address 0 out of the breakpoint's handler, with
interrupts off; an int3 that no code placed; or a CPU that stays at the first byte of a function,
where memory holds a NOP.
"""

import re

NOP = r"Code:[^\n]*<0f> 1f 44 00 00"
# The text of each, within this many characters after its beginning.
NEAR = 3000
SIGNS = (
    ("a jump to 0 with interrupts off", r"RIP: 0010:0x0\b", r"(?:RFLAGS|EFLAGS): (?P<flags>[0-9a-f]{8,16})"),
    ("an int3 that nobody placed", r"(?:Oops: int3|int3: 0000)", r"RIP: 0010:"),
    ("a CPU that stays at a NOP", r"soft lockup - CPU#", NOP),
)
INTERRUPTS_ON = 0x200


def fault(console, cpus):
    """The sign of it in the console's text of a machine with so many CPUs, or None."""
    if cpus < 2:
        return None
    for sign, begin, then in SIGNS:
        for match in re.finditer(begin, console):
            found = re.search(then, console[match.start():match.start() + NEAR])
            if found and not int(found.groupdict().get("flags") or "0", 16) & INTERRUPTS_ON:
                return sign
    return None
