#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=300
# debug: no, its verdict is about times, which such a kernel stretches
#
# The stages of a packet over VXLAN and IPIP are in their order, with the right flow, device and
# length, and drops and retransmissions are explained.
#
#     client            proxy             app           actors c (connects), a (accepts)
#       | eth0            |                 | eth0
#     n1                n2                n3             vxlan or ipip between nodes
#       | uplink          |                 | uplink
#       +-------- fabric: br0 --------------+
#
# Tested:
#  - the order of the stages from write to read; at each device the packet's ends, first byte and
#    length; outer flows; nothing dropped in clean traffic
#  - the queueing discipline's time lies between dev_queue and dev_dequeue
#  - a sleeping reader, and a stopped one, between ready and wake
#  - a packet dropped by netfilter, by a discipline, or with the discipline that held it (whose
#    links stand where the device stood): reason, function, device, namespace; and how TCP
#    made up for it: retransmission by timeout, or fast
#  - the receiver's window shut: for how long, in tcp_out
#  - a connection whose tunnel ends at another address, and which passes a device with a new name
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

SLOW=300000000 # ns; what is stopped is stopped for longer than that

trace() {
	printf '%032x' $((0xabc000 + $1))
}

# in_trace N: c acts in it from now on
in_trace() {
	do_it c set "00-$(trace "$1")-00000000000000$(printf %02d "$1")-01"
}

# request S N [BYTES]: c writes in trace N, a has been waiting for it
request() {
	in_trace "$2"
	tell a read "$1" "${3:-10}"
	do_it c write "$1" "${3:-10}"
	hear a
}

# connection S: number S at both ends; has had an exchange, so that marks are known to pass
connection() {
	do_it c clear
	do_it c connect "$1" "$APP_IP" 7000
	do_it a accept "$1" 100
	request "$1" 99
	do_it a write "$1" 1
	do_it c read "$1" 1
}

# shows N EXPRESSION DESCRIPTION
shows() {
	ok "$OVERLAY: $3" "$CW_TREE/tests/e2e/stages.py" "$RECORDING" "$(trace "$1")" "$2"
}

clean() {
	connection 1
	request 1 1
	do_it a write 1 20
	do_it c read 1 20
}

# A packet of trace 2, and what c sends of it again, twice do not get through n3.
dropped_by_netfilter() {
	connection 2
	must in_ns n3 nft -f - <<-END
		table ip stages {
			chain forward {
				type filter hook forward priority 0
				tcp dport 7000 ip length > 60 numgen inc mod 1000 < 3 drop
			}
		}
	END
	request 2 2
	must in_ns n3 nft delete table ip stages
}

delayed_in_qdisc() {
	connection 3
	must in_ns n1 tc qdisc add dev uplink root netem delay 20ms
	request 3 3
	must in_ns n1 tc qdisc del dev uplink root
}

dropped_by_qdisc() {
	connection 4
	in_trace 4
	tell a read 4 10
	must in_ns n1 tc qdisc add dev uplink root netem loss 100%
	do_it c write 4 10
	wait_for 10 dropped uplink
	must in_ns n1 tc qdisc del dev uplink root
	hear a
}

# dropped DEVICE: its discipline has dropped something
dropped() {
	in_ns n1 tc -s qdisc show dev "$1" | grep -q 'dropped [1-9]'
}

holding() {
	in_ns n1 tc -s qdisc show dev uplink | grep -Eq 'backlog [^ ]+ ([3-9]|[0-9]{2,})p'
}

# Jitter makes netem keep packets in a tree, whose links stand where skb->dev stood.
dropped_with_qdisc() {
	connection 5
	connection 6
	connection 7
	must in_ns n1 tc qdisc add dev uplink root netem delay 20s 19s limit 100
	for i in 5 6 7; do
		in_trace "$i"
		do_it c write "$i" 10
	done
	wait_for 10 holding
	must in_ns n1 tc qdisc del dev uplink root
	for i in 5 6 7; do
		do_it a read "$i" 10
	done
}

stopped_reader() {
	connection 8
	in_trace 8
	tell a read 8 10
	kill -STOP "$ACTOR_A"
	do_it c write 8 10
	sleep 0.4 # is what is measured
	kill -CONT "$ACTOR_A"
	hear a
	# A read with a time limit ends when its process goes on (signal(7)).
	[ "$reply" != "error EINTR" ] || do_it a read 8 10
}

window_shut() {
	connection 10
	in_trace 10
	do_it c write 10 400000
	in_trace 11
	do_it c write 10 10
	sleep 0.4 # is what is measured
	do_it a read 10 400000
	do_it a read 10 10
}

# The third segment is lost, those behind it tell: one segment a packet.
lost_in_burst() {
	connection 12
	must in_ns "$CLIENT" ethtool -K eth0 tso off gso off
	must in_ns n3 nft -f - <<-END
		table ip stages {
			chain forward {
				type filter hook forward priority 0
				tcp dport 7000 ip length > 1000 numgen inc mod 1000 == 2 drop
			}
		}
	END
	request 12 12 60000
	must in_ns n3 nft delete table ip stages
}

# bytes_wait N: on one of a's connections, for their reader
bytes_wait() {
	in_ns "$APP" ss -Htn "sport = :7000" | awk -v n="$1" '$2 == n { found = 1 } END { exit !found }'
}

# Not every packet's way into the queue is seen: a probe that hits while another one runs is missed.
not_seen_ready() {
	connection 14
	must in_ns n1 tc qdisc add dev uplink root netem delay 300ms
	in_trace 14
	do_it c write 14 10
	echo 0 >/sys/kernel/debug/kprobes/enabled
	must wait_for 10 bytes_wait 10
	echo 1 >/sys/kernel/debug/kprobes/enabled
	do_it a read 14 10
	must in_ns n1 tc qdisc del dev uplink root
}

# The same flow in another tunnel, at once; and at a device of another name.
moved() {
	connection 15
	request 15 15
	echo "addr add 192.168.0.33/24 dev uplink" | ip_in n3
	if [ "$TUNNEL" = tunl0 ]; then
		echo "route replace 10.244.3.0/24 via 192.168.0.33 dev tunl0 onlink" | ip_in n1
	else
		must in_ns n1 bridge fdb replace 02:00:00:00:00:03 dev "$TUNNEL" dst 192.168.0.33
	fi
	request 15 16
	ip_in fabric <<-END
		link set port1 down
		link set port1 name moved1
		link set moved1 up
	END
	sleep 1.2 # a name may be known for a second
	request 15 17
}

drops_of() {
	"$CW_TREE/tests/e2e/stages.py" "$RECORDING" "$(trace "$1")" | grep -c ' drop '
}

# A tunnel's packets from a program on the node itself still belong to its socket.
from_node() {
	do_it n connect 1 "$APP_IP" 7000
	do_it a accept 13 100
	do_it n set "00-$(trace 13)-0000000000000013-01"
	do_it n write 1 10
	do_it a read 13 10
	do_it n write 1 10
	do_it a read 13 10
}

check_clean() {
	shows 1 "order(('send',), ('tcp_out',), ('dev_queue', 'eth0', 'client'),
		('dev_xmit', 'eth0', 'client'), ('dev_arrive', 'pod0', 'n1'), ('dev_rx', 'pod0', 'n1'),
		('dev_queue', '$TUNNEL', 'n1'), ('dev_xmit', '$TUNNEL', 'n1'),
		('dev_queue', 'uplink', 'n1'), ('dev_xmit', 'uplink', 'n1'),
		('dev_arrive', 'uplink', 'n3'), ('dev_rx', 'uplink', 'n3'),
		('dev_arrive', '$TUNNEL', 'n3'), ('dev_rx', '$TUNNEL', 'n3'),
		('dev_queue', 'pod0', 'n3'), ('dev_xmit', 'pod0', 'n3'), ('dev_arrive', 'eth0', 'app'),
		('dev_rx', 'eth0', 'app'), ('tcp_in',), ('ready',), ('wake',), ('recv',))" \
		"the stages of a request come in the order of its way"
	shows 1 "all((outer(e).source, outer(e).destination, outer(e).protocol, e.flow.tunnel) ==
		('192.168.0.1', '192.168.0.3', $1, $2) for e in at('dev_xmit', 'uplink', 'n1'))" \
		"an encapsulated packet's event names the outer flow"
	shows 1 "all(outer(e) is None for e in at('dev_xmit', 'eth0') + at('tcp_out') + at('recv'))" \
		"others have none"
	shows 1 "all(e.flow.protocol == 6 for e in trace)" "each event's flow is TCP"
	shows 1 "sorted(e.length for e in at('send')) == [10, 20] and
		len({(e.message, ends(e), e.seq, e.length) for e in trace
			if e.device or e.stage in ('send', 'tcp_out')}) == 2" \
		"request and response have their ends, first byte and length at each device"
	shows 1 "len(at('ready')) == 2 and len(at('wake')) == 2" \
		"both readers slept and were woken"
	shows 1 "not at('drop') and not at('retransmit')" "nothing was dropped"
	shows 1 "not at('dev_dequeue', 'uplink')" "a device without queue gives nothing out of one"
	shows 1 "all(e.span == 0 for e in at('tcp_out'))" "and no window was shut"
}

check_drops() {
	shows 2 "len(at('drop')) == 3 and all(reason(e)[0] == 'NETFILTER_DROP' and
		'nft_do_chain' in reason(e)[1] and e.netns.name == 'n3' and
		e.device.name == '$TUNNEL' for e in at('drop'))" \
		"netfilter's drops: reason, function, device, namespace"
	shows 2 "any(e.span == 2 for e in at('retransmit')) and at('recv')" \
		"made up for by the retransmission timer"
	shows 2 "order(('tcp_out',), ('drop',), ('retransmit',), ('recv',))" "in this order"
	# Busy machines add to both.
	shows 3 "20e6 <= between(first('dev_queue', 'uplink', 'n1'),
		first('dev_dequeue', 'uplink', 'n1')) < 400e6" "the discipline's delay is its own stage"
	shows 3 "between(first('dev_dequeue', 'uplink', 'n1'), first('dev_xmit', 'uplink', 'n1')) < 20e6" \
		"and nothing of it is the driver's"
	shows 4 "at('drop') and all(reason(e)[0] == 'QDISC_DROP' and e.netns.name == 'n1' and
		e.device.name == 'uplink' for e in at('drop'))" "the discipline's drops"
	for i in 5 6 7; do
		shows "$i" "at('dev_queue', 'uplink') and all(e.device.name == 'uplink' for e in at('drop'))" \
			"what dies with its discipline was there ($i)"
	done
	# Each of the three was there at least once, and is told or counted.
	between $(($(drops_of 5) + $(drops_of 6) + $(drops_of 7) + unplaced)) 3 100 \
		"$OVERLAY: and each is told, or counted where nothing says where it was"
	shows 12 "any(e.span == 1 for e in at('retransmit')) and at('recv')" \
		"a hole in a burst is filled by a fast retransmission"
}

check_waits() {
	shows 13 "at('tcp_out') and at('dev_xmit', 'uplink') and not at('retransmit')" \
		"a program on the node: its packets in the tunnel are none of its segments"
	shows 8 "between(last('ready'), last('wake')) >= $SLOW" \
		"a stopped reader: between ready and wake"
	shows 8 "between(last('wake'), last('recv')) < $SLOW" "and not after it"
	shows 11 "at('tcp_out')[0].span >= $SLOW and
		between(first('send'), first('tcp_out')) >= at('tcp_out')[0].span * 0.9" \
		"a shut window is said by what waited for it"
	shows 10 "at('tcp_out')[0].span == 0" "not by what did not"
	shows 15 "at('dev_arrive', 'port1', 'fabric') and
		{outer(e).destination for e in at('dev_xmit', 'uplink', 'n1')} == {'192.168.0.3'}" \
		"where a connection's tunnel ends"
	shows 16 "{outer(e).destination for e in at('dev_xmit', 'uplink', 'n1')} == {'192.168.0.33'}" \
		"and where it ends from then on"
	shows 17 "at('dev_arrive', 'moved1', 'fabric') and not at('dev_arrive', 'port1')" \
		"a device has the name that it has by now"
	shows 14 "at('tcp_in') and at('recv') and (at('ready') or not at('wake'))" \
		"when bytes' reader woke is not told by the bytes before them"
}

# run OVERLAY DEVICE PROTOCOL KIND
run() {
	local fd recorder unplaced

	OVERLAY=$1 TUNNEL=$2 RECORDING=$CW_OUT/$CW_NAME.$1.cw
	"topology_$1"
	must in_ns "$CLIENT" sysctl -qw net.ipv4.tcp_wmem='4096 4000000 4000000'
	actor a "$APP"
	ACTOR_A=${started[-1]}
	actor c "$CLIENT"
	actor n n1
	do_it a listen 100 "$APP_IP" 7000
	start record-"$1" dtctl record -w "$RECORDING"
	recorder=$started_pid
	wait_for 10 session_open
	clean
	dropped_by_netfilter
	delayed_in_qdisc
	dropped_by_qdisc
	counters_keep
	dropped_with_qdisc
	unplaced=$(rose drop_unplaced)
	stopped_reader
	window_shut
	lost_in_burst
	from_node
	not_seen_ready
	moved
	stop "$recorder" INT
	is $? 0 "$1: recorded without loss"
	check_clean "$3" "$4"
	check_drops
	check_waits
	do_it a close 100
	for fd in "${actor_in[@]}"; do
		exec {fd}>&-
	done
	rm "$actors"/*
	topology_remove
}

# Packets are lost on purpose, on a busy machine for so long that marks seem to be dropped on the way.
load_module backoff_seconds=0
must dtctl policy add peer 10.244.0.0/16 all-netns
run flannel flannel.1 17 1
run calico tunl0 4 4
for event in dev_dequeue dev_arrive ready wake drop; do
	ok "a TRACE_EVENT cw_$event" test -d "/sys/kernel/tracing/events/causeway/cw_$event"
done
done_testing
