#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=300
#
# Network namespaces come and go under traffic, on two CPUs, while others look on.  The taps are
# registered before and removed after all traffic: emulator.py says why.
#
#   W-a eth0 10.8.0.1 ------------- eth0 10.8.0.2 W-b     for two workers W at once: made, used
#     TCP, datagrams                 servers              by TCP and datagrams, taken away
#
# Tested: each is traced; taken away with its processes alive, dead, or its wire cut, nothing of
# it stays; dumps of everything go on meanwhile.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

ROUNDS=8
[ -z "${CW_FULL:-}" ] || ROUNDS=100

# look_on: reads all state by dtctl, again and again, until it is told to end.
look_on() {
	local what

	while [ ! -e "$CW_OUT/$CW_NAME.over" ]; do
		for what in "netns list" "socket list" "session list" "policy list" "status" "top --once"; do
			# shellcheck disable=SC2086
			dtctl $what >/dev/null || echo "failed: $what"
		done
	done
}

# pair WORKER: two namespaces and a wire
pair() {
	local side=0 name

	for name in "$1-a" "$1-b"; do
		side=$((side + 1))
		ip netns add "$name"
		ip -n "$name" link set lo up
	done
	ip link add eth0 netns "$1-a" type veth peer name eth0 netns "$1-b"
	ip -n "$1-a" addr add 10.8.0.1/24 dev eth0
	ip -n "$1-b" addr add 10.8.0.2/24 dev eth0
	for name in "$1-a" "$1-b"; do
		ip -n "$name" link set eth0 up
		# An orphan gives up soon: else it would keep its namespace for minutes.
		ip netns exec "$name" sysctl -qw net.ipv4.tcp_orphan_retries=1 net.ipv4.tcp_fin_timeout=2
	done
}

# used WORKER: traffic; pids in $pids
used() {
	ip netns exec "$1-b" middlebox_traffic server 10.8.0.2 7000 &
	pids=($!)
	ip netns exec "$1-b" udp_peer serve from 10.8.0.2 5000 &
	pids+=($!)
	wait_for 10 listening "$1-b" 7000
	ip netns exec "$1-a" middlebox_traffic endless 10.8.0.2 7000 2 5000 &
	pids+=($!)
	ip netns exec "$1-a" udp_peer ask to 10.8.0.2 5000 200 300 &
	pids+=($!)
}

# A socket of the namespace has state.
seen() {
	dtctl socket list | grep -q '10\.8\.0\.[12]'
}

take_away() {
	case $(($2 % 3)) in
	0) ip -n "$1-a" link del eth0 ;;
	1) kill -KILL "${pids[@]}" ;;
	2) ;;
	esac
	ip netns del "$1-a"
	sleep "0.$((RANDOM % 5))" # at any moment
	kill -KILL "${pids[@]}" 2>/dev/null
	wait "${pids[@]}"
	ip netns del "$1-b"
}

# worker NAME: prints a line a round
worker() {
	local i before pids=()

	for ((i = 1; i <= ROUNDS; i++)); do
		before=$(counter rx_long)
		pair "$1"
		used "$1"
		if wait_for 20 counter_above rx_long $((before + 10)) && seen; then
			echo "round $i traced"
		else
			echo "round $i NOT traced"
		fi
		take_away "$1" "$i"
	done
} 2>/dev/null

only_known() {
	[ "$(dtctl netns list | grep -c .)" = "$known" ]
}

is "$(nproc)" 2 "two CPUs"
load_module
must dtctl policy add peer any all-netns
must dtctl policy add root client port 7000 all-netns
must dtctl policy add root server port 7000 all-netns
known=$(dtctl netns list | grep -c .)
start reader dtctl record -w "$CW_OUT/$CW_NAME.cw"
reader=$started_pid
start look look_on
look=$started_pid
start one worker one
workers=("$started_pid")
start two worker two
workers+=("$started_pid")
wait "${workers[@]}"
touch "$CW_OUT/$CW_NAME.over"
wait "$look"
for name in one two; do
	is "$(grep -c ' traced$' "$CW_OUT/$CW_NAME.$name.log")" "$ROUNDS" "worker $name: $ROUNDS pairs of namespaces, each traced" ||
		diag "$(grep NOT "$CW_OUT/$CW_NAME.$name.log")"
done
is "$(cat "$CW_OUT/$CW_NAME.look.log")" "" "looking on never failed"
stop "$reader" INT
ok "the recorder ends well" [ -s "$CW_OUT/$CW_NAME.cw" ]
ok "all the namespaces are gone" wait_for 60 only_known
ok "no socket, task or run is left" wait_for 10 none_of sockets tasks runs
must dtctl policy del all
ok "it can be unloaded" unload_module
done_testing
