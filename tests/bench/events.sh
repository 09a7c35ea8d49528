#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # of what is sourced
#
# Measures the cost of an event until its reader has it, and the rate at which a reader can keep
# up: inside a guest whose clock counts instructions (--icount).
#
#   cost, over Flannel-like VXLAN: round trips of 64 bytes without a reader and with one; to
#   bench.txt:	cost STATE BOOT MEDIAN MEAN P99 EVENTS COUNT LOST
#   rate, over the same without offloads, each segment marked: a transfer as fast as it
#   goes, then slower until nothing is lost:
#		rate STATE STEP MEGABYTES NS_PER_MB EVENTS LOST
#
# Tested: of a reader that never reads and of one that is stopped, sent = received, and
# produced = sent + counted as dropped.
# Environment: COUNT of round trips, MEGABYTES of a transfer, BOOT: which of several this is; the
# order rotates with it, and the reader that is stopped, which takes long, has its turn in 0.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/bench/states.bash"

COUNT=${COUNT:-1000}
MEGABYTES=${MEGABYTES:-12}
BOOT=${BOOT:-0}
STATES=(nothing context stages ringbuf perf stuck)
STEPS=12
# The queue of a stopped dtctl is full after this many times COUNT round trips.
STOPPED=18

# events_now: how many events there are, before and after the work; only Causeway's reader can be
# asked while it runs
events_now() {
	case $state in
	stages | every) produced ;;
	*) echo 0 ;;
	esac
}

# measure COMMAND...: runs pingpong; sets took, and the events and lost that belong to it
measure() {
	local before after

	before=$(events_now)
	took=$(in_ns "$CLIENT" pingpong "$@") || bail "pingpong failed"
	after=$(events_now)
	stop "$server"
	end
	[ "$after" -eq 0 ] || events=$((after - before - lost))
}

# cost STATE COUNT
cost() {
	begin "$1" >&2
	server_begin
	measure ask "$APP_IP" "$PORT" 64 "$2"
	echo "cost $1 $BOOT $took ${events/-/0} $2 ${lost/-/0}" | tee -a "$CW_OUT/bench.txt" >&2
}

costs() {
	local i

	for ((i = 0; i < ${#STATES[@]}; i++)); do
		cost "${STATES[(i + BOOT * 2) % ${#STATES[@]}]}" "$COUNT"
	done
	[ "$BOOT" -ne 0 ] || cost stopped $((COUNT * STOPPED))
}

# Switches off each offload that joins packets, as far as a device lets it: a megabyte then makes
# the most events.
offloads_off() {
	local name device

	needs ethtool
	for name in "${namespaces[@]}"; do
		for device in $(in_ns "$name" ls /sys/class/net); do
			in_ns "$name" ethtool -K "$device" tso off gso off gro off >&2
		done
	done
}

# rate STATE: each step is a transfer at nine tenths of the speed of the one before
rate() {
	local step pace=0 per_mb

	for ((step = 0; step < STEPS; step++)); do
		begin "$1" >&2
		server_begin
		measure bulk "$APP_IP" "$PORT" "$MEGABYTES" "$pace"
		per_mb=${took%%.*}
		echo "rate $1 $step $MEGABYTES $per_mb $events $lost" | tee -a "$CW_OUT/bench.txt" >&2
		[ "$lost" -ne 0 ] || return 0
		pace=$((900000000000000 / per_mb))
	done
	not_ok "$1: still loses events at $pace bytes a second"
}

: >"$CW_OUT/bench.txt"
topology_flannel
costs
offloads_off
for name in every ringbuf perf; do
	rate "$name"
done
ok "measured"
done_testing
