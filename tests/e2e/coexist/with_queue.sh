#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=500 append=slab_nomerge
# debug: no, it has not been tried on such a kernel
#
# Traces go on through a firewall in user space (NFQUEUE): the rest of the netfilter hook, and the
# code after it, run in the firewall's thread, later, and without the socket's lock.
#
#   client eth0 10.9.0.1 ------------- eth0 10.9.0.2 app
#     OUTPUT, INPUT: a queue             OUTPUT, INPUT: a queue, and behind it loss
#
# Tested: a queue at OUTPUT, at INPUT and at both ends, of packets as they are, of packets segmented
# before, and with verdicts that come 30 ms late: contexts arrive where they belong and nowhere else,
# each byte of a stream is its context's, and what is told of as sent again is what TCP sent again.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/with.bash"

MTU=1500
declare -A queue_pid=()
number=0

# queue_begin NETNS HOOKS [OPTION...]: packets of our connections wait at HOOKS, of "output input"
queue_begin() {
	local hook

	start "queue-$1" ip netns exec "$1" nf_queue 0 "${@:3}"
	queue_pid[$1]=$started_pid
	must wait_for 10 grep -q ready "$CW_OUT/$CW_NAME.queue-$1.log"
	must in_ns "$1" nft add table inet firewall
	for hook in $2; do
		must in_ns "$1" nft "add chain inet firewall $hook { type filter hook $hook priority 0; }"
		must in_ns "$1" nft add rule inet firewall "$hook" tcp dport '{ 7000, 7001, 20000-29999 }' queue num 0
		must in_ns "$1" nft add rule inet firewall "$hook" tcp sport '{ 7000, 7001, 20000-29999 }' queue num 0
	done
}

# queue_end NETNS: it has let packets pass
queue_end() {
	local packets

	must in_ns "$1" nft delete table inet firewall
	stop "${queue_pid[$1]}" || bail "the queue in $1: $(cat "$CW_OUT/$CW_NAME.queue-$1.log")"
	packets=$(awk '$1 == "packets" { print $2 }' "$CW_OUT/$CW_NAME.queue-$1.log")
	between "${packets:-0}" 50 100000 "(the queue in $1 had $packets packets)"
}

# --- what TCP sends again ---------------------------------------------------------------

loss_begin() {
	must in_ns "$APP" nft add table inet loss
	must in_ns "$APP" nft 'add chain inet loss in { type filter hook prerouting priority -400; }'
	must in_ns "$APP" nft add rule inet loss in tcp dport 7000 meta length '>' 500 numgen inc mod 7 == 0 drop
}

loss_end() {
	must in_ns "$APP" nft delete table inet loss
}

# watched NAME COMMAND...: how often TCP sends something again meanwhile, in $again; what events tell, in $told
watched() {
	local wire file=$CW_OUT/$CW_NAME.wire

	rm -f "$file"
	start wire ip netns exec "$CLIENT" stream_wire eth0 "$file"
	wire=$started_pid
	must wait_for 10 [ -e "$file" ]
	recording_begin "$1"
	again=$(($(stat_of "$CLIENT" TcpRetransSegs) + $(stat_of "$APP" TcpRetransSegs)))
	"${@:2}"
	again=$(($(stat_of "$CLIENT" TcpRetransSegs) + $(stat_of "$APP" TcpRetransSegs) - again))
	recording_end
	stop "$wire" || bail "stream_wire: $(cat "$CW_OUT/$CW_NAME.wire.log")"
	told=$(python3 "$CW_TREE/tests/e2e/with.py" retransmits "$recording" "$file" 2>&1)
}

# Enough for several losses.
lossy() {
	asks 1 "$number" "$1: 300,000 bytes, some of them sent again, in their context" 300000
}

lossy_untraced() {
	asks 1 0 "$1: 300,000 untraced bytes, some of them sent again, in none" 300000
}

# under_loss NAME DESCRIPTION
under_loss() {
	number=$((number + 1))
	connection c 1 "$APP_IP" 7000 a 100
	asks 1 "$number" "$2, loss: a request first"
	loss_begin
	watched "$1-loss" lossy "$2"
	between "$again" 1 300 "$2: TCP sent $again segments again"
	is "${told#* of }" "$again unseen 0" "$2: events tell of as many, each of which was on the wire before ($told)"
	watched "$1-untraced" lossy_untraced "$2"
	between "$again" 1 300 "$2: TCP sent $again untraced segments again"
	is "$told" "0 of 0 unseen 0" "$2: ... of which no event tells"
	loss_end
	close_all 1 c a
}

# --- shapes -----------------------------------------------------------------------------

# The last one goes to a listener whose sockets are made by the segment with the first request.
requests() {
	asks_all "$APP_IP" "$number" "$1"
	do_it c clear
	do_it c connect 1 "$APP_IP" 7001
	do_it c set "$(traceparent $((number + 4)))"
	do_it c write 1 10
	do_it a accept 1 101
	do_it a read 1 10
	holds a "$(trace $((number + 4))) read" "$1: the request that completes a handshake in its context"
	answer a c 1
	close_all 1 c a
	number=$((number + 4))
}

# passes NAME DESCRIPTION
passes() {
	local segments

	watched "$1" requests "$2"
	segments=$(awk '{ print $3 }' <<<"$told")
	# A busy machine may let TCP send a segment again though none was lost.
	between "${segments:-none}" 0 "$again" "$2: nothing is told of as sent again that was not (TCP: $again; $told)"
	like "$told" ' unseen 0$' "$2: ... or was not on the wire before"
	stream_right "$2, a stream" "$MTU" "$CLIENT" "$APP" "$APP_IP" 60 20000
	under_loss "$1" "$2"
}

# The kernel makes checksums of what it shows segmented: the header may not be changed any more.
goes_bare() {
	connection c 1 "$APP_IP" 7000 a 100
	counters_keep
	do_it c set "$(traceparent 90)"
	do_it c writeall 1 10
	do_it a read 1 10
	holds a none "$1: a request arrives, without its context"
	answer a c 1
	is "$(rose tx_bare_checksum)" 1 "$1: ... counted"
	close_all 1 c a
	stream "$CLIENT" "$APP" "$APP_IP" 60 20000
	is "status=$(word status) wrong=$(word wrong_bytes) misjoined=$(word misjoined)" \
		"status=0 wrong=0 misjoined=0" "$1, a stream: all bytes arrive, none in a wrong context" ||
		diag "$verdict"
	between "$(word largest)" 100 "$MTU" "$1, a stream: ... in segments of at most $MTU bytes"
}

both() {
	queue_begin "$CLIENT" "output input" gso late 10
	queue_begin "$APP" "output input" gso late 10
	passes both "a queue at both ends"
	queue_end "$CLIENT"
	queue_end "$APP"
}

at_output() {
	queue_begin "$CLIENT" output gso
	passes output "a queue at OUTPUT"
	queue_end "$CLIENT"
	queue_begin "$CLIENT" output gso late 30
	passes output-late "a queue at OUTPUT, 30 ms late"
	queue_end "$CLIENT"
	queue_begin "$CLIENT" output
	goes_bare "a queue at OUTPUT, segmented"
	queue_end "$CLIENT"
}

at_input() {
	queue_begin "$APP" input gso late 30
	passes input-late "a queue at INPUT, 30 ms late"
	queue_end "$APP"
	queue_begin "$APP" input
	passes input "a queue at INPUT, segmented"
	queue_end "$APP"
}

load_module
topology_plain "$MTU"
must modprobe -a nfnetlink_queue nft_queue nft_numgen
must dtctl policy add peer 10.9.0.0/24 all-netns
actor c "$CLIENT"
actor a "$APP"
do_it a listen 100 "$APP_IP" 7000
do_it a listen 101 "$APP_IP" 7001 defer
passes none "no queue"
for part in at_output at_input both; do
	SECONDS=0
	$part
	diag "$part: $SECONDS s"
done
nothing_left
unloads
done_testing
