#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: smp=2 timeout=150 append=slub_debug=FZP,cw_sock,cw_task
# debug: no, a BPF program spins with interrupts off, which such a kernel reports
#
# An entry that "dtctl socket list" or "dtctl context list" found without a lock stays in memory while
# they use it.  A list is read on one CPU, and stands still as it is about to lock an entry
# (slow.bpf.c), while the socket or task of that entry goes away on the other CPU.  Freed memory is
# poisoned, so that a list which went on with it would not get far.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/with.bash"
. "$CW_TREE/tests/e2e/slow.bash"
ROUNDS=3

# list_begin FUNCTION WHAT...: reads the list, and stands still at the first entry, which FUNCTION
# is to lock
list_begin() {
	stand_still "$1"
	start list taskset -c 1 dtctl "${@:2}"
	list=$started_pid
}

list_done() {
	ok "$1: the list comes to its end" wait_for 10 process_gone "$list"
}

# A socket that is reset goes at once, and so does its peer.
sockets_go() {
	close_all 1 c a
}

sockets() {
	local round

	for ((round = 1; round <= ROUNDS; round++)); do
		connection c 1 "$APP_IP" 7000 a 100
		asks 1 "$round" "round $round: a request in its context"
		do_it c option 1 reset
		do_it a option 1 reset
		list_begin "$socket_locked" socket list
		while_it_stands "round $round: the sockets of a list go" sockets_go
		list_done "round $round"
		ok "round $round: ... which leaves none" wait_for 10 status_is sockets 0
	done
}

# The actor is ended by a signal, since the process that reads the list has the actor's standard
# input open, too.  Its mount namespace waits for the other CPU.
tasks_go() {
	kill -KILL "$actor"
	must wait_for 5 status_is tasks 0
}

tasks() {
	local round

	for ((round = 1; round <= ROUNDS; round++)); do
		actor t "$APP"
		actor=${started[-1]}
		do_it t set "$(traceparent "$round")"
		list_begin "$task_locked" context list
		while_it_stands "round $round: the tasks of a list go" tasks_go
		list_done "round $round"
		actors_forget
	done
}

poison_untouched() {
	local cache

	for cache in cw_sock cw_task; do
		echo 1 >/sys/kernel/slab/$cache/validate
	done
	is "$(dmesg | grep -c 'BUG cw_')" 0 "nothing was used after it was freed"
}

load_module
topology_plain
must dtctl policy add peer 10.9.0.0/24 all-netns
socket_locked=$(function_at fill_info state_visit) || exit
task_locked=$(function_at cw_task_get_context) || exit
slow_begin dump _raw_spin_lock_irqsave
actor c "$CLIENT"
actor a "$APP"
do_it a listen 100 "$APP_IP" 7000
sockets
actors_forget
must wait_for 10 status_is tasks 0
tasks
slow_end
poison_untouched
nothing_left
unloads
done_testing
