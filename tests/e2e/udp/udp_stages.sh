#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=240
# debug: no, its verdict is about times, which such a kernel stretches
#
# The stages "ready" and "wake" show how long a datagram waits at its socket, and for what.
#
#   client (c asks) eth0 ------ eth0 app (a reads)            plain, IPv4 and IPv6
#   client --- n1 ===== VXLAN ===== n3 --- app                flannel
#
# Tested:
#  - each way to sleep for a datagram, and to read it: connected or not, one or several by a call,
#    behind epoll: the stages in their order
#  - a ping, which no process reads, has the stages of both its ways
#  - a reader that kept its CPU has no wake; a stopped one is between ready and wake, and is what
#    dtctl report --why names, and so it does a full send buffer; dtctl top has both steps
#  - a datagram that finds no room in the queue was never ready; a multicast has no reader's stages,
#    since its copies bear no context; a missed probe gives no stage
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

SLOW=300000000 # ns; what is stopped is stopped for longer than that
REQUESTS=20    # of the report; some of them with a stopped reader
GROUP=239.1.2.3

trace() {
	printf '%032x' $((0xabe000 + $1))
}

in_trace() {
	do_it "${2:-c}" set "00-$(trace "$1")-00000000000000$(printf %02x "$1")-01"
}

# shows N EXPRESSION DESCRIPTION
shows() {
	ok "$3" "$CW_TREE/tests/e2e/stages.py" "$RECORDING" "$(trace "$1")" "$2"
}

# request N TO PORT READ...: a sleeps in READ for what c writes in trace N
request() {
	in_trace "$1"
	tell a "${@:4}"
	sleep 0.05 # so that it does
	do_it c sendto 1 10 "$2" "$3"
	hear a
	[[ $reply != error* ]] || bail "${*:4}: $reply"
}

# recorded NAME COMMAND...
recorded() {
	local recorder

	RECORDING=$CW_OUT/$CW_NAME.$1.cw
	start "record-$1" dtctl record -w "$RECORDING"
	recorder=$started_pid
	must wait_for 10 session_open
	"${@:2}"
	stop "$recorder" INT
	is $? 0 "$1: recorded without loss"
}

# sockets ADDRESS: a's 1 unconnected, 2 connected to c's
sockets() {
	do_it c udp 1 "$CLIENT_IP" 7001
	do_it a udp 1 "$1" 7100
	do_it a udp 2 "$1" 7200
	do_it a peer 2 "$CLIENT_IP" 7001
}

every_way() {
	request 1 "$APP_IP" 7100 recvfrom 1
	request 2 "$APP_IP" 7200 readonce 2 10
	request 3 "$APP_IP" 7100 recvepoll 1
	request 4 "$APP_IP" 7200 recvall 2 1
	do_it a udp 3 "$APP_IP6" 7300
	do_it c udp 2 "$CLIENT_IP6" 0
	in_trace 5
	tell a recvfrom 3
	sleep 0.05 # so that it sleeps
	do_it c sendto 2 10 "$APP_IP6" 7300
	hear a
	several
	stopped
}

# Four datagrams wait while the reader sleeps until its next command; it then takes them at once.
several() {
	local i

	in_trace 6
	for i in 1 2 3 4; do
		do_it c sendto 1 10 "$APP_IP" 7100
	done
	do_it a recvthere 1 8
	is "$reply" 4 "four datagrams are read by one call"
}

stopped() {
	in_trace 7
	tell a recvfrom 1
	kill -STOP "$ACTOR_A"
	do_it c sendto 1 10 "$APP_IP" 7100
	sleep 0.4 # is what is measured
	kill -CONT "$ACTOR_A"
	hear a
	# A read with a time limit ends when its process goes on (signal(7)).
	[ "$reply" != "error EINTR" ] || do_it a recvfrom 1
}

# The actor a sends datagrams to itself; STAYED gets the numbers of those rounds in which a kept its
# CPU
kept_cpu() {
	local i

	STAYED=()
	do_it a udp 4 "$APP_IP" 0
	for i in {0..11}; do
		in_trace 12 a
		do_it a alone 1 4
		[ "$reply" != 0 ] || STAYED+=("$i")
	done
	do_it a clear
}

no_room() {
	local i

	do_it a udp 5 "$APP_IP" 7500
	do_it a option 5 rcvbuf 1
	in_trace 8
	for i in {1..12}; do
		do_it c sendto 1 500 "$APP_IP" 7500
	done
	do_it a recvthere 5 16
	ROOM=$reply
}

missed() {
	must in_ns "$CLIENT" tc qdisc add dev eth0 root netem delay 300ms
	in_trace 9
	do_it c sendto 1 10 "$APP_IP" 7100
	echo 0 >/sys/kernel/debug/kprobes/enabled
	sleep 0.6 # so that it has come
	echo 1 >/sys/kernel/debug/kprobes/enabled
	must in_ns "$CLIENT" tc qdisc del dev eth0 root
	do_it a recvfrom 1
	# The next datagram has a ready event of its own.
	request 10 "$APP_IP" 7100 recvfrom 1
}

plain() {
	every_way
	kept_cpu
	no_room
	missed
	multicast
}

# once N DESCRIPTION: datagram N, whose reader slept, has each stage once
once() {
	shows "$1" "len(at('tcp_in')) == 1 and len(at('ready')) == 1 and len(at('wake')) == 1 and
		order(('send',), ('tcp_out',), ('dev_xmit', 'eth0', 'client'), ('dev_rx', 'eth0', 'app'),
		('tcp_in',), ('ready',), ('wake',), ('recv',)) and
		at('wake')[0].task == at('recv')[0].task and
		at('ready')[0].flow == at('wake')[0].flow == at('recv')[0].flow and
		at('ready')[0].length == at('recv')[0].length == 10" \
		"$2: ready and wake in their order, of this datagram and its reader"
}

check_plain() {
	once 1 "recvfrom()"
	once 2 "read() of a connected socket"
	once 3 "epoll_wait() and recvmsg()"
	once 4 "recvmmsg()"
	once 5 "IPv6"
	# The reader may lose its CPU between two of these datagrams: the remaining ones have
	# another wake then.
	shows 6 "len(at('ready')) == len(at('wake')) == len(at('recv')) == 4 and
		len({e.message for e in at('wake')}) == 4 and
		all(r.message == c.message and r.time < w.time < c.time
		    for r, c in zip(at('ready'), at('recv')) for w in at('wake') if w.message == c.message)" \
		"several by one call: each was ready, and then their reader woke"
	shows 7 "between(last('ready'), last('wake')) >= $SLOW" "a stopped reader: between ready and wake"
	shows 7 "between(last('wake'), last('recv')) < $SLOW" "... and not after it"
	between "${#STAYED[@]}" 1 12 "a reader that writes to itself keeps its CPU"
	shows 12 "len(at('recv')) == 12 and [e.message for e in at('ready')] ==
		[e.message for e in at('recv')] and not {at('recv')[i].message for i in (${STAYED[*]/%/,})} &
		{e.message for e in at('wake')}" "... and then did not wake"
	between "$ROOM" 1 11 "a full queue takes some of twelve datagrams"
	shows 8 "len(at('tcp_in')) == 12 and len(at('ready')) == len(at('recv')) == $ROOM and
		{e.message for e in at('ready')} == {e.message for e in at('recv')}" \
		"... what found no room was never ready"
	shows 9 "at('tcp_in') and at('recv') and (at('ready') or not at('wake'))" \
		"without ready there is no wake"
	once 10 "what comes after a missed probe"
	shows 11 "len(at('ready')) <= len(at('recv')) <= 1 and len(at('wake')) <= len(at('ready'))" \
		"of a group at most the one that got the packet itself has the stages"
}

readers() {
	cat <<-'END'
		import select, socket, sys

		readers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
		for reader in readers:
		    reader.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		    reader.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
		                      socket.inet_aton(sys.argv[1]) + socket.inet_aton(sys.argv[2]))
		    reader.bind((sys.argv[1], 7600))
		for reader in readers:
		    select.select([reader], [], [], 20)
		    print(len(reader.recv(100)), flush=True)
	END
}

group_listens() {
	[ "$(ip netns exec "$APP" ss -Hlun 'sport = :7600' | wc -l)" = 3 ]
}

# Three sockets read one multicast datagram: the packet and two copies of it.
multicast() {
	must ip -n "$CLIENT" route add 224.0.0.0/4 dev eth0
	start readers ip netns exec "$APP" python3 -c "$(readers)" "$GROUP" "$APP_IP"
	must wait_for 10 group_listens
	in_trace 11
	do_it c sendto 1 10 "$GROUP" 7600
	must wait_for 10 process_gone "$started_pid"
	is "$(cat "$CW_OUT/$CW_NAME.readers.log")" $'10\n10\n10' "three members of a group read"
}

# The client asks a reader that is stopped.
ask_stopped() {
	kill -STOP "$ACTOR_A"
	do_it c sendto 1 10 "$APP_IP" 7100
	sleep 0.4 # is what has to be found
	kill -CONT "$ACTOR_A"
}

# The send buffer is full: it has the kernel's least size, two datagrams of 2 KiB in memory.
ask_blocked() {
	must ip netns exec "$CLIENT" tc qdisc add dev eth0 root plug # as long as it is there
	do_it c clear
	do_it c sendto 1 1000 "$APP_IP" 9
	do_it c sendto 1 1000 "$APP_IP" 9
	in_trace "$1"
	tell c sendto 1 10 "$APP_IP" 7100
	sleep 0.4 # is what has to be found
	must ip netns exec "$CLIENT" tc qdisc del dev eth0 root # and what it holds
	hear c
}

ask_plain() {
	do_it c sendto 1 10 "$APP_IP" 7100
}

# exchange N HOW
exchange() {
	in_trace "$1"
	tell a recvfrom 1
	"ask_$2" "$1"
	hear a
	[ "$reply" != "error EINTR" ] || do_it a recvfrom 1
	tell c recvfrom 1
	do_it a reply 1 10
	hear c
}

# exchanges HOW: one in ten, the others plain
exchanges() {
	local i

	for ((i = 64; i < 64 + REQUESTS; i++)); do
		exchange "$i" "$( ((i % 10)) && echo plain || echo "$1")"
	done
}

# steps FROM TO: how often "dtctl top" has it
steps() {
	dtctl -j top --once | python3 -c 'import json, sys
print(sum(row["count"] for row in json.load(sys.stdin)["steps"]
          if [row["from"], row["to"]] == sys.argv[1:]))' "$1" "$2"
}

overlay() {
	local report=$CW_OUT/$CW_NAME.json

	topology_flannel
	actor c "$CLIENT"
	actor a "$APP"
	ACTOR_A=${started[-1]}
	sockets "$APP_IP"
	recorded overlay exchanges stopped
	shows 65 "order(('tcp_out',), ('dev_xmit', 'flannel.1', 'n1'), ('dev_xmit', 'uplink', 'n1'),
		('dev_rx', 'uplink', 'n3'), ('dev_rx', 'flannel.1', 'n3'), ('dev_rx', 'eth0', 'app'),
		('tcp_in',), ('ready',), ('wake',), ('recv',)) and
		[len(at(stage)) for stage in ('ready', 'wake', 'recv')] == [2, 2, 2]" \
		"over VXLAN: a request and its answer have all of their stages"
	dtctl -j report --why --strict "$RECORDING" >"$report" || bail "dtctl report: exit code $?"
	ok "--why: it is the stopped reader's scheduling" "$CW_TREE/tests/e2e/why.py" scheduling app - \
		"$report"
	like "$(dtctl report --why "$RECORDING")" 'reader not scheduled' "... in words"
	like "$(dtctl trace "$RECORDING" "$(trace 65)")" \
		'UDP, socket queue.*wake-up of the reader.*application read' "... in the waterfall"
	between "$(steps ready wake)" "$REQUESTS" 1000 "dtctl top: from ready to wake"
	between "$(steps wake recv)" "$REQUESTS" 1000 "... and on to recv"
	recorded ping in_ns "$CLIENT" dtctl exec -- busybox ping -c 3 -i 0.2 -W 5 "$APP_IP"
	like "$(dtctl report "$RECORDING")" "3 messages, 3 of them seen at both ends.* -> icmp_in .* -> icmp_out .*the kernel's answer.*response.*dev_rx eth0@client .* -> icmp_in " \
		"a ping: both ways, and the kernel that answers"
	is "$(dtctl report "$RECORDING" | grep dropped)" '' "... and nothing is called lost"
	do_it c option 1 sndbuf 1
	recorded blocked exchanges blocked
	dtctl -j report --why --strict "$RECORDING" >"$report" || bail "dtctl report: exit code $?"
	ok "--why: a full send buffer is its sender's" "$CW_TREE/tests/e2e/why.py" sender client - "$report"
	like "$(dtctl report --why "$RECORDING")" 'waits to leave its socket \(send buffer' \
		"... in words that are not TCP's"
	actors_forget
	topology_remove
}

load_module
must modprobe -a sch_netem sch_plug
must dtctl policy add peer any all-netns
topology_plain
actor c "$CLIENT"
actor a "$APP"
ACTOR_A=${started[-1]}
sockets "$APP_IP"
recorded plain plain
check_plain
actors_forget
topology_remove
overlay
done_testing
