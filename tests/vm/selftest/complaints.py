# SPDX-License-Identifier: GPL-2.0
"""Samples of what a kernel says, for tests/vm/kernel_log: which lines of them are complaints."""

import subprocess

FRAME = "==================================================================\n"
RACE = f"""[    9.1] {FRAME}[    9.1] BUG: KCSAN: data-race in %s / tcp_recvmsg_locked
[    9.1]
[    9.1] write to 0xffff888004d5c8b8 of 4 bytes by interrupt on cpu 1:
%s[    9.1]  __netif_receive_skb_one_core+0x8c/0xb0
[    9.1]
[    9.1] read to 0xffff888004d5c8b8 of 4 bytes by task 311 on cpu 0:
[    9.1]  tcp_recvmsg_locked+0x5d/0xe30
[    9.1]
[    9.1] Reported by Kernel Concurrency Sanitizer on:
[    9.1] CPU: 0 PID: 311 Comm: udp_peer Not tainted 6.1.192-cwkcsan #1
"""
END = f"[    9.1] {FRAME}"
OURS = "[    9.1]  cw_carry_ready+0x4d/0x180 [causeway]\n"
THEIRS = "[    9.1]  tcp_data_queue+0x5f9/0x12a0\n"
NEIGHBOUR = "[    9.1]  veth_xmit+0x5f/0x12a0 [veth]\n"
INTERRUPT = "[    9.1]  asm_sysvec_apic_timer_interrupt+0x1b/0x20\n"
LOADED = "[    9.3] causeway: loaded\n"

# Name, text, the numbers of its lines that are complaints.
SAMPLES = (
    ("nothing", LOADED, []),
    ("a warning", LOADED + "WARNING: CPU: 0 PID: 1 at kmod/x.c:1 x+0x1/0x2\n", [2]),
    ("a data race of the kernel's", RACE % ("tcp_data_queue", THEIRS) + END, []),
    ("the same on a serial console", (RACE % ("tcp_data_queue", THEIRS) + END).replace("\n", "\r\n"), []),
    ("another module's", RACE % ("veth_xmit [veth]", NEIGHBOUR) + END, []),
    ("ours", RACE % ("cw_carry_ready [causeway]", OURS) + END, [2]),
    ("one in what ours called", RACE % ("tcp_data_queue", THEIRS + OURS) + END, [2]),
    ("one in an interrupt of ours", RACE % ("x", THEIRS + INTERRUPT + OURS) + END, []),
    ("one of ours in an interrupt", RACE % ("x", OURS + INTERRUPT + THEIRS) + END, [2]),
    ("one of ours beside an interrupt",
     RACE % ("x", THEIRS + INTERRUPT + THEIRS + "[    9.1]\n" + OURS) + END, [2]),
    ("one at a module's that is bad on purpose", RACE % ("spin [bad_race]", THEIRS) + END, [2]),
    ("one of an unknown origin", f"{FRAME}BUG: KCSAN: data-race in step+0x1/0x2 [causeway]\n{FRAME}", [2]),
    ("one in a clock that ours read", RACE % ("ktime_get_mono_fast_ns", THEIRS + OURS) + END, []),
    ("one of ours with that clock", RACE % ("ktime_get_mono_fast_ns / x [causeway]", OURS) + END, [2]),
    ("one in what only begins like it", RACE % ("ktime_get_mono_fast_ns2", OURS) + END, [2]),
    ("ours after the kernel's", RACE % ("x", THEIRS) + END + RACE % ("y", OURS) + END, [15]),
    ("the kernel's after ours", RACE % ("x", OURS) + END + RACE % ("y", THEIRS) + END, [2]),
    ("a word of ours after the kernel's", RACE % ("x", THEIRS) + END + OURS, []),
    ("a report without an end", RACE % ("x", THEIRS), [2]),
    ("one that another one cuts short", RACE % ("x", THEIRS) + (RACE % ("y", THEIRS)).split("\n", 1)[1] + END, [2]),
    ("a warning inside of one that does not count",
     RACE % ("x", THEIRS + "[    9.1] WARNING: CPU: 1 PID: 2 at net/core/dev.c:1 y+0x1/0x2\n") + END, [6]),
    ("a use after free", f"{FRAME}BUG: KASAN: use-after-free in cw_sock_find+0x1/0x2 [causeway]\n", [2]),
)


def lines(program, path, text):
    """The complaints that the program finds in a text, and whether its exit code says the same."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    done = subprocess.run([program, path], capture_output=True, text=True, check=False)
    found = [line.split(":")[1] for line in done.stdout.splitlines()]
    return [int(number) for number in found], done.returncode == bool(found) and not done.stderr
