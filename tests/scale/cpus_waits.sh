#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Counts waits for a lock that the other CPU has: inside a guest whose two CPUs run side by side, with
# a pair of TCP peers on each.  A line in cpus_waits.txt for each state:
#
#     STATE ROUND-TRIPS WAITS OURS
#
# WAITS: how often a spinlock was found taken; OURS: how often by a function of the module.
# Environment: COUNT of round trips of a pair.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/bench/states.bash"

COUNT=${COUNT:-5000}
WAIT=native_queued_spin_lock_slowpath

# ours FILE: prints how many of the waits have a function of the module on their stack
ours() {
	awk 'NR == FNR { ours[$1] = 1; next }
		/^@by\[/ { found = 0 }
		{ name = $1; sub(/\+.*/, "", name); if (name in ours) found = 1 }
		/^\]: / { if (found) sum += $2 }
		END { print sum + 0 }' <(awk '$4 == "[causeway]" { print $3 }' /proc/kallsyms) "$1"
}

# pair CPU PORT: starts a pair in the background
pair() {
	start "server$1" taskset -c "$1" ip netns exec "$APP" pingpong serve "$APP_IP" "$2"
	runs "server$1" 20 log_says "server$1" ready
	start "client$1" taskset -c "$1" ip netns exec "$CLIENT" pingpong ask "$APP_IP" "$2" 64 "$COUNT"
	clients+=("$started_pid")
}

# measure STATE: bpftrace patches the kernel before the traffic begins, and takes that back after it
measure() {
	local waits log clients=() pid

	begin "$1" >&2
	policy "root client port $((PORT + 1)) all-netns"
	start "waits-$1" bpftrace -e "kprobe:$WAIT { @all = count(); @by[kstack(5)] = count(); }"
	waits=$started_pid
	runs "waits-$1" 120 grep -q " $WAIT+" "$KPROBES"
	pair 0 "$PORT"
	pair 1 $((PORT + 1))
	for pid in "${clients[@]}"; do
		wait "$pid"
		is $? 0 "$1: a pair is done"
	done
	halt "$waits" INT || bail "bpftrace failed"
	log=$CW_OUT/$CW_NAME.waits-$1.log
	echo "$1 $((2 * COUNT)) $(awk '/^@all: / { print $2 }' "$log") $(ours "$log")" >>"$CW_OUT/cpus_waits.txt"
	stop "$(pidof -s pingpong)"
	stop "$(pidof -s pingpong)"
	end >&2
}

needs bpftrace
: >"$CW_OUT/cpus_waits.txt"
is "$(nproc)" 2 "two CPUs"
topology_plain
for state in context stages; do
	measure "$state"
done
done_testing
