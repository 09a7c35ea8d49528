#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=500 append=slab_nomerge
# debug: no, it has not been tried on such a kernel
#
# Traces go on through VRFs, one at each end: a VRF's device is an output device in front of the
# real one, and so a packet passes LOCAL_OUT twice (IPv4 with a queueing discipline on the VRF's
# device, IPv6 always).
#
#   client eth0 10.9.0.1 fd00:9::1 --- eth0 10.9.0.2 fd00:9::2 app
#      in vrf0                            in vrf0
#
# Tested: IPv4 and IPv6, with and without a queueing discipline, time stamps and early
# demultiplexing; sockets of the VRF, of the device in it, and a listener for all VRFs; connections
# from before the first rule; datagrams.  Contexts are right, each segment has one option at most.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/with.bash"

number=0

vrf() {
	ip_in "$1" <<-END
		link add vrf0 type vrf table 10
		link set vrf0 up
		link set eth0 master vrf0
	END
	# An address of IPv6 goes as its device comes into the VRF.
	in_ns "$1" ip -6 addr replace "$2/64" dev eth0 nodad
	must in_ns "$1" sysctl -qw net.ipv4.tcp_l3mdev_accept=1
}

# both SETTING=VALUE: at both ends
both() {
	must in_ns "$CLIENT" sysctl -qw "$1"
	must in_ns "$APP" sysctl -qw "$1"
}

datagram() {
	do_it c set "$(traceparent "$1")"
	do_it c sendto 2 10 "$3" 7100
	do_it a recvfrom 2
	holds a "$(trace "$1") read" "$2: a datagram in its context"
	do_it a reply 2 10
	do_it c recvfrom 2
	holds c "$(trace "$1") explicit" "$2: ... and its answer"
	do_it c clear
	do_it c sendto 2 10 "$3" 7100
	do_it a recvfrom 2
	holds a none "$2: an untraced datagram in none"
	do_it a reply 2 10
	do_it c recvfrom 2
}

# passes DESCRIPTION ADDRESS: number 100, 2: sockets there
passes() {
	options_begin eth0
	asks_all "$2" "$number" "$1"
	options_end "$1"
	datagram $((number + 4)) "$1" "$2"
	number=$((number + 4))
}

# late DESCRIPTION ADDRESS PORT LISTENER [KIND]: a connection from before the first rule
late() {
	number=$((number + 1))
	must dtctl policy del all
	connection c 1 "$2" "$3" a "$4" ${5:+"$5"}
	must dtctl policy add peer any all-netns
	# A connection that was open is known from the first request on that comes in a context.
	asks 1 "$number" "$1: a connection from before the first rule"
	asks 1 0 "$1: ... untraced"
	close_all 1 c a
}

sockets_open() {
	do_it a listen 100 "$1" 7000
	do_it a listen 101 "$1" 7001 device
	do_it b listen 102 "$2" 7002
	do_it a udp 2 "$1" 7100
	do_it c udp 2 "$3" 0
}

sockets_close() {
	do_it a close 100
	do_it a close 101
	do_it b close 102
	close_all 2 c a
}

# with_listeners FAMILY ADDRESS: the device's own, and one for all VRFs
with_listeners() {
	connection c 1 "$2" 7001 a 101
	asks 1 $((number + 1)) "$1, a socket of the device: a request in its context"
	close_all 1 c a
	do_it c clear
	do_it c connect 1 "$2" 7002
	do_it b accept 1 102
	do_it c set "$(traceparent $((number + 2)))"
	do_it c write 1 10
	do_it b read 1 10
	holds b "$(trace $((number + 2))) read" "$1, a listener for all VRFs: a request in its context"
	do_it b write 1 20
	do_it c read 1 20
	close_all 1 c b
	number=$((number + 2))
}

# family FAMILY ADDRESS ANY OWN
family() {
	local discipline stamps

	sockets_open "$2" "$3" "$4"
	for discipline in none pfifo; do
		if [ "$discipline" != none ]; then
			must tc -n "$CLIENT" qdisc add dev vrf0 root "$discipline"
			must tc -n "$APP" qdisc add dev vrf0 root "$discipline"
		fi
		for stamps in 1 0; do
			both net.ipv4.tcp_timestamps=$stamps
			passes "VRF, $1, qdisc $discipline, time stamps $stamps" "$2"
		done
	done
	both net.ipv4.tcp_timestamps=1
	both net.ipv4.ip_early_demux=0
	passes "VRF, $1, qdisc pfifo, no early demultiplexing" "$2"
	with_listeners "VRF, $1, no early demultiplexing" "$2"
	late "VRF, $1, no early demultiplexing" "$2" 7000 100
	late "VRF, $1, no early demultiplexing, a socket of the device" "$2" 7001 101
	both net.ipv4.ip_early_demux=1
	late "VRF, $1" "$2" 7000 100
	late "VRF, $1, a socket of the device" "$2" 7001 101
	tc -n "$CLIENT" qdisc del dev vrf0 root
	tc -n "$APP" qdisc del dev vrf0 root
	sockets_close
}

load_module
topology_plain
must modprobe vrf
vrf "$CLIENT" "$CLIENT_IP6"
vrf "$APP" "$APP_IP6"
must dtctl policy add peer any all-netns
actor c "$CLIENT" ip vrf exec vrf0 "$(command -v rules_actor)"
actor a "$APP" ip vrf exec vrf0 "$(command -v rules_actor)"
actor b "$APP"
family IPv4 "$APP_IP" 0.0.0.0 "$CLIENT_IP"
family IPv6 "$APP_IP6" :: "$CLIENT_IP6"
nothing_left
unloads
done_testing
