#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=120
#
# Does KCSAN notice data races?  bad/bad_race.c has one of each kind, and what is none; run in a machine
# of its own with two CPUs, whose kernel has to complain.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/debug/kcsan.bash"

must kcsan_on
# Twice by chance in one turn, for the barrier: so often that it comes.
echo 20 >/sys/module/kcsan/parameters/skip_watch

# seen FUNCTION: KCSAN has said so
seen() {
	grep -qE "BUG: KCSAN: data-race in .*\<$1\>.*\[bad_race\]" <<<"$said"
}

all_seen() {
	seen race_plain && seen race_same && seen race_interrupt && seen race_barrier
}

# reported FUNCTION WHAT
reported() {
	ok "reported: $2" seen "$1"
}

# One may still be missed by chance, as the interrupt was, once in many runs.
for ((turn = 0; turn < 5; turn++)); do
	must insmod "$CW_TREE/build/$KVER/bad/bad_race.ko"
	must kcsan_on
	must rmmod bad_race
	said=$(dmesg)
	! all_seen || break
done
reported race_plain "two CPUs add without a lock"
reported race_same "the same is written, plainly by one"
reported race_interrupt "a task and an interrupt of one CPU"
reported race_barrier "a barrier is missing"
is "$(grep -E 'KCSAN: .*\<race_none' <<<"$said")" "" "not reported: what is marked, or has its barriers"
like "$("$CW_TREE/tests/vm/kernel_log" <(echo "$said"))" race_plain "tests/vm/kernel_log finds it"
diag "$(cat /sys/kernel/debug/kcsan)"
done_testing
