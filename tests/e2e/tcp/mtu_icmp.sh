#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=120
# debug: no, its verdict is about times, which such a kernel stretches
#
# TCP believes a message "fragmentation needed" (RFC 1191) that comes right after the option's room
# was given back.
#
#   client wan 10.8.1.1 ---- left middle right (MTU 1280) ---- wan 10.8.2.2 app
#     actor c                                                       actor a
#
# Tested: TCP takes the new path MTU, and sends again at once.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/with.bash"

# The path's bottleneck is behind the router, which tells so three seconds after the segment left.
router() {
	netns middle
	veth client wan middle left 1500
	veth app wan middle right 1500
	echo "addr add 10.8.1.1/24 dev wan" | ip_in client
	echo "route add 10.8.2.0/24 via 10.8.1.254" | ip_in client
	echo "addr add 10.8.2.2/24 dev wan" | ip_in app
	echo "route add 10.8.1.0/24 via 10.8.2.254" | ip_in app
	ip_in middle <<-END
		addr add 10.8.1.254/24 dev left
		addr add 10.8.2.254/24 dev right
		link set right mtu 1280
	END
	must in_ns middle sysctl -qw net.ipv4.ip_forward=1
	must modprobe sch_netem
	must tc -n client qdisc add dev wan root netem delay 3s
}

# timers: how often one of them had something sent again
timers() {
	in_ns client nstat -asz TcpExtTCPTimeouts TcpExtTCPLossProbes |
		awk '/TcpExt/ { sum += $2 } END { print sum }'
}

unreachable() {
	in_ns client nstat -asz IcmpInDestUnreachs | awk '/Icmp/ { print $2 }'
}

fragmentation_needed() {
	local before

	must dtctl policy add peer 10.8.0.0/16 all-netns
	do_it a listen 101 10.8.2.2 7001
	do_it c connect 1 10.8.2.2 7001
	do_it a accept 1 101
	do_it c set "$(traceparent 2)"
	before=$(timers)
	do_it c write 1 1400
	ok "a segment is under way, with room for the option" \
		grep -q '10.8.2.2.*reserved' <(dtctl socket list)
	must dtctl policy del all
	is "$(unreachable)" 0 "the room is given back before the message comes"
	do_it a read 1 1400
	is "$(unreachable)" 1 "it came"
	is "$(timers)" "$before" \
		"fragmentation needed, after the room was given back: sent again at once, no timer ran"
}

load_module
netns client app
router
actor c client
actor a app
fragmentation_needed
nothing_left
unloads
done_testing
