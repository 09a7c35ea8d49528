#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=240
# debug: no, it has not been tried on such a kernel
#
# The segment size (MSS) shrinks to make room for the option, and is as before when policy or the
# module goes.
#
#     client                                   app
#       stream_send -> eth0 ============ eth0 -> stream_read
#       stream_wire ---^ MTU 1500, 1450, 1280
#
# Tested, for IPv4 and IPv6, with GSO packets on the wire and without:
#  - marked segments of full size are exactly as large as the MTU, none is larger, and no
#    packet is fragmented or refused for its size
#  - the MSS of a traced connection is 28 less; when the policy goes, or the module, it is
#    again what it was
. "$CW_TREE/tests/vm/guest.sh"

PATH=$CW_TREE/build/e2e:$PATH
DIR=$CW_OUT/$CW_NAME.mtu
PORT=22000
OPTION=28

allow() {
	must dtctl policy add peer 10.9.0.0/24 all-netns
	must dtctl policy add peer fd00:9::/64 all-netns
}

# set_up MTU GSO
set_up() {
	local namespace

	for namespace in "$CLIENT" "$APP"; do
		echo "link set eth0 mtu $1" | ip_in "$namespace"
		must in_ns "$namespace" ethtool -K eth0 tx on tso "$2" gso "$2" gro "$2"
	done
}

# begin ADDRESS MODE ARGUMENT...: reader and writer of the next port, in the background
begin() {
	PORT=$((PORT + 1))
	start "read$PORT" ip netns exec "$APP" timeout 60 stream_read "$DIR/$PORT" "$PORT" whole
	reader=$started_pid
	wait_for 10 [ -e "$DIR/$PORT.read" ] || bail "the reader does not begin"
	start "send$PORT" ip netns exec "$CLIENT" timeout 60 stream_send "${@:2}" "$DIR/$PORT" \
		"$1" "$PORT"
	writer=$started_pid
}

complete() {
	wait "$writer" && wait "$reader"
}

# full_size ADDRESS GSO: sizes on the wire, at each MTU
full_size() {
	local mtu wire largest marked

	for mtu in 1500 1450 1280; do
		set_up "$mtu" "$2"
		start wire ip netns exec "$CLIENT" stream_wire eth0 "$DIR/segments"
		wire=$started_pid
		wait_for 10 [ -e "$DIR/segments" ] || bail "stream_wire does not begin"
		begin "$1" -n 30 -s 20000
		complete
		is $? 0 "MTU $mtu, $1, GSO $2: the transfer is complete"
		stop "$wire" || bail "stream_wire lost packets"
		read -r largest marked < <(stream_verify - "$DIR/segments" "$DIR" "$PORT" |
			sed -n 's/.* largest=\([0-9]*\) full=\([0-9]*\).*/\1 \2/p')
		is "$largest" "$mtu" "... its largest segment is as large as the MTU"
		between "$marked" 20 1000 "... and those that are, are marked"
		rm -f "$DIR"/*
	done
}

# mss: of the connection, as the client's kernel says
mss() {
	in_ns "$CLIENT" ss -Htin "dport = :$PORT" | sed -n 's/.* mss:\([0-9]*\).*/\1/p'
}

# step N: the writer has come to its pause N
step() {
	wait_for 20 [ -e "$DIR/$PORT.paused$1" ] || bail "the writer does not come to pause $1"
}

# given_back ADDRESS NAME COMMAND...: the connection's MSS before, during and after
given_back() {
	local first

	begin "$1" -n 40 -s 20000 -c "----------AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" -W 5 -W 20 -W 30
	step 1
	first=$(mss)
	touch "$DIR/$PORT.go1"
	step 2
	is "$(mss)" $((first - OPTION)) "$1, traced: the MSS is $OPTION less than before ($first)"
	must "${@:3}"
	touch "$DIR/$PORT.go2"
	step 3
	is "$(mss)" "$first" "$1, $2: the MSS is $first again"
	touch "$DIR/$PORT.go3"
	complete
	is $? 0 "... and the transfer is complete"
	rm -f "$DIR"/*
}

fragments() {
	in_ns "$1" nstat -asz IpFragFails IpFragCreates Ip6FragFails Ip6FragCreates \
		Ip6InTooBigErrors | awk '/^Ip/ { sum += $2 } END { print sum }'
}

rm -rf "$DIR"
mkdir "$DIR"
load_module
topology_plain
allow
for address in "$APP_IP" "$APP_IP6"; do
	full_size "$address" off
	full_size "$address" on
done
is "$(fragments "$CLIENT") $(fragments "$APP")" "0 0" "nothing was fragmented or too big"
for address in "$APP_IP" "$APP_IP6"; do
	given_back "$address" "without policy" dtctl policy del all
	allow
	given_back "$address" "without the module" unload_module
	load_module
	allow
done
rmdir "$DIR"
done_testing
