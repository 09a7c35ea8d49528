#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# debug: rules kcsan
#
# The rules by which a context passes from a datagram to its reader and on, one by one.  Actors do as
# they are told and say what context they hold, which the trace ids prove right or wrong.
#
#   client eth0 10.9.0.1 ------------- eth0 10.9.0.2 app
#     c: asks, on a socket whose port       a: answers on port 7100, asks b itself
#        the kernel chose                   b: answers on port 7200
#
# Tested: requests and their answers; an answer given after waiting; several questions open;
# two threads on one socket; datagrams without a context; a trace that the reader did not ask for;
# empty datagrams; roots at both sides; senders outside policy; explicit contexts.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

# trace N: its id, as 32 digits; traceparent N
trace() {
	printf '%032x' $((0xabd000 + $1))
}

traceparent() {
	printf '00-%s-00000000000000%02x-01' "$(trace "$1")" "$1"
}

# ask_a N: c asks a in trace N (0: in none), a reads it
ask_a() {
	if [ "$1" -gt 0 ]; then
		do_it c set "$(traceparent "$1")"
	else
		do_it c clear
	fi
	do_it c sendto 1 10 "$APP_IP" 7100
	do_it a recvfrom 1
}

# ask_b: a asks b, in whatever it holds
ask_b() {
	do_it a sendto 2 10 "$APP_IP" 7200
}

answered_b() {
	do_it b reply 1 10
	do_it a recvfrom 2
}

requests() {
	ask_a 1
	holds a "$(trace 1) read" "a request gives its reader the writer's context"
	ask_b
	do_it b recvfrom 1
	holds b "$(trace 1) read" "... who asks on in it"
	do_it a epoll
	holds a none "... until it waits"
	answered_b
	holds a "$(trace 1) read" "the answer gives it back"
	do_it a epoll
	counters_keep
	do_it a reply 1 10
	do_it c recvfrom 1
	is "$(rose rx_foreign)" 0 "an answer that is given after waiting is known as one"
	holds c "$(trace 1) explicit" "... and takes nothing from who set its context by hand"
}

untraced() {
	ask_a 2
	ask_a 0
	holds a none "a request without a context leaves its reader none"
	do_it a set "$(traceparent 3)"
	ask_a 0
	holds a none "... even if that was set by hand: the socket is a server's"
	do_it a clear
	do_it a reply 1 10
	do_it c recvfrom 1
	holds c none "an answer to nobody is nobody's"
	ask_a 2
	do_it a epoll
	do_it c clear
	do_it c sendto 1 10 "$APP_IP" 7100
	do_it a recvfrom 1
	counters_keep
	do_it a reply 1 10
	is "$(rose datagram_kept)" 0 "what answers the later, untraced request is not marked"
	do_it c recvfrom 1
}

several() {
	ask_a 4
	ask_b
	ask_a 5
	ask_b
	do_it b recvfrom 1
	holds b "$(trace 4) read" "two questions on one socket: the first is in its own trace"
	answered_b
	holds a "$(trace 4) read" "... its answer gives back the first"
	do_it b recvfrom 1
	holds b "$(trace 5) read" "... the second in its own"
	answered_b
	holds a "$(trace 5) read" "... its answer gives back the second"
}

# Some kernels have a default buffer that holds fewer than 200 datagrams.
buffers_large() {
	local size

	size=$(sysctl -n net.core.rmem_default) || bail "no net.core.rmem_default"
	at_exit sysctl -qw "net.core.rmem_default=$size"
	must sysctl -qw net.core.rmem_default=1000000
}

# Where the table has but one place for each hash, about five of 200 are displaced.
many() {
	local i

	do_it c set "$(traceparent 4)"
	for ((i = 0; i < 200; i++)); do
		do_it c sendto 1 10 "$APP_IP" 7100
	done
	counters_keep
	for ((i = 0; i < 200; i++)); do
		do_it a recvfrom 1
		do_it a reply 1 10
		do_it c recvfrom 1
	done
	is "$(rose datagram_kept)" 200 "200 questions open at once: each is answered"
	between "$(rose rx_foreign)" 0 1 "... as what was asked, but for one at most"
}

foreign() {
	ask_a 6
	ask_b
	do_it b recvfrom 1
	counters_keep
	do_it b thread 1
	do_it b @1 set "$(traceparent 9)"
	do_it b @1 reply 1 10
	do_it a recvfrom 2
	holds a none "a trace that was not asked for is not entered"
	is "$(rose rx_foreign)" 1 "... and counted"
	do_it b reply 1 10
	do_it a recvfrom 2
	holds a "$(trace 6) read" "... the answer itself still counts"
}

# Other sockets have asked so often since that the module has forgotten what a asked, but not that
# it asked.
displaced() {
	ask_a 6
	ask_b
	do_it b recvfrom 1
	counters_keep
	must in_ns "$CLIENT" dtctl exec -- python3 -c 'import socket, sys
for _ in range(3000):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", (sys.argv[1], 9))' "$APP_IP"
	between "$(rose limit_channels)" 512 10000 "others take all places"
	do_it b @1 set "$(traceparent 9)"
	do_it b @1 reply 1 10
	do_it a recvfrom 2
	holds a none "a trace that was not asked for is not entered then, either"
	is "$(rose rx_foreign)" 1 "... and counted"
}

# Two threads read from one socket.
threads() {
	do_it a thread 2
	ask_a 7
	do_it c set "$(traceparent 8)"
	do_it c sendto 2 10 "$APP_IP" 7100
	do_it a @2 recvfrom 1
	holds a "$(trace 7) read" "of two threads that read from one socket the first has its own"
	holds a @2 "$(trace 8) read" "... and the second its own"
}

empty() {
	do_it c set "$(traceparent 10)"
	do_it c sendto 1 0 "$APP_IP" 7100
	do_it a recvfrom 1
	holds a "$(trace 10) read" "an empty datagram carries a context, too"
}

# No context says which request is answered: a has no receive rule any more.
unmarked() {
	local peer=$1

	must dtctl policy del "$peer"
	peer=$(dtctl policy add peer any direction send netns "$APP") || bail "no rule"
	must dtctl policy add root server port 7100 netns "$APP" >/dev/null
	counters_keep
	do_it c clear
	do_it c sendto 1 10 "$APP_IP" 7100
	do_it a recvfrom 1
	context_of a
	like "$reply" '^[0-9a-f]{32} read$' "a root rule: a trace begins where a request is read"
	is "$(rose root_server)" 1 "... which is counted"
	local own=$reply
	ask_b
	do_it b recvfrom 1
	holds b none "who does not accept contexts gets none"
	is "$(rose rx_refused)" 1 "... which is counted"
	do_it a epoll
	answered_b
	holds a "$own" "an answer that does not say: what was asked last on that socket"
	ask_b
	do_it b recvfrom 1
	must dtctl policy add root server port 7100 netns "$APP" >/dev/null
	do_it c sendto 1 10 "$APP_IP" 7100
	do_it a recvfrom 1
	ask_b
	do_it b recvfrom 1
	answered_b
	holds a none "... where that was several things: none"
}

root_client() {
	must dtctl policy del all
	must dtctl policy add peer any all-netns
	must dtctl policy add root client port 7100 netns "$CLIENT"
	counters_keep
	do_it c clear
	do_it c sendto 1 10 "$APP_IP" 7100
	do_it a recvfrom 1
	context_of a
	like "$reply" '^[0-9a-f]{32} read$' "a root rule: a trace begins where a request is written"
	is "$(rose root_client)" 1 "... which is counted"
	holds c none "... it belongs to the exchange, not to the thread"
	do_it a reply 1 10
	do_it c recvfrom 1
	holds c none "... nor is it with the answer"
	is "$(rose root_client)" 1 "the answer begins no other"
	do_it c sendto 1 10 "$APP_IP" 7200
	do_it b recvfrom 1
	holds b none "another port begins none"
}

load_module
topology_plain
peer=$(dtctl policy add peer any all-netns) || bail "no rule"
peer=${peer%%:*}
buffers_large
actor c "$CLIENT"
actor a "$APP"
actor b "$APP"
do_it c udp 1 "$CLIENT_IP" 0
do_it c udp 2 "$CLIENT_IP" 0
do_it a udp 1 "$APP_IP" 7100
do_it a udp 2 "$APP_IP" 0
do_it b udp 1 "$APP_IP" 7200
requests
untraced
several
many
foreign
displaced
threads
empty
unmarked "$peer"
root_client
must dtctl policy del all
ok "nothing stays in the table" [ "$(counter datagram_kept)" = "$(counter datagram_left)" ]
done_testing
