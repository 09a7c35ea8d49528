#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=400 append=slab_nomerge
# debug: unload
#
# Rules cover network namespaces that are made after them, and namespaces that go away under traffic
# leave nothing in the module.
#
#   late1 eth0 10.9.1.1 ------------- eth0 10.9.1.2 late2    made after the module was loaded
#   churn1, churn2, ...: loopback only, one after another
#
# Tested: a rule for all namespaces covers those made later; one that goes away under
# traffic, in three ways, leaves nothing; 50 more do not, either; rules of a namespace go
# with it.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

CHURN=50
LATE_IP=10.9.1.2

namespaces_known() {
	dtctl netns list | grep -c .
}

namespaces_are() {
	[ "$(namespaces_known)" = "$1" ]
}

# late: the two namespaces, and traffic between them; $server, $client
late() {
	netns late1 late2
	veth late1 eth0 late2 eth0 1500
	ip_in late1 <<<"addr add 10.9.1.1/24 dev eth0"
	ip_in late2 <<<"addr add $LATE_IP/24 dev eth0"
	# An orphan gives up soon: else it would keep its namespace for minutes.
	must in_ns late1 sysctl -qw net.ipv4.tcp_orphan_retries=1 net.ipv4.tcp_fin_timeout=2
	must in_ns late2 sysctl -qw net.ipv4.tcp_orphan_retries=1 net.ipv4.tcp_fin_timeout=2
	start server ip netns exec late2 middlebox_traffic server "$LATE_IP" 7000
	server=$started_pid
	wait_for 10 listening late2 7000 || bail "no server"
	start client ip netns exec late1 middlebox_traffic endless "$LATE_IP" 7000 4 20000
	client=$started_pid
}

late_is_traced() {
	counters_keep
	late
	ok "$1: traffic between namespaces made after loading is traced" wait_for 10 counter_above rx_long $((before[rx_long] + 20))
	is "$(dtctl netns list | grep -E ' late[12]( |$)' | grep -c hooks)" 2 "$1: they have hooks"
	ok "$1: and sockets with state" [ "$(status_of sockets)" -ge 8 ]
}

late_is_gone() {
	namespaces=()
	ok "$1: the namespaces are gone" wait_for 30 namespaces_are "$known"
	ok "$1: no socket, task or run is left" wait_for 10 none_of sockets tasks runs
	is "$(dtctl status | sed -n 's/^hooks *in \([0-9]*\) .*/\1/p')" "$known" "$1: nor a hook"
}

killed_first() {
	late_is_traced "processes killed"
	kill -KILL "$client" "$server"
	must ip netns del late1
	must ip netns del late2
	late_is_gone "processes killed"
}

deleted_first() {
	late_is_traced "namespace deleted"
	must ip netns del late1
	must ip netns del late2
	counters_keep
	ok "namespace deleted: it lives on with its processes, traced" wait_for 10 counter_above rx_long $((before[rx_long] + 20))
	kill -KILL "$client" "$server"
	late_is_gone "namespace deleted"
}

# Bytes are in flight, which no peer will ever acknowledge.
wire_cut_first() {
	late_is_traced "wire cut"
	must ip -n late1 link del eth0
	kill -KILL "$client" "$server"
	must ip netns del late1
	must ip netns del late2
	late_is_gone "wire cut"
}

own_rules() {
	local rules

	rules=$(dtctl policy list | grep -c .)
	must ip netns add own
	must dtctl policy add root server port 7000 netns own
	must dtctl policy add peer 10.0.0.0/8 netns own
	is "$(dtctl policy list | grep -c .)" $((rules + 2)) "a namespace with two rules of its own"
	must ip netns del own
	ok "the rules go with it" wait_for 10 rules_are "$rules"
	must dtctl policy del all
	must ip netns add own
	must dtctl policy add root server port 7000 netns own
	must ip netns del own
	ok "the last rule, too" wait_for 10 rules_are 0
	ok "and with it the taps" wait_for 10 status_is taps 0
	policy
}

rules_are() {
	[ "$(dtctl policy list | grep -c .)" = "$1" ]
}

policy() {
	must dtctl policy add peer any all-netns
	must dtctl policy add root client port 7000 all-netns
}

# One more namespace: traffic over its loopback, cut off in the middle.
churn_once() {
	local name=churn$1 server client

	ip netns add "$name"
	ip -n "$name" link set lo up
	ip netns exec "$name" middlebox_traffic server 127.0.0.1 7000 >/dev/null 2>&1 &
	server=$!
	wait_for 10 listening "$name" 7000
	ip netns exec "$name" middlebox_traffic endless 127.0.0.1 7000 2 5000 >/dev/null 2>&1 &
	client=$!
	dtctl policy add root server port $((8000 + $1)) netns "$name" >/dev/null
	wait_for 5 counter_above rx_long $((before[rx_long] + 4))
	kill -KILL "$client" "$server"
	wait "$client" "$server"
	ip netns del "$name"
} 2>/dev/null

churn() {
	local i traced=0 rules slabs file

	rules=$(dtctl policy list | grep -c .)
	for ((i = 1; i <= CHURN; i++)); do
		counters_keep
		churn_once "$i"
		[ "$(rose rx_long)" -le 4 ] || traced=$((traced + 1))
	done
	is "$traced" "$CHURN" "$CHURN namespaces, one after another: traffic in each was traced"
	ok "all are gone" wait_for 60 namespaces_are "$known"
	ok "no socket, task or run is left" wait_for 10 none_of sockets tasks runs
	is "$(dtctl policy list | grep -c .)" "$rules" "their rules are gone"
	# KASAN keeps what is freed for a while, too, but gives it back then.
	for file in /sys/kernel/slab/cw_*/shrink; do
		echo 1 >"$file"
	done
	# Free objects stay with a CPU's slab for a while, those in use would not be so few.
	slabs=$(awk '/^cw_/ { print $1 "=" $2 }' /proc/slabinfo | tr '\n' ' ')
	between "$(awk '/^cw_/ && $2 > most { most = $2 } END { print most + 0 }' /proc/slabinfo)" 0 400 \
		"the slab caches hold no more than a few pages: $slabs"
	must unload_module
	is "$(grep -c '^cw_' /proc/slabinfo)" 0 "and are empty: nothing of them is left after unloading"
}

load_module
policy
known=$(namespaces_known)
for part in killed_first deleted_first wire_cut_first own_rules churn; do
	SECONDS=0
	$part
	diag "$part: $SECONDS s"
done
done_testing
