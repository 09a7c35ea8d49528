#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: smp=2 timeout=200 append=slub_debug=FZP,cw_sock,cw_task
#
# What is read without a lock stays until its reader is done: a list is read on one CPU, and stands
# still at one of its entries (bpf/slow.c), while on the other one what that entry is of goes away.
# What is free is poisoned, so that a list which went on from there would not get far.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/with.bash"
. "$CW_TREE/tests/e2e/slow.bash"
ROUNDS=3

# command_number NAME: of uapi/causeway.h
command_number() {
	awk -v name="$1," '/CW_CMD_UNSPEC,/ { n = 1; next } n && $1 == name { print n; exit } n { n++ }' \
		"$CW_TREE/uapi/causeway.h"
}

# list_begin COMMAND WHAT...: reads it, and stands still at the first entry
list_begin() {
	stand_still "$(command_number "$1")"
	start list taskset -c 1 dtctl "${@:2}"
	list=$started_pid
}

list_done() {
	wait "$list"
	is $? 0 "$1: the list comes to its end"
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
		list_begin CW_CMD_SOCKET_GET socket list
		while_it_stands "round $round: the sockets of a list go" sockets_go
		list_done "round $round"
		ok "round $round: ... which leaves none" wait_for 10 status_is sockets 0
	done
}

# By a signal, since who reads the list has its standard input open, too.  Its namespace of mounts
# waits for the other CPU.
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
		list_begin CW_CMD_CONTEXT_GET context list
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
slow_begin dump genlmsg_put
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
