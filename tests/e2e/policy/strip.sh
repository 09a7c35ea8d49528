#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=240
# debug: rules
#
# A strip rule makes a router at the edge of a network take contexts off the packets that pass it.
#
#   client eth0 10.9.1.1 --- in | edge | out --- eth0 10.9.2.2 app
#     malformed_peer p, 10.9.1.77   router          actor a: listens
#
# Tested, with and without the rule: what enters and what leaves through a router, both
# directions of a rule, prefixes and ports, peers as exceptions, OBI's option and unknown
# versions; packets keep their length and their other options, checksums stay right (or
# wrong), bytes arrive, with GSO and without, IPv4 and IPv6; a packet socket that got a packet
# before keeps it unchanged; a namespace's own sockets; a rule that comes while a connection is open;
# a container cannot undo the host's rule.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

PEER_IP=10.9.1.77
APP_IP=10.9.2.2
TRACE=0123456789abcdef0123456789abcdef
OTHER=fedcba9876543210fedcba9876543210
port=2000

topology_edge() {
	CLIENT=client APP=app
	netns "$CLIENT" edge "$APP"
	veth "$CLIENT" eth0 edge in 1500
	veth edge out "$APP" eth0 1500
	ip_in "$CLIENT" <<-END
		addr add 10.9.1.1/24 dev eth0
		addr add fd00:9:1::1/64 dev eth0 nodad
		route add default via 10.9.1.254
		route add default via fd00:9:1::fe
	END
	ip_in edge <<-END
		addr add 10.9.1.254/24 dev in
		addr add fd00:9:1::fe/64 dev in nodad
		addr add 10.9.2.254/24 dev out
		addr add fd00:9:2::fe/64 dev out nodad
	END
	ip_in "$APP" <<-END
		addr add $APP_IP/24 dev eth0
		addr add fd00:9:2::2/64 dev eth0 nodad
		route add default via 10.9.2.254
		route add default via fd00:9:2::fe
	END
	in_ns edge sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	gateway=$(in_ns edge cat /sys/class/net/in/address)
	client_mac=$(in_ns "$CLIENT" cat /sys/class/net/eth0/address)
	ip_in edge <<<"neigh add $PEER_IP lladdr $client_mac dev in nud permanent"
}

# long [BYTE4 [TRACE]]: our long form, as hex; run 0, sampled
long() {
	echo "fd1c4357${1:-20}${2:-$TRACE}${3:-1122334455}0000"
}

nops() {
	printf '01%.0s' $(seq "$1")
}

# rule WORDS...: in force until "no_rules"
rules=()
rule() {
	local id

	id=$(dtctl policy add "$@") || bail "no rule: $*"
	rules+=("$id")
}

no_rules() {
	local id

	for id in "${rules[@]}"; do
		must dtctl policy del "$id"
	done
	rules=()
}

begin() {
	port=$((port + 1))
	do_it p open $PEER_IP $port "$APP_IP" "${1:-7000}"
	do_it a accept 1 $((${1:-7000} - 6900))
}

end() {
	do_it p reset
	do_it a close 1
	do_it a clear
}

# exchange [OPTIONS [PORT]]: a request with a context and its answer, which always has one: the
# request's, or a root.  Sets $in and $out to what the edge did to the request's and the answer's
# context.
exchange() {
	begin "${2:-7000}"
	counters_keep
	in=taken
	ask p send 10 "options=${1:-$(long)}"
	[ "$reply" = 10 ] || in=lost
	ask a read 1 10
	[ "$reply" = 10 ] || in=lost
	context_of a
	[ "$in" = lost ] || [ "$reply" = "$TRACE read" ] || in=none
	do_it a write 1 10
	ask p take 10
	if [ "$reply" = 10 ]; then
		ask p options
		out=$reply
	else
		out=lost
	fi
	[[ $out != fd1c4357* || ${#out} -ne 56 ]] || out=sent
	[ "$out" != "$(nops 28)" ] || out=stripped
	end
}

# becomes IN OUT STRIPPED DESCRIPTION: checks what becomes of an exchange's two contexts
becomes() {
	exchange
	is "$in, $out, $(rose stripped) stripped" "$1, $2, $3 stripped" "$4"
	is "$(rose rx_long)" "$([ "$1" = taken ] && echo 1 || echo 0)" "... and counted so"
	no_rules
}

directions() {
	becomes taken sent 0 "without a rule, contexts pass both ways"
	rule strip any netns edge
	like "$(dtctl policy list)" 'strip any direction both netns edge matched 0' "the rule is shown as it was added"
	becomes none stripped 2 "strip any: none enters, none leaves"
	rule strip 10.9.1.0/24 direction accept netns edge
	becomes none sent 1 "... what comes from there only"
	rule strip 10.9.1.0/24 direction send netns edge
	becomes taken stripped 2 "... what goes there only (and that we speak)"
	rule strip 10.8.0.0/16 netns edge
	becomes taken sent 0 "... another prefix: neither"
	rule strip any netns "$CLIENT"
	becomes taken sent 0 "... another namespace: neither"
	rule strip any port 7000 netns edge
	becomes none stripped 2 "... the service's port"
	rule strip any port 7001 netns edge
	becomes taken sent 0 "... another port: neither"
}

exceptions() {
	rule strip any netns edge
	rule peer 10.9.1.0/24 netns edge
	becomes none stripped 2 "one end is a peer, the other is not: nothing passes"
	rule strip any netns edge
	rule peer 10.9.1.0/24 netns edge
	rule peer 10.9.2.0/24 netns edge
	becomes taken sent 0 "both are: all does"
	rule peer 10.9.0.0/16 netns edge
	rule strip $PEER_IP netns edge
	becomes none stripped 2 "a longer prefix to strip weighs more than the peers'"
	rule peer 10.9.1.0/24 netns edge
	rule strip 10.9.1.0/24 netns edge
	becomes none stripped 2 "of two alike the strip rule"
	rule strip any netns edge
	rule peer 10.9.0.0/16 direction send netns edge
	becomes none stripped 2 "peers to send to only: they are no exception from what they send"
	rule strip any netns edge
	rule peer any port 7000 netns edge
	becomes taken sent 0 "a port makes a peer rule weigh more"
}

# passes OPTIONS WANTED DESCRIPTION: checks a request's options as they leave the router
passes() {
	local tap

	start "tap" ip netns exec "$APP" options_seen eth0 "$port"
	tap=$started_pid
	wait_for 10 grep -q ready "$CW_OUT/$CW_NAME.tap.log" || bail "no tap"
	ask p send 10 "options=$1"
	is "$reply" 10 "$3: the bytes arrive"
	do_it a read 1 10
	wait_for 5 grep -q '^[0-9a-f]' "$CW_OUT/$CW_NAME.tap.log"
	stop "$tap"
	is "$(grep '^[0-9a-f]' "$CW_OUT/$CW_NAME.tap.log")" "$2" "$3"
}

bytes() {
	local stamps=0101080a0011223300000000 short=fd08435700000000
	local obi=0101191a${TRACE}1020304050607080

	rule strip any netns edge
	begin
	passes "$stamps$(long)" "$stamps$(nops 28)" "time stamps stay, ours becomes NOPs"
	passes "01${short}010101" "$(nops 12)" "at an odd place"
	passes "$(long e0)" "$(nops 28)" "a version that we do not know"
	passes "$short$short" "$(nops 16)" "two of them"
	passes "fd08435800000000" "fd08435800000000" "another experiment's option stays"
	passes "$obi" "$obi" "OBI's option stays"
	passes "00010101$short" "00010101$short" "behind the end of the list nothing is one"
	no_rules
	rule strip any obi on netns edge
	passes "$obi" "$(nops 28)" "obi on: it does not"
	counters_keep
	ask p send 10 "options=$(long)" checksum=bad
	ask p send 10
	is "$reply, $(rose stripped)" "10, 1" "a wrong checksum stays wrong: it has to be sent again"
	do_it a read 1 10
	end
	no_rules
}

# The router does not reassemble a fragment; it counts it.
fragment() {
	rule strip any netns edge
	counters_keep
	in_ns "$CLIENT" python3 - "$APP_IP" <<-'END'
		import socket, struct, sys
		tcp = struct.pack("!HHIIBBHHH", 1, 7000, 0, 0, 0x70, 0x10, 1000, 0, 0) + bytes.fromhex("fd08435700000000")
		ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 7, 0x2000, 64, 6, 0, bytes(4), socket.inet_aton(sys.argv[1]))
		socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW).sendto(ip + tcp + bytes(12), (sys.argv[1], 0))
	END
	ok "a segment in fragments is let go, and counted" wait_for 5 rose_to strip_missed 1
	no_rules
}

rose_to() {
	[ "$(rose "$1")" = "$2" ]
}

# The namespace's own sockets.
own_sockets() {
	rule strip 10.9.1.0/24 netns "$APP"
	exchange
	is "$in, $out" "none, none" "at an end: nothing is taken, nothing is sent"
	is "$(rose rx_refused) $(rose stripped)" "1 1" "... counted as refused, and taken off for those behind us"
	no_rules
}

# A rule comes while a connection is open, in the midst of a one-way stream: bytes whose context is
# not accepted any more never count as part of the last run.
changes() {
	begin
	ask p send 10 "options=$(long)"
	do_it a read 1 10
	holds a "$TRACE read" "a stream's first run is taken"
	ask p send 10
	ask p send 10 "options=$(long 21 $OTHER 5544332211)"
	ask p send 10
	rule strip any netns "$APP"
	counters_keep
	ask p send 10 "options=$(long 22 $TRACE 6644332211)"
	do_it a read 1 40
	context_of a
	is "$reply, $(rose rx_refused)" "none, 1" "a strip rule ends what was known of a stream that goes on"
	no_rules
	end
}

paused() {
	begin
	ask p send 10 "options=$(long)"
	do_it a read 1 10
	must dtctl policy pause
	counters_keep
	ask p send 10 "options=$(long 21 $OTHER 5544332211)"
	do_it a read 1 10
	context_of a
	fails "paused: no context is taken, and the last one ends" grep -E "$TRACE|$OTHER" <<<"$reply"
	is "$(rose rx_carrier) $(rose rx_long)" "1 0" "... and counted"
	rule strip any netns edge
	counters_keep
	ask p send 10 "options=$(long 21 $OTHER 5544332211)"
	is "$(rose stripped)" 1 "... strip rules act on"
	do_it a read 1 10
	no_rules
	must dtctl policy resume
	ask p send 10 "options=$(long 22 $OTHER 6644332211)"
	do_it a read 1 10
	holds a "$OTHER read" "resumed: they are taken again"
	end
}

wrong_checksums() {
	in_ns "$APP" nstat -asz TcpInCsumErrors | awk '/Csum/ { print $2 }'
}

# Two kernels that speak, through the router: all sizes, GSO or not, every byte checked.
# traffic PORT DESCRIPTION WANTED: rx_long rises (passes) or not (stripped)
traffic() {
	local address log got=passes wrong

	wrong=$(wrong_checksums)
	counters_keep
	for address in "$APP_IP" fd00:9:2::2; do
		log=$(in_ns "$CLIENT" timeout 60 middlebox_traffic client "$address" "$1" 4 5 100000)
		like "$log" '^ok 4' "$2, $address: every byte arrives"
	done
	[ "$(rose rx_long)" -gt 0 ] || got=nothing
	[ "$(rose stripped)" -eq 0 ] || got=stripped:$(rose rx_long)
	is "$got" "$3" "$2"
	is "$(rose strip_missed)" 0 "... none was missed"
	is "$(wrong_checksums)" "$wrong" "... no checksum was wrong"
}

kernels() {
	local tap offload port

	must dtctl policy add peer any netns "$CLIENT" mark every
	must dtctl policy add root client netns "$CLIENT"
	# Each run has a port of its own: a host leaves the option off for a while towards a
	# destination that did not answer.
	for port in 7100 7101 7102; do
		start server4$port ip netns exec "$APP" middlebox_traffic server "$APP_IP" $port
		start server6$port ip netns exec "$APP" middlebox_traffic server fd00:9:2::2 $port
		wait_for 10 listening "$APP" $port || bail "no server"
	done
	port=7100
	traffic $port "without a rule" passes
	for offload in on off; do
		port=$((port + 1))
		must in_ns "$CLIENT" ethtool -K eth0 tx $offload tso $offload gso $offload
		must in_ns edge ethtool -K in gro $offload
		start tap$offload ip netns exec edge options_seen in 0
		tap=$started_pid
		wait_for 10 grep -q ready "$CW_OUT/$CW_NAME.tap$offload.log" || bail "no tap"
		rule strip any netns edge
		traffic $port "stripped, offloads $offload" stripped:0
		no_rules
		stop "$tap"
		ok "... who looked before keeps what he saw" \
			grep -q fd1c4357 "$CW_OUT/$CW_NAME.tap$offload.log"
	done
	must in_ns "$CLIENT" ethtool -K eth0 tx on tso on gso on
}

# container PORT: an exchange within a namespace whose administrator names the peers
container() {
	unshare -Urn bash -c "
		ip link set lo up
		dtctl policy add peer 127.0.0.1 port $1 && dtctl policy add root client port $1
		middlebox_traffic server 127.0.0.1 $1 &
		for i in {1..100}; do
			[ -z \"\$(ss -Htln 'sport = :$1')\" ] || break
			sleep 0.1
		done
		middlebox_traffic client 127.0.0.1 $1 1 3 1000
		kill %1" 2>&1
}

weight() {
	counters_keep
	like "$(container 7200)" 'ok 1' "an administrator of a namespace of his own has traffic"
	ok "... which is marked" [ "$(rose tx_long)" -gt 0 ]
	rule strip any all-netns
	counters_keep
	like "$(container 7201)" 'ok 1' "the host strips all: the same"
	is "$(rose tx_long) $(rose rx_long)" "0 0" "... and his closer peer rule does not undo that"
	no_rules
}

load_module tenant_rules=1
topology_edge
must dtctl policy add peer any netns "$APP" obi on
must dtctl policy add root server port 7000 netns "$APP"
actor a "$APP"
actor p "$CLIENT" malformed_peer eth0 "$gateway"
do_it a listen 100 "$APP_IP" 7000

directions
exceptions
bytes
fragment
own_sockets
changes
paused
kernels
weight
done_testing
