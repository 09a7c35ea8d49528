#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=400 append=slab_nomerge
# debug: others
#
# Traces go on beside BPF programs of other tools, which write options of their own into TCP
# segments, or into packets at devices.
#
#   client eth0 10.9.0.1 ------------- eth0 10.9.0.2 app
#     sock_ops: an option of 4 to 28 bytes, of its own, in each segment (sock_ops.bpf.c)
#   client --- n1 === VXLAN === n3 --- app
#     tc: programs that write into all packets of pods and of uplinks (tc.bpf.c)
#
# Tested: our option beside the other's where both have room, with time stamps and without, and
# streams of full segments; where they have not, nothing is written or only that a run begins;
# never more than 40 bytes of options, never a packet above the MTU, never a wrong context.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/with.bash"
. "$CW_TREE/tests/e2e/udp.bash"

BPF=$CW_TREE/build/e2e
PINNED=/sys/fs/bpf/others_option

sock_ops_begin() {
	must bpftool prog load "$BPF/sock_ops.bpf.o" "$PINNED" type sockops
	must bpftool cgroup attach /sys/fs/cgroup sock_ops pinned "$PINNED"
}

sock_ops_end() {
	bpftool cgroup detach /sys/fs/cgroup sock_ops pinned "$PINNED"
	rm -f "$PINNED"
}

# timestamps 0|1
timestamps() {
	must in_ns "$CLIENT" sysctl -qw net.ipv4.tcp_timestamps="$1"
	must in_ns "$APP" sysctl -qw net.ipv4.tcp_timestamps="$1"
}

options_log() {
	grep -qx ready "$CW_OUT/$CW_NAME.options.log"
}

# seen LENGTH: segments with the other's option of that length, with ours, and the longest list
seen() {
	awk -v length_hex="$(printf %02x "$1")" '
		/^ready/ { next }
		{ n++; if (length($0) / 2 > most) most = length($0) / 2 }
		index($0, "fe" length_hex "cafe") { other++ }
		/fd1c/ { ours++ }
		END { print (n && n == other ? "all" : other + 0), (ours ? 1 : 0), most + 0 }' \
		"$CW_OUT/$CW_NAME.options.log"
}

# beside STAMPS LENGTH WANTED: is there room for both?
beside() {
	local name="an option of $2 bytes" other ours most pid trace=none room=beside

	[ "$1" = 1 ] && name+=", time stamps" || name+=", no time stamps"
	[ "$3" = marked ] || room='no room'
	number=$((number + 1))
	timestamps "$1"
	do_it a listen $((number + 100)) "$APP_IP" $((7200 + $2))
	connection c 1 "$APP_IP" $((7200 + $2)) a $((number + 100))
	start options ip netns exec "$APP" options_seen eth0 0
	pid=$started_pid
	must wait_for 5 options_log
	counters_keep
	request c a 1 "$number"
	[ "$3" = none ] || trace="$(trace "$number") read"
	holds a "$trace" "$name: $3"
	answer a c 1
	request c a 1 0
	holds a none "$name: an untraced request has none"
	answer a c 1
	stop "$pid"
	read -r other ours most < <(seen "$2")
	is "$other" all "$name: each segment has it"
	is "$ours $room" "$([ "$3" = none ] && echo "0 no room" || echo "1 beside")" "$name: ours: $room"
	between "$most" "$2" 40 "$name: options take $most bytes"
	[ "$3" != none ] || between "$(($(rose tx_boundary) + $(rose tx_bare_room)))" 1 9 "$name: counted"
	close_all 1 c a
	do_it a close $((number + 100))
}

fragments() {
	in_ns "$1" nstat -asz IpFragFails IpFragCreates | awk '/^Ip/ { sum += $2 } END { print sum }'
}

sock_ops() {
	number=0
	topology_plain
	must dtctl policy add peer 10.9.0.0/24 all-netns
	sock_ops_begin
	actor c "$CLIENT"
	actor a "$APP"
	for length in 4 12; do
		beside 0 "$length" marked
	done
	for length in 16 32; do
		beside 0 "$length" none
	done
	for length in 4 28; do
		beside 1 "$length" none
	done
	timestamps 0
	stream_port=7207
	stream_right "streams beside an option of 8 bytes" 1500 "$CLIENT" "$APP" "$APP_IP" 60 20000
	timestamps 1
	counters_keep
	stream_port=7207
	stream "$CLIENT" "$APP" "$APP_IP" 60 20000
	is "$(word status) $(word wrong_bytes) $(word misjoined)" "0 0 0" \
		"streams without room for ours: all bytes arrive, none in a wrong context"
	between "$(word largest)" 1400 1500 "... in segments of at most 1500 bytes"
	between "$(rose tx_boundary)" 1 1000 "... counted"
	is "$(fragments "$CLIENT") $(fragments "$APP")" "0 0" "nothing was fragmented or too big"
	sock_ops_end
	end_of_part
}

# mangle NETNS DEVICE: what goes out and what comes in
mangle() {
	must tc -n "$1" qdisc add dev "$2" clsact
	must tc -n "$1" filter add dev "$2" egress bpf direct-action object-file "$BPF/tc.bpf.o" section tc/mangle
	must tc -n "$1" filter add dev "$2" ingress bpf direct-action object-file "$BPF/tc.bpf.o" section tc/mangle
}

tc_programs() {
	local where

	topology_flannel
	must dtctl policy add peer 10.0.0.0/8 all-netns
	for where in "$CLIENT eth0" "n1 pod0" "n1 uplink" "n3 uplink" "n3 flannel.1"; do
		# shellcheck disable=SC2086 # two words
		mangle $where
	done
	actor c "$CLIENT"
	actor a "$APP"
	do_it a listen 100 "$APP_IP" 7000
	connection c 1 "$APP_IP" 7000 a 100
	request c a 1 31
	holds a "$(trace 31) read" "tc programs: a request gives its context"
	answer a c 1
	request c a 1 0
	holds a none "tc programs: an untraced one gives none"
	answer a c 1
	stream_right "tc programs, streams" "$OVERLAY_MTU" "$CLIENT" "$APP" "$APP_IP" 60 5000
	counters_keep
	exchange from to 8 100
	all_right "tc programs, datagrams" 8
	between "$(rose rx_trailer)" 8 20 "tc programs: by trailers"
	nothing_wrong "tc programs"
	end_of_part
}

load_module
for part in sock_ops tc_programs; do
	SECONDS=0
	$part
	diag "$part: $SECONDS s"
done
unloads
done_testing
