#!/bin/bash
# shellcheck disable=SC2154 # of what is sourced
# SPDX-License-Identifier: GPL-2.0
#
# Measures the instructions that a round trip, or a megabyte, costs: inside a guest whose clock
# counts them (--icount).  The lines of bench.plan say what is measured, in their order, one
# network after another:
#
#     NETWORK STATE ROUND WORK...
#
# WORK: 64, 1200: round trips of so many bytes each way; bulk: transfers.  Writes
# to bench.txt, in instructions per round trip or per megabyte,
#
#     NETWORK WORK STATE ROUND MEDIAN MEAN P99|MOST
#
# and to bench.events what the readers of the states got.  Environment: COUNT of round trips,
# MEGABYTES of a transfer, KALLSYMS=1: leave the kernel's symbols, for the profile.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/bench/states.bash"

COUNT=${COUNT:-1000}
# With more megabytes in one transfer TCP changes the size of its packets at some point of it.
MEGABYTES=${MEGABYTES:-16}

# work NAME: runs pingpong; sets took
work() {
	local command=(ask "$APP_IP" "$PORT" "$1" "$COUNT")

	[ "$1" != bulk ] || command=(bulk "$APP_IP" "$PORT" "$MEGABYTES")
	took=$(in_ns "$CLIENT" pingpong "${command[@]}") || bail "pingpong failed"
}

# measure NETWORK STATE ROUND WORK...
measure() {
	local name count

	begin "$2" >&2
	server_begin
	[ -z "${KALLSYMS:-}" ] || cat /proc/kallsyms >"$CW_OUT/kallsyms"
	for name in "${@:4}"; do
		count=0
		[ "$2" != stages ] || count=$(produced)
		work "$name"
		[ "$2" != stages ] || echo "$1 $name $(($(produced) - count))" >>"$CW_OUT/bench.events"
		echo "$1 $name $2 $3 $took" | tee -a "$CW_OUT/bench.txt" >&2
	done
	stop "$server"
	end >&2
	[ "$events" = - ] || echo "$1 $2 $3: $events events, $lost lost" >&2
}

network=''
: >"$CW_OUT/bench.txt"
: >"$CW_OUT/bench.events"
while read -ru 3 -a words; do
	if [ "${words[0]}" != "$network" ]; then
		topology_remove
		network=${words[0]}
		"topology_$network"
		netns other
	fi
	measure "${words[@]}"
done 3<"$CW_OUT/bench.plan"
ok "measured"
done_testing
