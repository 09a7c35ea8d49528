# shellcheck shell=bash disable=SC2034 # read by the scripts that source this
# SPDX-License-Identifier: GPL-2.0
#
# Networks made of namespaces, for scripts in a test guest; sourced by guest.sh.
# Each builder sets CLIENT, PROXY, APP (the namespaces that programs run in) and their
# addresses CLIENT_IP, PROXY_IP, APP_IP (plain: also CLIENT_IP6, APP_IP6), and NODES.
# All of it goes away at the script's end, or with topology_remove.
#
#   topology_plain             client eth0 ------------------ eth0 app
#
#   topology_flannel, topology_calico
#
#     client            proxy             app         pods, 10.244.I.10
#       | eth0            | eth0            | eth0
#     n1 pod0           n2 pod0           n3 pod0     nodes
#       | cni0            | cni0            | cni0    flannel: bridge 10.244.I.1
#       | flannel.1       | flannel.1       | ...     VXLAN 8472, or tunl0 (IPIP)
#       | uplink          | uplink          | uplink  192.168.0.I, MTU 1500
#       +----------- fabric: bridge br0 ----+
#
#   topology_flannel_node, topology_calico_node
#
#     the same where each of the three nodes is a machine of its own (tests/vm/cluster): what
#     is on this one.  Its network card is the uplink already (node_start in nodes.sh).
#
# MTU: uplinks UPLINK_MTU (1500), pods and overlay devices OVERLAY_MTU (1450).

UPLINK_MTU=${UPLINK_MTU:-1500}
OVERLAY_MTU=${OVERLAY_MTU:-1450}
namespaces=() pods=()

# in_ns NETNS|- COMMAND...
in_ns() {
	if [ "$1" = - ]; then
		"${@:2}"
	else
		ip netns exec "$@"
	fi
}

# ip_in NETNS|- : runs ip commands from stdin, one a line, in one process: emulated machines are
# slow to start programs.
ip_in() {
	local output where=()

	[ "$1" = - ] || where=(-n "$1")
	output=$(ip "${where[@]}" -batch - 2>&1) || bail "set-up failed in namespace $1: $output"
}

# netns NAME...: makes namespaces that go away at the script's end
netns() {
	local name

	printf 'netns add %s\n' "$@" | ip_in -
	namespaces+=("$@")
	for name in "$@"; do
		echo "link set lo up" | ip_in "$name"
	done
}

# netns_remove NAME...: kills what still runs there first
netns_remove() {
	local name same=()

	for name in "$@"; do
		[ ! -e "/run/netns/$name" ] || same+=(-samefile "/run/netns/$name" -o)
	done
	[ "${#same[@]}" -gt 0 ] || return 0
	find -L /proc/[0-9]*/ns/net \( "${same[@]}" -false \) 2>/dev/null | cut -d/ -f3 |
		xargs -r kill -KILL 2>/dev/null
	printf 'netns del %s\n' "$@" | ip -force -batch - 2>/dev/null
}

topology_remove() {
	[ "${#namespaces[@]}" -gt 0 ] || return 0
	netns_remove "${namespaces[@]}"
	namespaces=()
}

# veth NETNS DEVICE NETNS DEVICE MTU: a pair, both ends up
veth() {
	echo "link add $2 netns $1 mtu $5 type veth peer name $4 netns $3 mtu $5" | ip_in -
	echo "link set $2 up" | ip_in "$1"
	echo "link set $4 up" | ip_in "$3"
}

# topology_plain [MTU]: two namespaces, one wire, IPv4 and IPv6
topology_plain() {
	CLIENT=client APP=app NODES=''
	unset PROXY PROXY_IP
	CLIENT_IP=10.9.0.1 APP_IP=10.9.0.2 CLIENT_IP6=fd00:9::1 APP_IP6=fd00:9::2
	netns "$CLIENT" "$APP"
	veth "$CLIENT" eth0 "$APP" eth0 "${1:-$UPLINK_MTU}"
	# Duplicate address detection is off, so that IPv6 works at once.
	ip_in "$CLIENT" <<-END
		addr add $CLIENT_IP/24 dev eth0
		addr add $CLIENT_IP6/64 dev eth0 nodad
	END
	ip_in "$APP" <<-END
		addr add $APP_IP/24 dev eth0
		addr add $APP_IP6/64 dev eth0 nodad
	END
}

three_pods() {
	pods=(client proxy app)
	CLIENT=client PROXY=proxy APP=app NODES='n1 n2 n3'
	CLIENT_IP=10.244.1.10 PROXY_IP=10.244.2.10 APP_IP=10.244.3.10
}

# node_netns I: the namespace of node I, "-" where the nodes are machines
node_netns() {
	if [ -n "${CW_NODE:-}" ]; then
		echo -
	else
		echo "n$1"
	fi
}

# Builds three nodes on one L2 network, each with the pod that runs there.
three_nodes() {
	local i

	three_pods
	netns fabric n1 n2 n3 "${pods[@]}"
	for i in 1 2 3; do
		echo "link add uplink netns n$i mtu $UPLINK_MTU type veth" \
			"peer name port$i netns fabric mtu $UPLINK_MTU"
		echo "link add eth0 netns ${pods[i - 1]} mtu $OVERLAY_MTU type veth" \
			"peer name pod0 netns n$i mtu $OVERLAY_MTU"
	done | ip_in -
	{
		echo "link add br0 mtu $UPLINK_MTU type bridge"
		printf 'link set port%s master br0 up\n' 1 2 3
		echo "link set br0 up"
	} | ip_in fabric
	for i in 1 2 3; do
		ip_in "n$i" <<-END
			addr add 192.168.0.$i/24 dev uplink
			link set uplink up
			link set pod0 up
		END
		in_ns "n$i" sysctl -qw net.ipv4.ip_forward=1
	done
}

# Makes this machine node I, with its pod.
this_node() {
	at_exit topology_node_remove
	three_pods
	netns "${pods[$1 - 1]}"
	ip_in - <<-END
		link add eth0 netns ${pods[$1 - 1]} mtu $OVERLAY_MTU type veth peer name pod0 mtu $OVERLAY_MTU
		link set pod0 up
	END
	must sysctl -qw net.ipv4.ip_forward=1
}

# As Flannel does: a bridge per node, VXLAN with permanent neighbours, routed between nodes.
topology_flannel() {
	local i

	three_nodes
	for i in 1 2 3; do
		flannel_node "$i" $((i % 3 + 1)) $(((i + 1) % 3 + 1))
	done
}

topology_flannel_node() {
	this_node "$CW_NODE"
	flannel_node "$CW_NODE" $((CW_NODE % 3 + 1)) $(((CW_NODE + 1) % 3 + 1))
}

# flannel_node I J K: node I, whose peers are J and K, and its pod
flannel_node() {
	local j where

	where=$(node_netns "$1")
	{
		cat <<-END
			link add cni0 mtu $OVERLAY_MTU type bridge
			addr add 10.244.$1.1/24 dev cni0
			link set cni0 up
			link set pod0 master cni0
			link add flannel.1 address 02:00:00:00:00:0$1 mtu $OVERLAY_MTU type vxlan id 1 dev uplink local 192.168.0.$1 dstport 8472 nolearning
			addr add 10.244.$1.0/32 dev flannel.1
			link set flannel.1 up
		END
		for j in "$2" "$3"; do
			echo "route add 10.244.$j.0/24 via 10.244.$j.0 dev flannel.1 onlink"
			echo "neigh add 10.244.$j.0 lladdr 02:00:00:00:00:0$j dev flannel.1 nud permanent"
		done
	} | ip_in "$where"
	for j in "$2" "$3"; do
		must in_ns "$where" bridge fdb append "02:00:00:00:00:0$j" dev flannel.1 dst "192.168.0.$j"
	done
	ip_in "${pods[$1 - 1]}" <<-END
		addr add 10.244.$1.10/24 dev eth0
		link set eth0 up
		route add default via 10.244.$1.1
	END
}

# As Calico does: /32 pods, the node answers ARP for their gateway, IPIP between nodes.
topology_calico() {
	local i

	must modprobe ipip # brings tunl0 into each namespace
	three_nodes
	for i in 1 2 3; do
		calico_node "$i" $((i % 3 + 1)) $(((i + 1) % 3 + 1))
	done
}

topology_calico_node() {
	must modprobe ipip
	this_node "$CW_NODE"
	calico_node "$CW_NODE" $((CW_NODE % 3 + 1)) $(((CW_NODE + 1) % 3 + 1))
}

# calico_node I J K: node I, whose peers are J and K, and its pod
calico_node() {
	local where

	where=$(node_netns "$1")
	# The node answers ARP only for addresses that it could route elsewhere: hence a default
	# route.
	ip_in "$where" <<-END
		route add default via 192.168.0.$2
		route add 10.244.$1.10 dev pod0
		link set tunl0 mtu $OVERLAY_MTU up
		route add 10.244.$2.0/24 via 192.168.0.$2 dev tunl0 onlink
		route add 10.244.$3.0/24 via 192.168.0.$3 dev tunl0 onlink
	END
	must in_ns "$where" sysctl -qw net.ipv4.conf.pod0.proxy_arp=1 net.ipv4.neigh.pod0.proxy_delay=0
	ip_in "${pods[$1 - 1]}" <<-END
		addr add 10.244.$1.10/32 dev eth0
		link set eth0 up
		route add 169.254.1.1 dev eth0
		route add default via 169.254.1.1
	END
}

# Removes the pod, and the devices that a machine that is a node keeps when its pod is gone.
topology_node_remove() {
	topology_remove
	# Without this the kernel would remove pod0 some time after its pod.
	printf 'link del %s\n' pod0 cni0 flannel.1 | ip -force -batch - 2>/dev/null
	# The kernel's own tunl0 stays; its routes go when it is down.
	printf '%s\n' "link set tunl0 down" "route del default" | ip -force -batch - 2>/dev/null
	return 0
}
