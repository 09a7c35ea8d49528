#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=240
# debug: no, it has not been tried on such a kernel
#
# Traced packets take as much memory from their receivers and senders as untraced ones.  Each number
# is taken twice, without any rule and with every packet traced, and both have to be equal.  Tested
# on loopback, on a veth pair, and between pods of two nodes over VXLAN, with IPv4 and IPv6:
#  - how many datagrams of several sizes fit a socket that is not read
#  - how much memory writes on a connection take while its other end does not read
#  - where the device lets nothing through, how many datagrams fit the sender's buffer, and how much
#    memory writes take there
# A packet was traced if it was counted as kept, or as sent with a trailer or a mark.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

DATAGRAMS=400
WRITES=10 # as many as leave at once, so that each is a segment of its own
END=$CW_TREE/tests/e2e/tcp/memory.py
traced=''
declare -A bare=()

# said NAME COMMAND...: what the command's answer is
said() {
	do_it "$@"
	said=$reply
}

# twice COMMAND...: runs a measurement without any rule, and with every packet traced
twice() {
	traced='' bare=()
	"$@"
	must dtctl policy add peer any all-netns
	must dtctl policy add root client port 7100 all-netns
	traced=yes
	"$@"
	must dtctl policy del all
}

# datagrams SIZE ADDRESS: sets $said to how many fit the receiving socket
datagrams() {
	do_it to bind "$2"
	do_it from send "$DATAGRAMS" "$1" "$2"
	said to fits "$DATAGRAMS"
}

# connected ADDRESS
connected() {
	do_it to listen "$1"
	do_it from connect "$1"
	do_it to accept
}

# writes SIZE ADDRESS: sets $said to the memory that they take at the receiver
writes() {
	connected "$2"
	do_it from write "$WRITES" "$1"
	said to received $((WRITES * $1))
	do_it from close
	do_it to close
}

# full SIZE ADDRESS: sets $said to how many datagrams fit the sender's buffer
full() {
	said from fill "$1" "$2"
}

# queued SIZE ADDRESS: sets $said to the memory that writes take at the sender
queued() {
	connected "$2"
	plug
	do_it from write "$WRITES" "$1"
	said from queued
	do_it from close
	unplug
	do_it to close
}

# equal COUNTER COUNT NAME COMMAND...: $said is equal without any rule and with every packet traced,
# of which COUNTER shows that it was
equal() {
	[ -z "$traced" ] || counters_keep
	"${@:4}"
	if [ -z "$traced" ]; then
		bare[$3]=$said
		return
	fi
	is "$said" "${bare[$3]}" "$3: as without us (${bare[$3]})"
	between "$(rose "$1")" "${2:-$said}" "${2:-$said}" "... each was traced"
}

# received NAME ADDRESS [TRAILERS]
received() {
	local size counted

	for size in 10 500 1400; do
		counted=datagram_kept
		[ -z "${3:-}" ] || [ "$size" -gt 1000 ] || counted=tx_trailer
		equal "$counted" "$DATAGRAMS" "$1, datagrams of $size bytes that fit" \
			datagrams "$size" "$2"
	done
	for size in 10 1300; do
		equal tx_long 1 "$1, memory of $WRITES writes of $size bytes" writes "$size" "$2"
	done
}

# Where no packet comes back, a neighbour would not stay known for long, and packets that wait for
# an unknown one are freed.
know_neighbour() {
	local mac address

	mac=$(in_ns app cat /sys/class/net/eth0/address)
	for address in "$APP_IP" "$APP_IP6"; do
		echo "neigh replace $address lladdr $mac dev eth0 nud permanent"
	done | ip_in client
}

# The device lets no packet through, and so none is freed.
plug() {
	must in_ns client tc qdisc add dev eth0 root plug limit 100000000
}

unplug() {
	must in_ns client tc qdisc del dev eth0 root
}

# sent NAME ADDRESS
sent() {
	local size

	plug
	for size in 10 500 1400; do
		equal datagram_kept '' "$1, datagrams of $size bytes that fit the sender's buffer" \
			full "$size" "$2"
	done
	unplug
	for size in 10 1300; do
		equal tx_long 1 "$1, memory of $WRITES writes of $size bytes at the sender" \
			queued "$size" "$2"
	done
}

# ends FROM TO
ends() {
	actor from "$1" python3 "$END"
	actor to "$2" python3 "$END"
}

ends_leave() {
	actors_forget
	topology_remove
}

# The overlay carries IPv6, too: the nodes route it into the VXLAN device.
overlay_ipv6() {
	local i j

	for i in 1 3; do
		j=$((4 - i))
		must in_ns "n$i" sysctl -qw net.ipv6.conf.all.forwarding=1
		ip_in "n$i" <<-END
			addr add fd00:244:$i::1/64 dev cni0 nodad
			addr add fd00:245::$i/64 dev flannel.1 nodad
			route add fd00:244:$j::/64 via fd00:245::$j dev flannel.1
			neigh add fd00:245::$j lladdr 02:00:00:00:00:0$j dev flannel.1 nud permanent
		END
		ip_in "${pods[i - 1]}" <<-END
			addr add fd00:244:$i::10/64 dev eth0 nodad
			route add default via fd00:244:$i::1
		END
	done
}

loopback() {
	received "loopback, IPv4" 127.0.0.1
	received "loopback, IPv6" ::1
}

pair() {
	received "veth, IPv4" "$APP_IP"
	received "veth, IPv6" "$APP_IP6"
	sent "veth, IPv4" "$APP_IP"
	sent "veth, IPv6" "$APP_IP6"
}

overlay() {
	received "VXLAN, IPv4" "$APP_IP" trailers
	received "VXLAN, IPv6" fd00:244:3::10 trailers
}

ping_works() {
	in_ns client busybox ping -c 1 -W 1 "$APP_IP"
}

load_module
topology_plain
ends client client
twice loopback
ends_leave

topology_plain
must modprobe sch_plug
know_neighbour
ends client app
twice pair
ends_leave

topology_flannel
overlay_ipv6
must wait_for 10 ping_works
ends client app
twice overlay
ends_leave
done_testing
