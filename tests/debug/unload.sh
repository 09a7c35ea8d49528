#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=300
#
# The module comes and goes under traffic of all kinds, at any moment.  One CPU, one thread of the
# emulator: with several it executes stale breakpoints (emulator.py).
#
#   client            proxy             app          pods on three nodes
#     TCP, datagrams ------------------- servers     VXLAN, then IPIP
#
# Tested: unloading with rules in force, marks and trailers in flight, sessions open, tasks that
# hold contexts, at moments between at once and a second later: nothing is left, all connections
# live, and the module that is loaded next traces them.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/debug/traffic.bash"

ROUNDS=6
[ -z "${CW_FULL:-}" ] || ROUNDS=50

# Each as users would: they are told off when the module goes.
users() {
	start reader dtctl record -w "$CW_OUT/$CW_NAME.cw"
	reader=$started_pid
	start top dtctl top --interval 100ms
	top=$started_pid
	start held dtctl exec -- sleep 1000
	held=$started_pid
}

users_gone() {
	stop "$reader" INT
	stop "$top" INT
	stop "$held"
}

round() {
	must insmod "$CW_MODULE"
	rules || bail "no rules"
	[ $(($1 % 2)) -ne 0 ] || users
	if [ $(($1 % 3)) -ne 0 ]; then
		wait_for 20 counter_above rx_long 8 || untraced=$((untraced + 1))
	fi
	sleep "0.$((RANDOM % 10))" # at any moment
	unload_module || bail "round $1: cannot be unloaded"
	[ $(($1 % 2)) -ne 0 ] || users_gone
	alive || died=$((died + 1))
}

overlay() {
	local i untraced=0 died=0

	"topology_$1"
	traffic 2 3000
	for ((i = 1; i <= ROUNDS; i++)); do
		round "$i"
	done
	# A run of datagrams may take longer than the module was there, each time.
	must insmod "$CW_MODULE"
	must rules
	ok "$1: loaded again, datagrams are traced" wait_for 30 datagrams_right 2
	must unload_module
	is "$untraced" 0 "$1: $ROUNDS times loaded and unloaded, traced each time that this was waited for"
	is "$died" 0 "$1: connections lived each time"
	is "$(grep -c '^cw_' /proc/slabinfo)" 0 "$1: no slab cache is left"
	is "$(wc -l </sys/kernel/debug/kprobes/list)" 0 "$1: no kprobe is left"
	traffic_lived
	topology_remove
}

overlay flannel
overlay calico
done_testing
