#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=420
# debug: no, it has not been tried on such a kernel
#
# The overlay trailer passes every kind of tunnel that can have it: each datagram arrives, with its
# context, and every checksum is right.  The devices' offloads are off at the uplinks and on
# elsewhere, so that checksums which the pods leave to devices are computed on the way and checked
# (make check-full: on everywhere, and off everywhere, as well).
#
#   client eth0 --- pod0 n1 uplink ------- uplink n3 pod0 --- eth0 app
#                        `-- tunnel ========= tunnel --'
#
# Routed: VXLAN with and without checksums, over IPv4 and IPv6; IPIP, IP6IP6, 4in6, 6in4.
# Bridged: VXLAN as a port of a bridge, whose frames no device trims on the way.  Also where
# policy does not concern the receiving side, as if it had no module.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/udp.bash"

MTU=1400
LARGEST_MARKED=$((MTU - 40 - 8 - 40))

# node I J COMMANDS: node I of the two, whose tunnel to J the commands make
node() {
	ip_in "n$1" <<-END
		addr add 192.168.0.$1/24 dev uplink
		addr add fd00:168::$1/64 dev uplink nodad
		link set uplink up
		link set pod0 up
		$3
		link set tunnel mtu $MTU up
	END
	must in_ns "n$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

# two_nodes LINK...: the words that make the tunnel, with LOCAL, REMOTE (IPv4) or LOCAL6, REMOTE6
two_nodes() {
	local i j commands

	CLIENT=client APP=app NODES='n1 n3'
	CLIENT_IP=10.244.1.10 APP_IP=10.244.3.10 APP_IP6=fd00:244:3::10
	netns client app n1 n3
	veth n1 uplink n3 uplink 1500
	veth client eth0 n1 pod0 "$MTU"
	veth app eth0 n3 pod0 "$MTU"
	for i in 1 3; do
		j=$((4 - i))
		commands="link add tunnel $*"
		commands=${commands//LOCAL6/fd00:168::$i}
		commands=${commands//REMOTE6/fd00:168::$j}
		commands=${commands//LOCAL/192.168.0.$i}
		node "$i" "$j" "${commands//REMOTE/192.168.0.$j}"
	done
}

# Each pod in a subnet of its own, routed by its node.
routed() {
	local i j pod

	two_nodes "$@"
	for i in 1 3; do
		j=$((4 - i))
		ip_in "n$i" <<-END
			addr add 10.244.$i.1/24 dev pod0
			addr add fd00:244:$i::1/64 dev pod0 nodad
			addr add 10.245.0.$i/24 dev tunnel
			addr add fd00:245::$i/64 dev tunnel nodad
			route add 10.244.$j.0/24 via 10.245.0.$j dev tunnel
			route add fd00:244:$j::/64 via fd00:245::$j dev tunnel
		END
		pod=$CLIENT
		[ "$i" = 1 ] || pod=$APP
		ip_in "$pod" <<-END
			addr add 10.244.$i.10/24 dev eth0
			addr add fd00:244:$i::10/64 dev eth0 nodad
			route add default via 10.244.$i.1
			route add default via fd00:244:$i::1
		END
	done
}

# Both pods in one subnet: bridges, with the tunnel as a port.
bridged() {
	local i

	two_nodes "$@"
	for i in 1 3; do
		ip_in "n$i" <<-END
			link add br0 mtu $MTU type bridge
			link set br0 up
			link set pod0 master br0
			link set tunnel master br0
		END
	done
	ip_in "$CLIENT" <<<"addr add $CLIENT_IP/16 dev eth0"
	ip_in "$APP" <<<"addr add $APP_IP/16 dev eth0"
}

# offloads on|off|mixed
offloads() {
	local ns dev state

	for ns in "$CLIENT" "$APP" $NODES; do
		for dev in $(in_ns "$ns" ls /sys/class/net); do
			state=$1
			[ "$1" != mixed ] || state=on
			[ "$1 $dev" != 'mixed uplink' ] || state=off
			[ "$dev" = lo ] || in_ns "$ns" ethtool -K "$dev" tx "$state" rx "$state" \
				gro "$state" >>"$CW_OUT/$CW_NAME.ethtool.log" 2>&1
		done
	done
}

# marked NAME ADDRESS
marked() {
	counters_keep
	exchange from to 4 100 "$2"
	all_right "$1" 4
	exchange from to 4 "$LARGEST_MARKED" "$2"
	all_right "$1, with just the room" 4
	is "$(rose tx_trailer)" 12 "$1: each left with a trailer"
	is "$(rose rx_trailer)" 12 "$1: and came with it"
	nothing_wrong "$1"
}

# unaware NAME ADDRESS: the receiving side does not look at trailers
unaware() {
	must dtctl policy del all
	must dtctl policy add peer any netns "$CLIENT"
	must dtctl policy add peer any netns n1
	counters_keep
	exchange from to 4 "$LARGEST_MARKED" "$2"
	all_bare "$1, unaware" 4
	is "$(rose tx_trailer)" 3 "$1, unaware: each left with a trailer"
	nothing_wrong "$1, unaware"
	must dtctl policy del all
	must dtctl policy add peer any all-netns
}

# kind NAME FAMILIES SHAPE LINK...
kind() {
	local name=$1 families=$2 state address

	"${@:3}"
	for state in ${CW_FULL:+on off} mixed; do
		offloads "$state"
		for address in $families; do
			marked "$name, offloads $state, ${address#APP_}" "${!address}"
			unaware "$name, offloads $state, ${address#APP_}" "${!address}"
		done
	done
	topology_remove
}

must modprobe ipip
must modprobe ip6_tunnel
must modprobe sit
load_module
must dtctl policy add peer any all-netns
vxlan='type vxlan id 1 dev uplink dstport 8472'
kind vxlan 'APP_IP APP_IP6' routed "$vxlan local LOCAL remote REMOTE udpcsum"
kind vxlan-nosum 'APP_IP APP_IP6' routed "$vxlan local LOCAL remote REMOTE noudpcsum"
kind vxlan-over-6 APP_IP routed "$vxlan local LOCAL6 remote REMOTE6"
kind vxlan-bridged APP_IP bridged "$vxlan local LOCAL remote REMOTE udpcsum"
kind ipip APP_IP routed 'type ipip local LOCAL remote REMOTE'
kind sit APP_IP6 routed 'type sit local LOCAL remote REMOTE'
kind ip6tnl 'APP_IP APP_IP6' routed 'type ip6tnl mode any local LOCAL6 remote REMOTE6 encaplimit none'
must dtctl policy del all
done_testing
