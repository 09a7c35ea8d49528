#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=400 append=slab_nomerge
# debug: others
#
# Traces go on through devices that encrypt, tunnel or spread packets (WireGuard, ip6tnl, ip6gre,
# bond), and when a device is moved or renamed.
#
#   client --- n1 flannel.1 === wg0 === uplink ... uplink === wg0 === flannel.1 n3 --- app
#   client --- n1 wg0 === uplink ... uplink === wg0 n3 --- app
#   client t6, g6 === eth0 --- eth0 === t6, g6 app
#   client vx0 === bond0 == two wires == bond0 === vx0 app
#   client eth0 ------------- eth0 app     <- moved to another namespace and back
#
# Tested: VXLAN inside WireGuard; WireGuard alone, where a datagram has to go without; ip6tnl and
# ip6gre; VXLAN over a bond that sends packets in turn over two wires; a device moved, and
# renamed, under traffic: all bytes arrive, contexts are right, packets keep within the MTU,
# names are those of the moment.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/with.bash"
. "$CW_TREE/tests/e2e/udp.bash"

WG_MTU=1420 WG_INNER_MTU=1370

actors() {
	actor c "$CLIENT"
	actor a "$APP"
	do_it a listen 100 "$APP_IP" 7000
}

# exchanged HOW N: a request and its answer, then an untraced one
exchanged() {
	connection c 1 "$APP_IP" 7000 a 100
	request c a 1 "$2"
	holds a "$(trace "$2") read" "$1: a request gives its context"
	answer a c 1
	request c a 1 0
	holds a none "$1: an untraced one gives none"
	answer a c 1
	close_all 1 c a
}

datagrams_marked() {
	counters_keep
	exchange from to 8 100
	all_right "$1, datagrams" 8
	between "$(rose tx_trailer)" 8 20 "$1: by trailers"
	is "$(rose rx_trailer)" "$(rose tx_trailer)" "$1: ... which all arrive"
	nothing_wrong "$1"
}

# --- WireGuard --------------------------------------------------------------------------

# wireguard I J: node I's end, whose peer is J
wireguard() {
	ip_in "n$1" <<-END
		link add wg0 mtu $WG_MTU type wireguard
		addr add 192.168.100.$1/24 dev wg0
	END
	must in_ns "n$1" wg set wg0 listen-port 51820 private-key "$keys/$1" peer "$(wg pubkey <"$keys/$2")" \
		endpoint "192.168.0.$2:51820" allowed-ips "192.168.100.$2/32,10.244.$2.0/24"
	echo "link set wg0 up" | ip_in "n$1"
}

# vxlan_inside I J: node I's VXLAN device anew, over WireGuard
vxlan_inside() {
	ip_in "n$1" <<-END
		link del flannel.1
		link set cni0 mtu $WG_INNER_MTU
		link add flannel.1 address 02:00:00:00:00:0$1 mtu $WG_INNER_MTU type vxlan id 1 dev wg0 local 192.168.100.$1 dstport 8472 nolearning
		addr add 10.244.$1.0/32 dev flannel.1
		link set flannel.1 up
		route add 10.244.$2.0/24 via 10.244.$2.0 dev flannel.1 onlink
		neigh add 10.244.$2.0 lladdr 02:00:00:00:00:0$2 dev flannel.1 nud permanent
	END
	must in_ns "n$1" bridge fdb append "02:00:00:00:00:0$2" dev flannel.1 dst "192.168.100.$2"
}

inside_wireguard() {
	local i

	must modprobe wireguard
	keys=$(mktemp -d)
	at_exit rm -rf "$keys"
	OVERLAY_MTU=$WG_INNER_MTU topology_flannel
	for i in 1 3; do
		wg genkey >"$keys/$i" || bail "wg genkey"
	done
	wireguard 1 3
	wireguard 3 1
	vxlan_inside 1 3
	vxlan_inside 3 1
	must dtctl policy add peer 10.0.0.0/8 all-netns
	actors
	recording_begin wireguard
	counters_keep
	exchanged "VXLAN in WireGuard" 1
	recording_end
	hops 1 "VXLAN in WireGuard: the message, and its answer" "1 client > app tcp answered parent set"
	stream_right "VXLAN in WireGuard, a stream" "$WG_INNER_MTU" "$CLIENT" "$APP" "$APP_IP" 60 5000
	datagrams_marked "VXLAN in WireGuard"
}

# The pods' networks are routed through WireGuard itself, as some overlays do.
wireguard_alone() {
	for i in 1 3; do
		ip_in "n$i" <<-END
			link del flannel.1
			route add 10.244.$((4 - i)).0/24 dev wg0
		END
	done
	counters_keep
	exchanged "WireGuard alone" 2
	stream_right "WireGuard alone, a stream" "$WG_INNER_MTU" "$CLIENT" "$APP" "$APP_IP" 60 5000
	counters_keep
	exchange from to 8 100
	all_bare "WireGuard alone" 8
	is "$(rose tx_trailer_tunnel)" 6 "WireGuard alone: datagrams go without, counted"
	nothing_wrong "WireGuard alone"
	end_of_part
}

# --- tunnels of IPv6, which put a header of options in front ------------------------------

# ipv6_tunnels NETNS I LOCAL REMOTE
ipv6_tunnels() {
	ip_in "$1" <<-END
		link add t6 type ip6tnl mode any local $3 remote $4 dev eth0
		addr add 10.9.6.$2/24 dev t6
		addr add fd00:96::$2/64 dev t6 nodad
		link set t6 up
		link add g6 type ip6gre local $3 remote $4 dev eth0
		addr add 10.9.8.$2/24 dev g6
		link set g6 up
	END
}

in_ipv6() {
	local number=50

	must modprobe -a ip6_tunnel ip6_gre
	topology_plain
	ipv6_tunnels client 1 "$CLIENT_IP6" "$APP_IP6"
	ipv6_tunnels app 2 "$APP_IP6" "$CLIENT_IP6"
	must dtctl policy add peer any all-netns
	actor c "$CLIENT"
	actor a "$APP"
	counters_keep
	for APP_IP in 10.9.6.2 fd00:96::2 10.9.8.2; do
		do_it a listen 100 "$APP_IP" 7000
		exchanged "in a tunnel of IPv6, $APP_IP" $((++number))
		do_it a close 100
	done
	is "$(rose tx_long) $(rose rx_long) $(rose tx_bare_header)" "6 6 0" \
		"in a tunnel of IPv6: each mark is counted once"
	end_of_part
}

# --- bonding ----------------------------------------------------------------------------

# bond NETNS I: two wires to the other one, VXLAN on top
bond() {
	ip_in "$1" <<-END
		link set wire0 down
		link set wire1 down
		link add bond0 type bond mode balance-rr
		link set wire0 master bond0
		link set wire1 master bond0
		addr add 192.168.7.$2/24 dev bond0
		link set bond0 up
		link add vx0 mtu $OVERLAY_MTU type vxlan id 7 dev bond0 local 192.168.7.$2 remote 192.168.7.$((3 - $2)) dstport 4789
		addr add 10.9.7.$2/24 dev vx0
		link set vx0 up
	END
}

bonded() {
	must modprobe bonding max_bonds=0
	CLIENT=client APP=app APP_IP=10.9.7.2 NODES=''
	netns client app
	veth client wire0 app wire0 1500
	veth client wire1 app wire1 1500
	bond client 1
	bond app 2
	must wait_for 10 ping_works
	must dtctl policy add peer 10.0.0.0/8 all-netns
	actors
	recording_begin bond
	counters_keep
	exchanged "a bond" 3
	recording_end
	hops 3 "a bond: the message, and its answer" "1 client > app tcp answered parent set"
	STREAM_DEVICE=vx0
	stream_right "a bond, a stream" "$OVERLAY_MTU" "$CLIENT" "$APP" "$APP_IP" 60 20000
	STREAM_DEVICE=eth0
	for wire in wire0 wire1; do
		ok "a bond: $wire was used" used client "$wire"
	done
	datagrams_marked "a bond"
	end_of_part
}

ping_works() {
	in_ns "$CLIENT" busybox ping -c 1 -W 1 "$APP_IP"
}

used() {
	[ "$(in_ns "$1" cat "/sys/class/net/$2/statistics/tx_packets")" -gt 20 ]
}

# --- moved devices ----------------------------------------------------------------------

# away N; back N: the wire's end in app is elsewhere for a moment, under another name
away() {
	echo "link set eth0 netns other" | ip_in app
	ip_in other <<-END
		link set eth0 name moved$1
		link set moved$1 up
	END
	must wait_for 10 operates client
	must wait_for 10 operates other "moved$1"
}

# operates NETNS [DEVICE]: the kernel has noticed that the wire has two ends again
operates() {
	[ "$(in_ns "$1" cat "/sys/class/net/${2:-eth0}/operstate")" = up ]
}

back() {
	ip_in other <<-END
		link set moved$1 down
		link set moved$1 name eth0
		link set eth0 netns app
	END
	ip_in app <<-END
		addr add $APP_IP/24 dev eth0
		link set eth0 up
	END
}

moved() {
	local i log=$CW_OUT/$CW_NAME.moved.log rounds=1 names='eth0@app eth0@client'

	[ -z "${CW_FULL:-}" ] || rounds=4
	topology_plain
	netns other
	# While the device is away, no host would answer ARP for this address.
	echo "neigh replace $APP_IP lladdr $(in_ns app cat /sys/class/net/eth0/address) dev eth0 nud permanent" | ip_in client
	must dtctl policy add peer 10.0.0.0/8 all-netns
	must dtctl policy add root client port 7007 netns client
	start server ip netns exec app middlebox_traffic server "$APP_IP" 7007
	must wait_for 10 listening app 7007
	actors
	connection c 1 "$APP_IP" 7000 a 100
	# That the option passes has to be known before it is lost.
	request c a 1 39
	answer a c 1
	recording_begin moved
	start moved ip netns exec client middlebox_traffic endless "$APP_IP" 7007 2 3000
	traffic=$started_pid
	for ((i = 1; i <= rounds; i++)); do
		names+=" moved$i@other"
		counters_keep
		ok "round $i: requests are traced" wait_for 20 marked_again 6
		away "$i"
		do_it c set "$(traceparent $((40 + i)))"
		do_it c write 1 10
		back "$i"
		do_it a read 1 10
		holds a "$(trace $((40 + i))) read" "round $i: a request that TCP had to send again has its context"
		answer a c 1
	done
	counters_keep
	ok "a device moved away and back: requests go on, traced" wait_for 30 marked_again 6
	stop "$traffic"
	recording_end
	like "$(tail -n 1 "$log")" '^ok [1-9]' "... none of their bytes was wrong: $(tail -n 1 "$log")"
	is "$(python3 "$CW_TREE/tests/e2e/with.py" devices "$recording" | tr '\n' ' ')" "$names " \
		"... and the recording names devices as they were, where they were"
	close_all 1 c a
	end_of_part
}

marked_again() {
	[ "$(rose rx_long)" -ge "$1" ]
}

load_module
for part in inside_wireguard wireguard_alone in_ipv6 bonded moved; do
	SECONDS=0
	$part
	diag "$part: $SECONDS s"
done
unloads
done_testing
