# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Faults whose place and effect are known, for why.sh.  Sourced after guest.sh and
# rules_actor.bash; actor c asks (why_ping ask), the server is process $SERVER.  Each fault_NAME is put in, hits what it says, and is taken out again.

FAULT_DELAY=5	# ms, of packets
FAULT_STOP=0.01 # s, of a reader; a sleep on the emulated machine takes somewhat longer
FAULT_NAP=60	# ms that a receiver leaves its buffer alone
FAULT_SPIN=15	# ms of CPU
USUAL=100	# bytes of a request, and of its answer
LARGE=700	# of those that a filter tells from others

# usual COUNT: requests without a fault; between some and some, the recorder has its turn
usual() {
	local left

	for ((left = $1; left > 0; left -= 20)); do
		do_it c ask $((left < 20 ? left : 20)) "$USUAL"
	done
}

# fault_delay DEVICE NETNS: all packets that leave by the device are late; two requests
fault_delay() {
	must in_ns "$2" tc qdisc add dev "$1" root netem delay "${FAULT_DELAY}ms"
	do_it c ask 2 "$USUAL"
	must in_ns "$2" tc qdisc del dev "$1" root
}

# fault_delay_some DEVICE NETNS COUNT: of so many requests one in a hundred is late
fault_delay_some() {
	local sent early

	{
		echo "qdisc add dev $1 root handle 1: prio bands 2 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"
		echo "qdisc add dev $1 parent 1:1 pfifo limit 1000"
		echo "qdisc add dev $1 parent 1:2 netem delay ${FAULT_DELAY}ms"
	} | must in_ns "$2" tc -batch -
	must in_ns "$2" tc filter add dev "$1" parent 1: protocol all prio 1 basic \
		match "meta(pkt_len gt $((LARGE - 200)))" classid 1:2
	for ((sent = 0; sent < $3; sent += 100)); do
		early=$((RANDOM % 100))
		usual "$early"
		do_it c ask 1 "$LARGE"
		usual $((99 - early))
	done
	must in_ns "$2" tc qdisc del dev "$1" root
}

# fault_stop: the server is stopped before a request and goes on after it
fault_stop() {
	kill -STOP "$SERVER"
	tell c ask 1 "$USUAL"
	sleep "$FAULT_STOP" # is what shall be found
	kill -CONT "$SERVER"
	hear c
}

# fault_full: a request behind bytes that fill the receiver's buffer
fault_full() {
	do_it c behind 60000 "$FAULT_NAP" "$USUAL"
	do_it c connect
}

# fault_hog: a thread of higher priority has the server's CPU
fault_hog() {
	do_it c hogged "$FAULT_SPIN" "$USUAL"
}
