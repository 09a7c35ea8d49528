#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: nodes=3 mem=640 nic=e1000 timeout=900
# debug: no, nginx, Python and DNS servers, or several machines: hours there; what they use is in rules, udp, tunnels
#
# Traffic passes hosts without the module, and traces go on where they can: of three hosts with kernels
# of their own, node 2 never has the module, and node 3 loses it before the end.
#
#   node1 (module)     node2 (none)         node3 (module, later none)
#     client             proxy (nginx)        app              pods
#     uplink ----------- uplink ------------- uplink           one Ethernet
#
# - node 2 is a router: what node 1 sends to node 3 is decapsulated, routed and encapsulated
#   there.  TCP with offloads on and off, UDP, ICMP pass; the trace goes on behind it
# - node 2 is a proxy: requests pass; the traces before and behind it are separate
# - node 3 has no module: traffic passes; the sender stops marking, and counts it
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/vm/nodes.sh"
. "$CW_TREE/tests/e2e/chain.bash"
. "$CW_TREE/tests/e2e/rules_actor.bash"

HERE=$CW_TREE/tests/e2e/overlay
REQUESTS=5
DATAGRAMS='1 1200 1400 4000'
# Each at all devices of all nodes.
OFFLOADS=('tso on gso on tx on gro on' 'tso off gso off tx off gro off' 'tso off gso on tx on gro off')
[ -z "${CW_FULL:-}" ] || OFFLOADS=({'tso on','tso off'}' '{'gso on','gso off'}' '{'tx on','tx off'}' '{'gro on','gro off'})

# through_node2: nodes 1 and 3 see each other by way of node 2
through_node2() {
	local other=$((4 - CW_NODE))

	if [ "$CW_NODE" -eq 2 ]; then
		must sysctl -qw net.ipv4.conf.all.send_redirects=0 \
			net.ipv4.conf.default.send_redirects=0
	elif [ "$1" = flannel ]; then
		must ip route replace "10.244.$other.0/24" via 10.244.2.0 dev flannel.1 onlink
	else
		must ip route replace "10.244.$other.0/24" via 192.168.0.2 dev tunl0 onlink
	fi
}

servers() {
	local port

	case $CW_NODE in
	2) nginx_start ;;
	3)
		app_start
		for port in 8001 8002; do
			start "server$port" ip netns exec "$APP" middlebox_traffic server "$APP_IP" "$port"
		done
		start udp ip netns exec "$APP" python3 "$HERE/hosts_udp.py" server "$APP_IP" 9000
		must wait_for 20 listening "$APP" 8002
		must wait_for 20 udp_listening "$APP" 9000
		;;
	esac
}

# with_context ID_FILE COMMAND...: in node 1's pod
with_context() {
	in_ns "$CLIENT" dtctl exec --print "$CW_OUT/$CW_NAME.traceparent" -- "${@:2}"
	cut -d- -f2 "$CW_OUT/$CW_NAME.traceparent" >>"$1"
}

# offloads SETTINGS: at all devices of this node.  Tunnels and bridges lack some.
offloads() {
	local device

	for device in uplink pod0 cni0 flannel.1 tunl0; do
		# shellcheck disable=SC2086 # a list
		[ ! -e "/sys/class/net/$device" ] || ethtool -K "$device" $1 >&2 || true
	done
	# shellcheck disable=SC2086
	must in_ns "${pods[CW_NODE - 1]}" ethtool -K eth0 $1
}

# traffic NAME PORT CONNECTIONS: of all three kinds, from node 1
traffic() {
	local size

	like "$(with_context "$CW_OUT/$CW_NAME.ids" middlebox_traffic client "$APP_IP" "$2" "$3" \
		"$REQUESTS" 30000)" '^ok' "$1: TCP passes, every byte of it"
	# shellcheck disable=SC2086
	like "$(with_context /dev/null python3 "$HERE/hosts_udp.py" client "$APP_IP" 9000 $DATAGRAMS 2>&1)" \
		'^ok' "$1: UDP passes, every datagram: $DATAGRAMS bytes"
	for size in 56 1400 4000; do
		like "$(with_context /dev/null busybox ping -q -A -c 3 -W 5 -s "$size" "$APP_IP" 2>&1)" \
			' 0% packet loss' "$1: ICMP passes, $size bytes"
	done
}

forwarded() {
	awk '$1 == "Ip:" && $6 ~ /^[0-9]/ { print $7 }' /proc/net/snmp
}

# part NAME FUNCTION...: while nodes with the module record, node 1 runs it
part() {
	[ -z "$has_module" ] || recording_start "$1"
	meet "$1: begins"
	[ "$CW_NODE" -ne 1 ] || "${@:2}"
	meet "$1: is over" 120
	[ -z "$has_module" ] || recording_stop
	meet "$1: is recorded"
}

# found NAME NODE...: what the traces in these nodes' recordings are
found() {
	local files=() i

	for i in "${@:2}"; do
		files+=("$SHARED.node$i.$1.cw")
	done
	python3 "$HERE/hosts_traces.py" "$CW_OUT/$CW_NAME.ids" "${files[@]}" | sort | uniq -c | sed 's/^ *//'
}

# A router in the overlay, with each setting of the offloads.
router() {
	local i before_=0

	: >"$CW_OUT/$CW_NAME.ids"
	for ((i = 0; i < settings; i++)); do
		offloads "${OFFLOADS[i]}"
		before_=$(forwarded)
		[ "$CW_NODE" -ne 3 ] || counters_keep
		part "$1-router$i" traffic "$1, router, ${OFFLOADS[i]}" 8001 2
		case $CW_NODE in
		2) ok "$1, router, ${OFFLOADS[i]}: it went through node 2" [ "$(forwarded)" -gt $((before_ + 50)) ] ;;
		3) ok "$1, router, ${OFFLOADS[i]}: marks arrive behind it" [ "$(rose rx_long)" -ge $((2 * REQUESTS)) ] ;;
		esac
	done
	# Requests and answers of a connection are one parent's, hence in one trace.
	[ "$CW_NODE" -ne 1 ] || like "$(found "$1-router0" 1 3)" "own $((2 * REQUESTS)) node1 node3" \
		"$1, router: the trace goes on behind it"
}

curls() {
	local n

	for n in 1 2 3 4; do
		with_context "$CW_OUT/$CW_NAME.ids" curl -s --max-time 30 -o "$CW_OUT/$CW_NAME.body" \
			"http://$PROXY_IP/?n=$n&bytes=2000"
		is "$(head -n 1 "$CW_OUT/$CW_NAME.body")" "n=$n" "$1: request $n is answered"
	done
}

# A proxy without the module, between two that have it.
proxy() {
	local rule

	[ "$CW_NODE" -ne 3 ] || rule=$(dtctl policy add root server port 8000 all-netns) || bail "no rule"
	: >"$CW_OUT/$CW_NAME.ids"
	part "$1-proxy" curls "$1, proxy"
	[ "$CW_NODE" -ne 3 ] || must dtctl policy del "$rule"
	[ "$CW_NODE" -ne 1 ] || is "$(found "$1-proxy" 1 3)" \
		"$(printf '%s\n' '4 other 1 - node3 unlinked' '4 own 1 node1 - unlinked')" \
		"$1, proxy: four traces before it, four behind it, nothing in common"
}

# The receiver has no module, on a port that was not used before.
receiver() {
	[ "$CW_NODE" -ne 3 ] || {
		unload_module
		has_module=''
	}
	[ "$CW_NODE" -ne 1 ] || counters_keep
	: >"$CW_OUT/$CW_NAME.ids"
	part "$1-receiver" traffic "$1, no module there" 8002 5
	[ "$CW_NODE" -ne 1 ] || {
		is "$(rose tx_stopped) $(rose tx_backoff)" "3 2" \
			"$1, no module there: three connections stop marking, the others do not try"
		like "$(found "$1-receiver" 1)" "own [0-9]+ node1 - unlinked" \
			"$1, no module there: the sender's own stages are recorded"
	}
	ok "$1: node 3 has none, node 1 has it" is_expected
}

is_expected() {
	case $CW_NODE in
	1) module_loaded ;;
	*) ! module_loaded ;;
	esac
}

# mixed NETWORK SETTINGS_OF_OFFLOADS
mixed() {
	settings=$2 has_module=''
	"topology_$1_node"
	through_node2 "$1"
	if [ "$CW_NODE" -ne 2 ]; then
		load_module
		must dtctl policy add peer 10.244.0.0/16 all-netns
		has_module=1
	fi
	servers
	meet "$1: servers are up"
	router "$1"
	diag "$1, router: until $SECONDS s"
	proxy "$1"
	diag "$1, proxy: until $SECONDS s"
	receiver "$1"
	diag "$1, receiver: until $SECONDS s"
	unload_module
	topology_node_remove
	meet "$1: is undone"
}

mkdir -p "$NGINX_DIR"
node_start
mixed flannel "${#OFFLOADS[@]}"
mixed calico "$([ -n "${CW_FULL:-}" ] && echo "${#OFFLOADS[@]}" || echo 2)"
done_testing
