#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=400 append=slab_nomerge
# debug: others
#
# Traces go on through nftables or ipvs, which translate the virtual addresses (VIP) of services.
#
#   client 10.244.1.10   near 10.244.1.11      proxy            app
#         \__ cni0 (n1) __/                      | n2             | n3
#               VIP 10.96.0.10 ===== VXLAN ======+================+
#   every node translates: 10.96.0.10:7000 -> app, :7001 -> proxy, UDP -> app;
#                          10.96.0.11:7000 -> near
#
# Tested, with nftables (DNAT and masquerading) and with ipvs (masquerading): from a pod, from the node
# itself, between pods of one node (br_netfilter), a service that asks the next one; streams,
# and datagrams with their trailers; both addresses are seen in the trace; counters; unloading.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/with.bash"
. "$CW_TREE/tests/e2e/udp.bash"

number=0 VIP=10.96.0.10 NEAR_VIP=10.96.0.11 NEAR_IP=10.244.1.11

# A second pod on the first node.
near() {
	netns near
	echo "link add eth0 netns near mtu $OVERLAY_MTU type veth peer name pod1 netns n1 mtu $OVERLAY_MTU" | ip_in -
	echo "link set pod1 master cni0 up" | ip_in n1
	ip_in near <<-END
		addr add $NEAR_IP/24 dev eth0
		link set eth0 up
		route add default via 10.244.1.1
	END
	must in_ns n1 sysctl -qw net.bridge.bridge-nf-call-iptables=0
	# A node has a default route.
	echo "route add default via 192.168.0.3" | ip_in n1
}

actors() {
	actor c "$CLIENT"
	actor h n1
	actor a "$APP"
	actor b "$PROXY"
	actor near near
	do_it a listen 100 "$APP_IP" 7000
	do_it b listen 101 "$PROXY_IP" 7001
	do_it near listen 100 "$NEAR_IP" 7000
}

nft_begin() {
	local node

	for node in n1 n3; do
		must in_ns "$node" nft -f - <<-END
			table ip services {
				chain vip {
					ip daddr $VIP tcp dport 7000 dnat to $APP_IP:7000
					ip daddr $VIP tcp dport 7001 dnat to $PROXY_IP:7001
					ip daddr $VIP tcp dport 20000-29999 dnat to $APP_IP
					ip daddr $VIP udp dport 5000-5999 dnat to $APP_IP
					ip daddr $NEAR_VIP tcp dport 7000 dnat to $NEAR_IP:7000
				}
				chain pre {
					type nat hook prerouting priority dstnat
					jump vip
				}
				chain out {
					type nat hook output priority -100
					jump vip
				}
				chain post {
					type nat hook postrouting priority srcnat
					ct status dnat ip daddr != $NEAR_IP masquerade
				}
			}
		END
	done
}

nft_end() {
	in_ns n1 nft flush ruleset
	in_ns n3 nft flush ruleset
}

# service NETNS PROTOCOL ADDRESS PORT TO
service() {
	must in_ns "$1" ipvsadm -A "-$2" "$3:$4" -s rr
	must in_ns "$1" ipvsadm -a "-$2" "$3:$4" -r "$5:$4" -m
}

ipvs_begin() {
	local node port

	for node in n1 n3; do
		ip_in "$node" <<-END
			link add ipvs0 type dummy
			addr add $VIP/32 dev ipvs0
		END
		must in_ns "$node" sysctl -qw net.ipv4.vs.conntrack=1
		service "$node" t "$VIP" 7000 "$APP_IP"
		service "$node" t "$VIP" 7001 "$PROXY_IP"
		for port in 20001 20002 20003 20004; do
			service "$node" t "$VIP" "$port" "$APP_IP"
		done
		for port in 500{1..6}; do
			service "$node" u "$VIP" "$port" "$APP_IP"
		done
		# A packet that ipvs sends on has the service's address as conntrack's original one.
		must in_ns "$node" nft -f - <<-END
			table ip services {
				chain post {
					type nat hook postrouting priority srcnat
					ct original ip daddr $VIP masquerade
				}
			}
		END
	done
}

ipvs_end() {
	local node

	for node in n1 n3; do
		in_ns "$node" ipvsadm -C
		in_ns "$node" nft flush ruleset
		echo "link del ipvs0" | ip_in "$node"
	done
}

# chained HOW N: c asks a by the address of its service, and a asks b in that way
chained() {
	connection c 1 $VIP 7000 a 100
	connection a 2 $VIP 7001 b 101
	recording_begin "$1"
	request c a 1 "$2"
	holds a "$(trace "$2") read" "$1: the request behind the service's address gives its context"
	do_it a write 2 10
	do_it b read 2 10
	holds b "$(trace "$2") read" "$1: ... and what it asks of the next service in it"
	answer b a 2
	answer a c 1
	request c a 1 0
	holds a none "$1: an untraced request after it has none"
	answer a c 1
	recording_end
	hops "$2" "$1: both messages, with their parents, and their answers" \
		"1 client > app tcp answered parent set" \
		"2 app > proxy tcp answered parent 1"
	ways "$2" "$1: both of the service's addresses are seen, on both ways" \
		"$CLIENT_IP>$VIP" "10.244.1.0>$APP_IP" "$APP_IP>10.244.1.0" "$VIP>$CLIENT_IP"
	close_all 1 c a
	close_all 2 a b
}

from_node() {
	connection h 1 $VIP 7000 a 100
	request h a 1 "$2"
	holds a "$(trace "$2") read" "$1: from the node itself"
	answer a h 1
	request h a 1 0
	holds a none "$1: ... and untraced"
	close_all 1 h a
}

# The answers come back over the bridge, where they have to be translated.
same_node() {
	must in_ns n1 sysctl -qw net.bridge.bridge-nf-call-iptables=1
	recording_begin "$1-bridge"
	connection c 1 $NEAR_VIP 7000 near 100
	request c near 1 "$2"
	holds near "$(trace "$2") read" "$1: to a pod of the same node, answers bridged (br_netfilter)"
	answer near c 1
	request c near 1 0
	holds near none "$1: ... and untraced"
	recording_end
	hops "$2" "$1: ... in the recording, too" "1 client > near tcp answered parent set"
	close_all 1 c near
	must in_ns n1 sysctl -qw net.bridge.bridge-nf-call-iptables=0
}

datagrams() {
	local way ways='from:to'

	[ -z "${CW_FULL:-}" ] || ways+=' mmsg:connected read:msg peek:cork'
	for way in $ways; do
		exchange "${way%:*}" "${way#*:}" 8 100 "$APP_IP" $VIP
		all_right "$1, datagrams by $way" 8
	done
	CLIENT=n1 exchange from to 8 100 "$APP_IP" $VIP
	all_right "$1, datagrams of the node itself" 8
}

counted() {
	is "$(rose tx_stopped) $(rose tx_backoff) $(rose rx_refused) $(rose rx_malformed)" "0 0 0 0" \
		"$1: nothing was given up, refused or malformed"
	nothing_wrong "$1"
}

# partner HOW N
partner() {
	counters_keep
	chained "$1" "$2"
	from_node "$1" $(($2 + 1))
	[ "$1" != nft ] || same_node "$1" $(($2 + 2))
	stream_right "$1, a stream" "$OVERLAY_MTU" "$CLIENT" "$APP" $VIP 60 5000
	datagrams "$1"
	counted "$1"
}

must modprobe -a br_netfilter ip_vs ip_vs_rr dummy nf_conntrack
load_module
topology_flannel
near
must dtctl policy add peer 10.0.0.0/8 all-netns
must dtctl policy add peer 192.168.0.0/16 all-netns
actors
for how in nft ipvs; do
	${how}_begin
	port=5000 stream_port=20000
	partner $how $((++number * 10))
	${how}_end
done
nothing_left
unloads
done_testing
