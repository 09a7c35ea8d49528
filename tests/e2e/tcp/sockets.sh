#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=200
# debug: rules
#
# Sockets that programs or the network treat in unusual ways do not lead to a wrong context.
#
#   client eth0 10.9.0.1 ------------- eth0 10.9.0.2 app     only this one is a peer
#     sockets_actor c                  eth0 10.9.0.3   sockets_actor a
#
# Tested: a socket is disconnected and connected elsewhere; bytes are put into a receive queue
# (TCP_REPAIR); sockets that are no TCP sockets, but have its number; the bounds of one namespace.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/with.bash"

ELSEWHERE=10.9.0.3

# odd_actor NAME NETNS -> $pid_of
declare -A pid_of=()
odd_actor() {
	actor "$1" "$2" python3 "$CW_TREE/tests/e2e/tcp/sockets_actor.py"
	do_it "$1" pid
	pid_of[$1]=$reply
}

# in_trace NAME N: from now on
in_trace() {
	must dtctl context set "${pid_of[$1]}" "$(traceparent "$2")"
}

# trace_of NAME: that it has read, or none
trace_of() {
	dtctl -j context get "${pid_of[$1]}" 2>/dev/null | grep -o '[0-9a-f]\{32\}' || echo none
}

# asks S: c, of a; not any more on one that was restored, whose stream is shifted now
asks() {
	counters_keep
	do_it c write "$1" 10
	do_it a read "$1" 10
}

connect_again() {
	do_it c connect 1 "$APP_IP" 7000
	do_it a accept 1 100
	in_trace c 1
	asks 1
	is "$(rose tx_long) $(rose rx_long)" "1 1" "a context goes to a peer"
	do_it c again 1 "$ELSEWHERE" 7000
	do_it a accept 1 100
	asks 1
	is "$(rose tx_long) $(rose rx_long)" "0 0" \
		"the same socket, connected elsewhere, sends none to who is no peer"
	do_it c again 1 "$APP_IP" 7000
	do_it a accept 1 100
	asks 1
	is "$(rose tx_long) $(rose rx_long)" "1 1" "connected to the peer again, it does"
}

restored() {
	is "$(trace_of a)" "$(trace 1)" "the reader of a request has its context"
	do_it a restore 1 10
	do_it a read 1 10
	is "$(trace_of a)" none "bytes of an earlier connection are nobody's"
}

# Read by KASAN, where it runs: their fields are not those of a TCP socket.
not_tcp() {
	must modprobe xfrm_user
	do_it c connect 5 "$APP_IP" 7000
	do_it a accept 5 100
	do_it a xfrm 2
	must in_ns app ip xfrm state add src "$APP_IP" dst "$CLIENT_IP" proto esp spi 1 mode transport \
		aead 'rfc4106(gcm(aes))' 0x0123456789012345678901234567890123456789 128
	do_it a raw 3 "$CLIENT_IP"
	asks 5
	do_it a read 2 100
	do_it a read 3 40
	ok "netlink's and raw sockets of number 6 are read from"
}

# No rule is in force, so the module can go.
bounds() {
	local i

	actors_forget
	must unload_module
	load_module max_sockets_netns=6 max_runs_netns=20
	is "$(status_of sockets)" 0 "no socket has state"
	must dtctl policy add peer any all-netns
	odd_actor c client
	odd_actor a app
	do_it a listen 100 "$APP_IP" 7002
	counters_keep
	in_trace c 3
	for i in {1..9}; do
		do_it c connect "$i" "$APP_IP" 7002
		do_it a accept "$i" 100
		do_it c write "$i" 10
		do_it a read "$i" 10
	done
	is "$(status_of sockets)" 12 "a namespace has no more sockets with state than it may"
	ok "... which is counted" counter_above limit_sockets "${before[limit_sockets]:-0}"
	for i in {1..30}; do
		in_trace c $((i % 2 + 4))
		do_it c write 1 10
	done
	between "$(status_of runs)" 20 40 "nor more runs"
	ok "... which is counted, too" counter_above limit_runs 0
	do_it a read 1 300
}

load_module
topology_plain
echo "addr add $ELSEWHERE/24 dev eth0" | ip_in app
must dtctl policy add peer "$APP_IP" all-netns
must dtctl policy add peer "$CLIENT_IP" all-netns
odd_actor c client
odd_actor a app
do_it a listen 100 0.0.0.0 7000
start monitor dtctl monitor
must wait_for 10 session_open
connect_again
restored
not_tcp
must dtctl policy del all
stop "$started_pid" INT
bounds
nothing_left
must dtctl policy del all
unloads
done_testing
