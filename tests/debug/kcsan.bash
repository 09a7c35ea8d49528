# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# KCSAN's switches and numbers.  To be sourced after guest.sh.

# kcsan_number NAME: of its own statistics
kcsan_number() {
	awk -v name="$1:" '$1 == name { print $2 }' /sys/kernel/debug/kcsan
}

# Off until here, so that the machine boots in seconds.  At one of SKIP_WATCH accesses a CPU stops
# and waits to be raced: long enough for the other one, which is slow and may have to wait for
# a CPU of the host's, to come by.
kcsan_on() {
	local parameters=/sys/module/kcsan/parameters

	echo 1000 >"$parameters/skip_watch" && echo 200 >"$parameters/udelay_task" &&
		echo 80 >"$parameters/udelay_interrupt" && echo on >/sys/kernel/debug/kcsan
}
