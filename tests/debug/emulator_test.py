#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Is QEMU's stale breakpoint told from a kernel's own faults?  Prints TAP."""

import sys

sys.dont_write_bytecode = True
import emulator  # noqa: E402

ZERO = """[   12.1] BUG: kernel NULL pointer dereference, address: 0000000000000000
[   12.1] #PF: supervisor instruction fetch in kernel mode
[   12.1] Oops: 0010 [#1] PREEMPT SMP NOPTI
[   12.1] RIP: 0010:0x0
[   12.1] Code: Unable to access opcode bytes at 0xffffffffffffffd6.
[   12.1] RSP: 0018:ffffc90000473c38 EFLAGS: %s
"""
LOCKUP = """[   40.2] watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [iperf3:291]
[   40.2] RIP: 0010:tcp_sendmsg_locked+0x0/0xd40
[   40.2] Code: 90 90 90 90 <%s> 41 57 49 89 d7
"""
INT3 = "[    9.7] Oops: int3: 0000 [#1] PREEMPT SMP\n[    9.7] RIP: 0010:tcp_sendmsg+0x1/0x40\n"

CASES = (
    ("a jump to 0, interrupts off", ZERO % "00010046", True),
    ("a jump to 0, interrupts on: a missing function", ZERO % "00010246", False),
    ("a jump to 0 with one CPU", ZERO % "00010046", False, 1),
    ("stuck at a NOP", LOCKUP % "0f> 1f 44 00 00 <", True),
    ("stuck elsewhere", LOCKUP % "f3> 90 eb fa <", False),
    ("an int3", INT3, True),
    ("a use after free", "BUG: KASAN: use-after-free in x\nRIP: 0010:x+0x1/0x2\nEFLAGS: 00000046\n", False),
    ("nothing", "", False),
)

failed = 0
print(f"1..{len(CASES)}")
for number, (name, text, wanted, *cpus) in enumerate(CASES, 1):
    good = bool(emulator.fault(text, *(cpus or [2]))) == wanted
    failed += not good
    print(f"{'ok' if good else 'not ok'} {number} - {name}: {'the emulator' if wanted else 'not the emulator'}")
sys.exit(failed > 0)
