#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: icount timeout=420
# variant: full full timeout=14400 WHY_CASES=100 WHY_PLACES=all WHY_OVERLAYS=flannel
# variant: full_ipip full timeout=14400 WHY_CASES=100 WHY_PLACES=all WHY_OVERLAYS=calico
# debug: no, its verdict is about times, which such a kernel stretches
#
# Does "dtctl report --why" find the cause of a slow request?  One kind of fault after another is
# put into a network whose requests are otherwise alike; each case is a recording of its own.
#
#     client: why_ping ask                          app: why_ping serve
#       | eth0                                         | eth0
#       | pod0                                         | pod0
#     n1 ---- vxlan or ipip, uplink -- fabric -- uplink ---- n3
#
# Faults, each of which is the first that --why names, with its namespace and device:
#  - 5 ms on all packets of two requests, or on those of one request in a hundred, that leave by the
#    pod's end of its veth, the node's (with Flannel: a bridge port), the tunnel device, the uplink
#    of either node
#  - the reader is stopped; its receive buffer is full; a thread next to it has its CPU
#  - none of these: no request is nearly as slow
# Both are before all else on the CPU: nothing but the fault is in their way.
# A case of each here; why_full and why_full_ipip have 100 of each, of which 99 have to be right, at
# every place.
# shellcheck disable=SC2154 # variables of what is sourced
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/report/faults.bash"

BASE=40 # requests without a fault in each case
CASES=${WHY_CASES:-1}

# record FAULT...: requests, some of them with the fault
record() {
	local recorder

	RECORDING=$CW_OUT/$CW_NAME.$OVERLAY.cw
	start record dtctl record --quiet -w "$RECORDING"
	recorder=$started_pid
	must wait_for 10 session_open
	usual "$BASE"
	"$@"
	usual 5
	stop "$recorder" INT || bail "dtctl record failed"
}

# right CAUSE NETNS DEVICE FAULT...: one case
right() {
	local report=$CW_OUT/$CW_NAME.json

	record "${@:4}"
	dtctl -j report --why --strict "$RECORDING" >"$report" || bail "dtctl report: exit code $?"
	"$CW_TREE/tests/e2e/why.py" "$1" "$2" "$3" "$report"
}

# cases DESCRIPTION CAUSE NETNS DEVICE FAULT...: as many as asked for
cases() {
	local i good=0 all=$CASES said

	for ((i = 0; i < all; i++)); do
		if said=$(right "${@:2}"); then
			good=$((good + 1))
		else
			diag "$OVERLAY, $1, case $i: $said"
		fi
	done
	between "$good" $(((all * 99 + 99) / 100)) "$all" "$OVERLAY: $1: named in $good of $all cases"
}

# delays DEVICE NETNS KIND...: fixed, some
delays() {
	local kind

	for kind in "${@:3}"; do
		case $kind in
		fixed) cases "delay at $1 of $2" qdisc "$2" "$1" fault_delay "$1" "$2" ;;
		some) cases "1 % delayed at $1 of $2" qdisc "$2" "$1" fault_delay_some "$1" "$2" 100 ;;
		esac
	done
}

# All places in the full test, else each kind of place once, with either kind of delay.
all_delays() {
	if [ "${WHY_PLACES:-}" = all ]; then
		for place in "eth0 client" "eth0 app" "pod0 n1" "pod0 n3" "$TUNNEL n1" "$TUNNEL n3" \
			"uplink n1" "uplink n3"; do
			# shellcheck disable=SC2086 # two words
			delays $place fixed some
		done
		return
	fi
	delays eth0 client "$1"
	delays pod0 n3 "$2"
	delays "$TUNNEL" n1 "$1"
	delays uplink n3 "$2"
}

# run OVERLAY DEVICE KIND KIND
run() {
	local fd

	OVERLAY=$1 TUNNEL=$2
	"topology_$1"
	start server ip netns exec "$APP" chrt -f 10 why_ping serve "$APP_IP" 7000
	SERVER=$started_pid
	must wait_for 10 listening "$APP" 7000
	actor c "$CLIENT" chrt -f 10 why_ping ask "$APP_IP" 7000
	do_it c connect
	usual 20
	record usual 200
	like "$(dtctl report --why --over 4ms "$RECORDING")" "no request is that slow" \
		"$OVERLAY: without a fault there is nothing to name"
	all_delays "$3" "$4"
	cases "a stopped reader" scheduling app - fault_stop
	cases "a full receive buffer" window app - fault_full
	cases "a CPU hog beside the reader" scheduling app - fault_hog
	for fd in "${actor_in[@]}"; do
		exec {fd}>&-
	done
	rm "$actors"/*
	stop "$SERVER"
	topology_remove
}

# Softirqs that are left to their thread are before the hog, too: it would stop packets on their way.
softirqs_first() {
	local pid

	for pid in $(pgrep '^ksoftirqd/'); do
		must chrt -f -p 70 "$pid"
	done
}

load_module
softirqs_first
must dtctl policy add peer 10.244.0.0/16 all-netns
must modprobe -a sch_netem sch_prio cls_basic em_meta
for overlay in ${WHY_OVERLAYS:-flannel calico}; do
	case $overlay in
	flannel) run flannel flannel.1 fixed some ;;
	calico) run calico tunl0 some fixed ;;
	*) bail "WHY_OVERLAYS: '$overlay' is neither flannel nor calico" ;;
	esac
done
done_testing
