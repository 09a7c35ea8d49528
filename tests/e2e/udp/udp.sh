#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=300
# debug: paths
#
# Datagrams carry their writer's context: on one host, and over VXLAN and IPIP, by the overlay
# trailer.  Each datagram says which trace it belongs to, so that the reader's context can be
# checked.
#
#   client ---- app                                  one wire
#   client --- n1 === VXLAN or IPIP === n3 --- app   routed through their nodes
#
# Tested: every way to write and to read one; several read by one call; at the MTU, above
# it, segmented; lost on the way, or changed; the carrier switched off; sender, receiver and
# node that policy does not allow; more than the table holds; nothing stays in it; every
# checksum is right.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/udp.bash"

# The largest datagrams that fit the overlay's MTU, with the trailer and without.
LARGEST=$((OVERLAY_MTU - 28))
LARGEST_MARKED=$((LARGEST - 40))

every_way() {
	local way

	for way in from:to msg:msg mmsg:mmsg read:connected peek:cork connected:to; do
		exchange "${way%:*}" "${way#*:}" 8 100
		all_right "$1, written by $way" 8
	done
}

several_at_once() {
	local right wrong mixed

	exchange mmsg burst 64 200
	read -r _ right _ _ _ _ _ wrong _ mixed _ <<<"$served"
	is "$wrong" 0 "$1: several read by one recvmmsg() never give a wrong context"
	ok "$1: (right $right, mixed $mixed)" [ $((right + mixed)) -gt 0 ]
	exchange from burst 64 200
	is "$served" "right 48 none 0 untraced 16 wrong 0 mixed 0 lost 0" \
		"$1: many that wait in the queue give each their own" || all_rose
}

at_the_mtu() {
	counters_keep
	exchange from to 4 "$LARGEST_MARKED"
	all_right "$1, with just the room" 4
	is "$(rose tx_trailer_room)" 0 "$1: that is room enough"
	counters_keep
	exchange from to 4 $((LARGEST_MARKED + 1))
	all_bare "$1, one byte more" 4
	is "$(rose tx_trailer_room)" 3 "$1: which is counted"
	exchange from to 4 "$LARGEST"
	all_bare "$1, full-sized" 4
	is "$(rose tx_trailer_room)" 6 "$1: which is counted, too"
	exchange from to 4 3000
	all_bare "$1, in fragments" 4
	is "$(rose tx_trailer_shape)" 3 "$1: counted as such"
	exchange from gso 4 300
	like "$served" 'right 0 .* wrong 0 mixed 0' "$1: segmented ones arrive, without a context"
	is "$(rose tx_trailer_gso)" 3 "$1: counted as such"
}

lost() {
	counters_keep
	must tc -n n1 qdisc add dev uplink root netem loss 100%
	exchange from burst 16 300
	is "$served" "right 0 none 0 untraced 0 wrong 0 mixed 0 lost 0" "$1: lost on the wire"
	must tc -n n1 qdisc replace dev uplink root netem delay 50ms
	exchange from burst 16 300
	is "$served" "right 12 none 0 untraced 4 wrong 0 mixed 0 lost 0" "$1: delayed on the wire"
	must tc -n n1 qdisc del dev uplink root
	must in_ns "$APP" nft -f - <<<'table inet t { chain c { type filter hook input priority 0; udp dport 5000-6000 drop; }; }'
	exchange from burst 16 300
	is "$served" "right 0 none 0 untraced 0 wrong 0 mixed 0 lost 0" "$1: dropped before the socket"
	must in_ns "$APP" nft flush ruleset
	nothing_wrong "$1, lost"
}

refused() {
	counters_keep
	must dtctl policy pause
	exchange from to 4 100
	all_bare "$1, carrier off" 4
	must dtctl policy resume
	is "$(rose tx_trailer)" 0 "$1, carrier off: no trailer left"
	must dtctl policy del all
	must dtctl policy add peer any direction send all-netns
	exchange from to 4 100
	all_bare "$1, not accepted" 4
	is "$(rose tx_trailer)" 3 "$1, not accepted: the requests had a trailer"
	is "$(rose rx_refused)" 3 "$1, not accepted: refused"
	must dtctl policy del all
	must dtctl policy add peer 10.99.0.0/16 all-netns
	counters_keep
	exchange from to 4 100
	all_bare "$1, somebody else named" 4
	is "$(rose datagram_kept)" 0 "$1, somebody else named: nothing was kept"
	must dtctl policy del all
	must dtctl policy add peer any all-netns
}

# Only the node by which the datagram leaves has no rule for its destination.
refused_by_node() {
	local ns

	must dtctl policy del all
	for ns in "$CLIENT" "$APP" n3; do
		must dtctl policy add peer any netns "$ns"
	done
	must dtctl policy add peer 10.99.0.0/16 netns n1
	counters_keep
	exchange from to 4 100
	all_bare "$1, not for the node to send" 4
	is "$(rose tx_trailer_refused) $(rose tx_trailer)" "3 0" "$1, not for the node to send: counted as such"
	must dtctl policy del all
	must dtctl policy add peer any all-netns
	nothing_wrong "$1, not for the node to send"
}

# A datagram that was changed might be another one at the same place in memory: it gets no trailer.
changed() {
	must in_ns n1 nft -f - <<<'table ip t { chain c { type filter hook forward priority 0; udp dport 5000-6000 ip id set 4321; }; }'
	counters_keep
	exchange from to 4 100
	all_bare "$1, changed on the way" 4
	between "$(rose datagram_mismatch)" 3 30 "$1, changed on the way: counted as such, where it is asked for"
	is "$(rose tx_trailer)" 0 "$1, changed on the way: no trailer"
	must in_ns n1 nft flush ruleset
	nothing_wrong "$1, changed on the way"
}

# A node whose namespaces no rule concerns behaves as if it had no module.
unaware() {
	local ns

	must dtctl policy del all
	for ns in "$CLIENT" n1; do
		must dtctl policy add peer any netns "$ns"
	done
	counters_keep
	exchange from to 8 100
	all_bare "$1, unaware receiver" 8
	is "$(rose tx_trailer)" 6 "$1, unaware receiver: it was sent trailers"
	is "$(rose rx_trailer)" 0 "$1, unaware receiver: and saw none"
	nothing_wrong "$1, unaware receiver"
	must dtctl policy del all
	must dtctl policy add peer any all-netns
}

# The trailer carries the sender's time: here both hosts have one clock.
one_way() {
	start wire dtctl -j monitor --stage tcp_in --count 4 --duration 30s
	must wait_for 10 session_open
	must tc -n n1 qdisc add dev uplink root netem delay 50ms
	exchange from to 4 100
	must tc -n n1 qdisc del dev uplink root
	must wait_for 10 process_gone "$started_pid"
	is "$(python3 -c 'import json, sys
lines = [line for line in sys.stdin if line.startswith("{")]
seen = [e for e in map(json.loads, lines) if not e["response"]]
print(len(seen), [e for e in seen if not 50e6 < e["since_sent_ns"] == e["time_ns"] - e["sent_ns"] < 2e9])
' <"$CW_OUT/$CW_NAME.wire.log")" "2 []" \
		"$1: what arrives knows when it left its sender's host, before the wire's delay"
}

# More datagrams are on their way than the table holds, in a queue that lets out only one.
crowded() {
	counters_keep
	# One datagram gets there, however slow this machine is; it is not answered, since "port
	# unreachable" for a socket that has gone counts as an error in ICMP's InErrors.
	must in_ns "$APP" nft -f - <<<'table inet t { chain c { type filter hook input priority 0; udp dport 9 drop; }; }'
	must tc -n "$CLIENT" qdisc add dev eth0 root netem slot 100000s packets 1 limit 20000
	must in_ns "$CLIENT" dtctl exec -- python3 -c 'import socket, sys
for _ in range(60):
    asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(100):
        asker.sendto(b"x", (sys.argv[1], 9))' "$APP_IP"
	between "$(($(counter datagram_kept) - $(counter datagram_left)))" 4000 8192 \
		"$1: of 6000 on their way the table keeps what it has room for"
	is "$(($(rose datagram_kept) + $(rose limit_datagrams)))" 6000 "$1: ... and the others are counted"
	must tc -n "$CLIENT" qdisc del dev eth0 root
	must in_ns "$APP" nft flush ruleset
	nothing_wrong "$1, crowded"
}

# echo_once COMMAND...: sends one echo request, always the same; succeeds if it is answered
echo_once() {
	in_ns "$CLIENT" "$@" python3 -c 'import socket, struct, sys
asker = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
asker.settimeout(1)
header = struct.pack("!BBHHH", 8, 0, 0, 7, 1)
total = sum(struct.unpack("!4H", header))
asker.sendto(struct.pack("!BBHHH", 8, 0, ~total & 0xffff, 7, 1) + bytes(16), (sys.argv[1], 0))
asker.recv(100)' "$APP_IP" 2>/dev/null
}

# ICMP: the kernel answers by itself
ping_too() {
	counters_keep
	must in_ns "$CLIENT" dtctl exec -- busybox ping -c 3 -i 0.2 -W 2 "$APP_IP"
	is "$(rose tx_trailer)" 6 "$1: echo requests carry the context, and their answers do"
	is "$(rose rx_trailer)" 6 "$1: and arrive with it"
	must in_ns "$APP" sysctl -qw net.ipv4.icmp_echo_ignore_all=1
	fails "$1: an echo request that is ignored" echo_once dtctl exec --
	must in_ns "$APP" sysctl -qw net.ipv4.icmp_echo_ignore_all=0
	# A SYN-ACK comes while an answer is waited for: its skb->sk is no full socket, and KASAN reports code that
	# takes it for one.
	start accepts ip netns exec "$APP" python3 -c 'import socket, sys
socket.create_server((sys.argv[1], 7777)).accept()' "$APP_IP"
	must wait_for 10 listening "$APP" 7777
	ok "$1: a connection beside it" in_ns "$CLIENT" python3 -c 'import socket, sys
socket.create_connection((sys.argv[1], 7777), 20)' "$APP_IP"
	must wait_for 10 process_gone "$started_pid"
	counters_keep
	ok "$1: the same, in no trace, is answered" echo_once
	is "$(rose datagram_kept)" 0 "$1: ... in none"
}

overlay() {
	"topology_$1"
	must dtctl policy add peer any all-netns
	counters_keep
	every_way "$1"
	several_at_once "$1"
	is "$(rose rx_trailer)" "$(rose tx_trailer)" "$1: each trailer that left arrived"
	nothing_wrong "$1"
	at_the_mtu "$1"
	ping_too "$1"
	one_way "$1"
	lost "$1"
	refused "$1"
	refused_by_node "$1"
	changed "$1"
	unaware "$1"
	must dtctl policy del all
	topology_remove
}

load_module
topology_plain
must dtctl policy add peer any all-netns
counters_keep
every_way plain
several_at_once plain
exchange gro gso 8 300
all_right "plain, segmented" 8
exchange from to 8 100 "$APP_IP6"
all_right "plain, over IPv6" 8
counters_keep
must in_ns "$CLIENT" dtctl exec -- busybox ping -6 -c 3 -i 0.2 -W 2 "$APP_IP6"
is "$(rose datagram_kept)" 6 "plain, ICMPv6: three requests and their answers"
is "$(rose tx_trailer)" 0 "plain: no tunnel, no trailer"
nothing_wrong plain
crowded plain
must dtctl policy del all
topology_remove
overlay flannel
overlay calico
done_testing
