#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=240
# debug: others
#
# Floods of connections, and connections that end in rough ways: their state goes with them, and no
# reader gets the context of a connection that was there before.
#
#   client eth0 (10.9.0.1; 10.9.0.77 and 10.9.128.0/17 are no host's) ------ eth0 10.9.0.2 app
#     actor c: honest, abuse_load ask, abuse_raw                actor a, abuse_load serve
#
# Tested: SYN floods without and with cookies, floods of contexts to no connection, resets in
# and out of a connection's window, short connections as fast as they go, one port used again
# at once with either side in TIME_WAIT, connections left while they are made, half-closed
# ones, a listener whose queue is full, a server that dies with all its connections; a
# segment of an old connection before a new one.  Each request says its trace, which is compared with
# the context of its reader: that is never another one, and seldom none.  hostile.sh has peers that lie
# on their own connections.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

NOBODY=10.9.0.77
HONEST=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
MS=2000
[ -z "${CW_FULL:-}" ] || MS=20000

# honest DESCRIPTION: c asks, a reads that and has c's context
honest() {
	do_it c write 2 10
	do_it a read 2 10
	holds a "$HONEST read" "$1"
	do_it a write 2 10
	do_it c read 2 10
}

# Gives the two ends of the honest connection their usual state, before all tests, and counts it.
usual_keep() {
	local i

	for i in {1..20}; do
		do_it c write 2 10
		do_it a read 2 10
		do_it a write 2 10
		do_it c read 2 10
	done
	usual_sockets=$(status_of sockets)
	usual_marks=$(status_of runs)
}

# over WHAT: checks that all connections of WHAT are over and that no state of them is left
over() {
	ok "$1: no state is left of it" wait_for 20 status_at_most sockets "$usual_sockets"
	ok "... and no run" wait_for 5 status_at_most runs $((usual_marks + 4))
	is "$(rose limit_sockets) $(rose limit_runs) $(rose limit_tasks)" "0 0 0" "... no limit was reached"
	is "$(rose no_memory_socket) $(rose no_memory_run)" "0 0" "... nor memory's"
	honest "... and the honest connection goes on"
}

# client_ports: of the connections to a
client_ports() {
	in_ns "$CLIENT" ss -Htn "dport = :7000" | awk '{ print $4 }' | grep -o '[0-9]*$'
}

# netstat NETNS NAME: a number of the kernel's own
netstat() {
	in_ns "$1" nstat -asz "$2" | awk -v name="$2" '$1 == name { print $2 }'
}

netstat_above() {
	[ "$(netstat "$1" "$2")" -gt "$3" ]
}

# right WHAT MINIMUM [EACH]: checks the answer to the asking side: CONNECTIONS RIGHT NONE WRONG
# FAILED; a connection is counted EACH times
right() {
	local made good none wrong failed

	read -r made good none wrong failed <<<"$reply"
	diag "$1: $made connections, right $good, none $none, wrong $wrong, failed $failed"
	is "$wrong" 0 "$1: no request was read in another one's context"
	ok "... and at least $2 of $((made * ${3:-1})) in their own" [ "$good" -ge "$2" ]
}

syn_flood() {
	local cookies=$1

	in_ns "$APP" sysctl -qw net.ipv4.tcp_syncookies="$cookies" net.ipv4.tcp_synack_retries=1
	counters_keep
	do_it flood syn 3000
	honest "SYN flood, cookies $cookies: the honest connection lives"
	is "$(status_of sockets)" "$usual_sockets" "... half a handshake makes no state"
	if [ "$cookies" -gt 0 ]; then
		ok "... cookies were sent" netstat_above "$APP" TcpExtSyncookiesSent 0
		ask load half 9
		right "connections beside the flood" 9
	fi
	over "SYN flood, cookies $cookies"
}

# In the last flood all SYNs are answered with cookies: the segment that proves a cookie comes
# before its socket exists.
cookies_only() {
	in_ns "$APP" sysctl -qw net.ipv4.tcp_syncookies=2
	counters_keep
	ask load reuse 30 client 6001
	right "every connection by a cookie" 30
	do_it flood ack 3000
	is "$(status_of sockets)" "$usual_sockets" "contexts for no connection make no state"
	ask load half 9
	right "connections after these" 9
	in_ns "$APP" sysctl -qw net.ipv4.tcp_syncookies=1
	over "contexts for no connection"
}

# both: a request and an answer on connection 3
both() {
	do_it c write 3 10
	do_it a read 3 10
	holds a "$HONEST read" "$1"
	do_it a write 3 10
	do_it c read 3 10
	do_it raw learn "$CLIENT_IP" "$port"
}

resets() {
	local port

	do_it c connect 3 "$APP_IP" 7000
	do_it a accept 3 100
	port=$(client_ports | grep -vx "$honest_port")
	counters_keep
	both "a connection to be reset"
	do_it raw reset 2000 out
	do_it raw reset 2000 in
	both "4000 resets, none exact: its contexts arrive"
	do_it raw reset 1 exact
	ask a read 3 10
	like "$reply" ECONNRESET "an exact one ends it"
	do_it a close 3
	ask c write 3 10
	do_it c close 3
	over "resets"
}

# stray: a segment of an old connection gives the new one no context, though it is in its window
stray() {
	counters_keep
	do_it raw stray $NOBODY 5000
	do_it a accept 4 100
	do_it a clear
	do_it a read 4 10
	holds a none "a new connection's bytes are not in the context of an old one's segment"
	do_it raw reset 1 exact
	do_it a close 4
	over "an old segment"
}

short() {
	local made

	counters_keep
	ask load short "$MS" 4
	made=${reply%% *}
	diag "$((made * 1000 / MS)) connections a second"
	right "short connections" $((made * 95 / 100))
	over "short connections"
}

reuse() {
	local side

	for side in client server; do
		counters_keep
		ask load reuse 40 $side 6002
		right "one port, the $side closes first" 38
		over "one port"
	done
}

races() {
	counters_keep
	ask load race "$MS" 4
	diag "${reply%% *} connections, left while they were made"
	ask server totals
	diag "those that were read: right, none, wrong: $reply"
	is "${reply##* }" 0 "no request was read in another one's context"
	ok "... and some were" [ "${reply%% *}" -gt 20 ]
	over "races"
}

half_closed() {
	counters_keep
	ask load half 60
	right "half-closed connections" 57
	ask load hold 200
	ok "200 that stay are kept, and no more" status_at_most sockets $((usual_sockets + 400))
	ok "... all of them" [ "$(status_of sockets)" -ge $((usual_sockets + 400 - 16)) ]
	do_it load drop
	over "connections held"
}

queue_full() {
	local before_it

	before_it=$(netstat "$CLIENT" TcpExtListenOverflows)
	counters_keep
	do_it load backlog 12 7300
	ok "the queue of a listener overflows" wait_for 10 netstat_above "$CLIENT" TcpExtListenOverflows "$before_it"
	ask load accept
	# This process is both sides.  A side that has to send again after a timeout sends without
	# the option.
	right "a full queue" 4 2
	over "a full queue"
}

server_dies() {
	counters_keep
	ask load hold 100
	stop "$server_pid" KILL
	do_it load drop
	over "a server that died"
}

load_module
topology_plain
mac=$(in_ns "$APP" cat /sys/class/net/eth0/address)
client_mac=$(in_ns "$CLIENT" cat /sys/class/net/eth0/address)
ip_in "$APP" <<-END
	neigh add $NOBODY lladdr $client_mac dev eth0 nud permanent
	route add 10.9.128.0/17 via $CLIENT_IP
END
must dtctl policy add peer 10.9.0.0/16 all-netns
must dtctl policy add peer 127.0.0.0/8 all-netns
actor a "$APP"
actor c "$CLIENT"
actor server "$APP" abuse_load serve "$APP_IP" 7100
server_pid=${started[-1]}
actor load "$CLIENT" abuse_load ask "$APP_IP" 7100
actor raw "$CLIENT" abuse_raw eth0 "$mac" "$APP_IP" 7000
actor flood "$CLIENT" abuse_raw eth0 "$mac" "$APP_IP" 7100
wait_for 10 listening "$APP" 7100 || bail "the server does not listen"
do_it a listen 100 "$APP_IP" 7000
do_it c set 00-$HONEST-1111111111111111-01
do_it c connect 2 "$APP_IP" 7000
do_it a accept 2 100
honest_port=$(client_ports)

honest "the honest peer's context arrives"
usual_keep
stray
resets
short
reuse
races
half_closed
queue_full
for cookies in 0 1; do
	syn_flood $cookies
done
cookies_only
server_dies
all_rose
done_testing
