#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: smp=2 timeout=300 append=slub_debug=FZP,cw_run
# debug: no, a BPF program spins with interrupts off, which such a kernel reports
#
# After a late verdict of a firewall in user space (NFQUEUE), the hook LOCAL_OUT runs in the
# firewall's thread, without the socket's lock: a socket's runs may be freed at any moment of it.
#
#   client eth0 10.9.0.1 ------------- eth0 10.9.0.2 app
#     OUTPUT: a queue                    OUTPUT: a queue
#
# The firewall's thread is made to stand still in the midst of writing the option (slow.bpf.c), on
# one CPU.  On the other one, the socket is disconnected and connected anew; or a run is acknowledged
# of which a second copy is under way, and the next write lets it go.  Runs that are free are
# poisoned: none is written to.  Each request is still in its context.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/with.bash"
. "$CW_TREE/tests/e2e/slow.bash"
ROUNDS=4 LONG_FORM=28
found_before=0

# queue_begin NETNS [OPTION...]
queue_begin() {
	start "queue-$1" ip netns exec "$1" taskset -c 1 nf_queue 0 gso "${@:2}"
	queue=$started_pid
	must wait_for 10 grep -q ready "$CW_OUT/$CW_NAME.queue-$1.log"
	must in_ns "$1" nft add table inet firewall
	must in_ns "$1" nft 'add chain inet firewall output { type filter hook output priority 0; }'
	must in_ns "$1" nft add rule inet firewall output tcp dport 7000 queue num 0
	must in_ns "$1" nft add rule inet firewall output tcp sport 7000 queue num 0
}

queue_end() {
	must in_ns "$1" nft delete table inet firewall
	stop "$queue" || bail "the queue in $1: $(cat "$CW_OUT/$CW_NAME.queue-$1.log")"
}

marks_clean() {
	local found

	echo 1 >/sys/kernel/slab/cw_run/validate
	found=$(dmesg | grep -c 'BUG cw_run')
	is "$found" "$found_before" "$1: no mark was used after it was freed"
	found_before=$found
}

# Connects the socket elsewhere, where no server answers, so that no run takes the place of the freed one.
begin_anew() {
	do_it c option 1 apart
	ask c peer 1 "$APP_IP" 7999
	[ "$reply" = "error ECONNREFUSED" ] || bail "connected anew: $reply"
}

# The request is with the firewall when its socket begins anew.
disconnected() {
	local round

	queue_begin "$CLIENT"
	for ((round = 1; round <= ROUNDS; round++)); do
		connection c 1 "$APP_IP" 7000 a 100
		stand_still "$LONG_FORM"
		do_it c set "$(traceparent "$round")"
		do_it c write 1 10
		while_it_stands "round $round: a socket is disconnected and connected anew" begin_anew
		close_all 1 c a
	done
	queue_end "$CLIENT"
	marks_clean "disconnected"
}

# acknowledge N: it comes with the next request; the second of two writes lets the mark of the last run go
acknowledge() {
	request c a 1 "$1"
	do_it a write 1 20
	do_it a write 1 20
}

# Nothing that waits for the other CPU may be done while that stands still, so the loss stays as it is.
acknowledgements_lost() {
	must in_ns "$APP" nft add table inet loss
	must in_ns "$APP" nft 'add chain inet loss in { type filter hook prerouting priority -400; }'
	must in_ns "$APP" nft add rule inet loss in tcp dport 7000 meta length '<=' 60 drop
}

# An answer arrives, but not its acknowledgement, so there is a second copy of it.
acknowledged() {
	local round

	# Time enough to say that it is to stand still.
	must ip -n "$APP" route replace 10.9.0.0/24 dev eth0 src "$APP_IP" rto_min 1s
	connection c 1 "$APP_IP" 7000 a 100
	for round in 1 2 3; do
		asks 1 "$round" "acknowledged: request $round, before any of that"
	done
	queue_begin "$APP"
	acknowledgements_lost
	for ((round = 1; round <= ROUNDS; round++)); do
		request c a 1 $((10 + round))
		do_it a write 1 20
		do_it c read 1 20
		stand_still "$LONG_FORM"
		while_it_stands "round $round: a second copy of an answer is acknowledged" acknowledge $((20 + round))
		do_it c read 1 40
	done
	must in_ns "$APP" nft delete table inet loss
	queue_end "$APP"
	for round in 1 2 3; do
		asks 1 $((30 + round)) "acknowledged: request $round, after all of that"
	done
	close_all 1 c a
	marks_clean "acknowledged"
}

load_module
topology_plain
must modprobe -a nfnetlink_queue nft_queue
must dtctl policy add peer 10.9.0.0/24 all-netns
actor c "$CLIENT"
actor a "$APP"
do_it a listen 100 "$APP_IP" 7000
slow_begin firewall skb_push
disconnected
acknowledged
slow_end
nothing_left
unloads
done_testing
