#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Measures the cost of a round trip whose ends are on one CPU, or on two: inside a guest of two CPUs,
# whose instructions cpus_count.c counts from outside.  cpus.txt has a line for each of its lines:
#
#     WHERE STATE ROUND
#
# WHERE: round trips of 64 bytes between two namespaces, the client on CPU 0 and the server on it,
# too (one) or on CPU 1 (two); on CPU 0 while another pair does the same on CPU 1 (beside); or
# two seconds of nothing (idle).
# Environment: COUNT of round trips, ROUNDS.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/bench/states.bash"

COUNT=${COUNT:-2000} ROUNDS=${ROUNDS:-3}
PATH=$CW_TREE/build/scale:$PATH
STATES=(nothing loaded context stages)

# placed WHERE ROUND: its server is on CPU 0 or 1, its client always on CPU 0
placed() {
	local cpu=0

	[ "$1" != two ] || cpu=1
	must taskset -cp "$cpu" "$server"
	echo "$1 $state $2" >>"$CW_OUT/cpus.txt"
	in_ns "$CLIENT" taskset -c 0 pingpong ask "$APP_IP" "$PORT" 64 "$COUNT" >&2 || bail "pingpong failed"
}

# beside ROUND: the other pair begins before and ends after
beside() {
	start other taskset -c 1 ip netns exec "$APP" pingpong serve "$APP_IP" $((PORT + 1))
	local server2=$started_pid

	runs other 20 log_says other ready
	start asking taskset -c 1 ip netns exec "$CLIENT" bash -c \
		"while :; do pingpong ask $APP_IP $((PORT + 1)) 64 1000; done"
	local client2=$started_pid

	runs asking 60 test -s "$CW_OUT/$CW_NAME.asking.log"
	placed beside "$1"
	is "$(process_gone "$client2" && echo gone)" "" "$state: the other pair works all the while"
	stop "$client2"
	stop "$server2"
}

# measure STATE ROUND
measure() {
	begin "$1" >&2
	case $1 in
	context | stages) policy "root client port $((PORT + 1)) all-netns" ;;
	esac
	server_begin
	# The reader runs on the client's CPU in both.
	[ "$1" != stages ] || must taskset -cp 0 "$helper"
	placed one "$2"
	placed two "$2"
	# A reader would read the other pair's events, too.
	[ "$1" = stages ] || beside "$2"
	stop "$server"
	end >&2
	diag "$1: ${lost} lost"
}

idle() {
	echo "idle nothing 0" >>"$CW_OUT/cpus.txt"
	taskset -c 0 cpus_mark 1
	sleep 2
	taskset -c 0 cpus_mark 2
}

: >"$CW_OUT/cpus.txt"
is "$(nproc)" 2 "two CPUs"
topology_plain
idle
for ((round = 0; round < ROUNDS; round++)); do
	for ((i = 0; i < ${#STATES[@]}; i++)); do
		measure "${STATES[(i + round) % ${#STATES[@]}]}" "$round"
	done
done
ok "measured"
done_testing
