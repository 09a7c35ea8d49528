#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: icount timeout=900
# debug: no, its verdict is about times, which such a kernel stretches
#
# Do the named stages of a request add up to the time that the client measured itself?
# coverage_ping asks its server 200 times over the overlay, each request in a trace of its own,
# and takes the time around its write and read; "dtctl trace" shows the stages of each.
#
#   client: coverage_ping ask --- n1 --- VXLAN or IPIP --- n3 --- app: coverage_ping serve
#
# Tested, for Flannel-like and Calico-like networks; what dtctl calls unexplained does not count,
# time in two stages counts once:
#  - named stages cover 99 % of what the client measured, where the server works for 1 ms
#  - between the first event and the last one, everything has a name
#  - where the server does nothing at all, 95 % of the median request: that takes 0.15 ms here, of
#    which the client's way into its system call down to TCP, and back out of it, is 4 to 5 us
. "$CW_TREE/tests/vm/guest.sh"

E2E=$CW_TREE/build/e2e
REQUESTS=200
LOOK_AT=20 # "dtctl trace" takes its time on a machine whose clock counts instructions

# measure NAME WORK PERCENT [--median]
measure() {
	local measured=$CW_OUT/$CW_NAME.$1.measured recording=$CW_OUT/$CW_NAME.$1.cw
	local verdict description detail shown='' count=0 recorder

	start "record-$1" dtctl record --quiet -w "$recording"
	recorder=$started_pid
	must wait_for 10 session_open
	in_ns "$CLIENT" "$E2E/coverage_ping" ask "$APP_IP" 7000 "$REQUESTS" "$2" >"$measured" ||
		bail "coverage_ping failed"
	stop "$recorder" INT || bail "dtctl record failed"
	is "$(wc -l <"$measured")" "$REQUESTS" "$1: each request is answered"
	while IFS=$'\t' read -r verdict description detail; do
		count=$((count + 1)) shown=$detail
		if [ "$verdict" = ok ]; then
			ok "$1: $description"
		else
			not_ok "$1: $description" "$detail"
		fi
	done < <(python3 "$CW_TREE/tests/e2e/report/coverage.py" --only "$LOOK_AT" --least "${@:3}" \
		"$measured" "$recording")
	diag "$shown"
	is "$count" 3 "$1: coverage.py came to its end"
}

# run TOPOLOGY
run() {
	local server

	"topology_$1"
	load_module
	must dtctl policy add peer 10.244.0.0/16 all-netns
	start "server-$1" ip netns exec "$APP" "$E2E/coverage_ping" serve "$APP_IP" 7000
	server=$started_pid
	must wait_for 10 listening "$APP" 7000
	measure "$1-1ms" 1000 99
	measure "$1-idle" 0 95 --median
	stop "$server"
	unload_module
	topology_remove
}

run flannel
run calico
done_testing
