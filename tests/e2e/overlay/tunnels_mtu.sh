#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=240
# debug: no, it has not been tried on such a kernel
#
# The module neither loses nor fragments packets that fill the MTU of a tunnel device to the last byte,
# from pods whose MTU is the tunnel's own.
#
#   client eth0 --- pod0 | n1 | tunnel --- uplink 1500 ... uplink --- tunnel | n3 | pod0 --- eth0 app
#           MTU of eth0 = pod0 = tunnel device: 1480 (IPIP), 1450 (VXLAN)
#
# Tested, for Calico's device (tunl0), IPIP with nopmtudisc and with pmtudisc, and VXLAN:
#  - TCP with a mark on every segment, without GSO and with it: the transfer is complete, its largest
#    segment is as large as the MTU, those are marked
#  - datagrams and echo requests of exactly the MTU, not to be fragmented, are all answered; of
#    one byte more, the sender's host refuses
#  - no namespace fragmented, refused or dropped anything, with the policy as without
. "$CW_TREE/tests/vm/guest.sh"

PATH=$CW_TREE/build/e2e:$PATH
DIR=$CW_OUT/$CW_NAME.mtu
SENDER=$CW_TREE/tests/e2e/overlay/tunnels_mtu_send.py
PORT=23000
DATAGRAMS=5
CLOSELY='IpFragCreates IpFragFails IpFragOKs IpReasmReqds IpReasmFails IpOutDiscards IpInDiscards
	IpInHdrErrors IpOutNoRoutes IcmpOutDestUnreachs IcmpInDestUnreachs TcpInErrs'

# troubles: what must not happen, in all namespaces of the way; as NAMESPACE NAME COUNT
troubles() {
	local namespace

	for namespace in "$CLIENT" n1 n3 "$APP"; do
		# shellcheck disable=SC2016,SC2086 # for the inner shell; several words
		in_ns "$namespace" sh -c '
			nstat -asz "$@"
			grep . /sys/class/net/*/statistics/[rt]x_[de]*' sh $CLOSELY |
			awk -v ns="$namespace" -F '[: ]+' '
				/^(Ip|Icmp|Tcp)/ && $2 { print ns, $1, $2 }
				/_(dropped|errors):/ && $2 { sub("/sys/class/net/", ""); print ns, $1, $2 }'
	done
}

# no_ipv6: whose router solicitations VXLAN devices drop
no_ipv6() {
	local namespace

	for namespace in "$CLIENT" n1 n3 "$APP"; do
		must in_ns "$namespace" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	done
}

# offload on|off
offload() {
	local namespace

	for namespace in "$CLIENT" "$APP"; do
		must in_ns "$namespace" ethtool -K eth0 tx on tso "$1" gso "$1" gro "$1"
	done
}

# transfer CONTEXTS NAME: over TCP, at the next port
transfer() {
	local reader

	PORT=$((PORT + 1))
	start "read$PORT" ip netns exec "$APP" timeout 60 stream_read "$DIR/$PORT" "$PORT" whole
	reader=$started_pid
	wait_for 10 [ -e "$DIR/$PORT.read" ] || bail "the reader does not begin"
	in_ns "$CLIENT" timeout 60 stream_send -n 15 -s 20000 -c "$1" "$DIR/$PORT" "$APP_IP" "$PORT" &&
		wait "$reader"
	is $? 0 "$2: the transfer is complete"
}

# watched NAME MTU: a transfer with contexts; sizes on the wire
watched() {
	local wire largest marked

	rm -f "$DIR/segments"
	start wire ip netns exec "$CLIENT" stream_wire eth0 "$DIR/segments"
	wire=$started_pid
	wait_for 10 [ -e "$DIR/segments" ] || bail "stream_wire does not begin"
	transfer AB "$1"
	stop "$wire" || bail "stream_wire lost packets"
	read -r largest marked < <(stream_verify - "$DIR/segments" "$DIR" "$PORT" |
		sed -n 's/.* largest=\([0-9]*\) full=\([0-9]*\).*/\1 \2/p')
	is "$largest" "$2" "$1: its largest segment is as large as the MTU"
	between "$marked" 10 10000 "$1: those that are, are marked"
}

# exact NAME MTU
exact() {
	is "$(in_ns "$CLIENT" python3 "$SENDER" "$APP_IP" "$2" "$DATAGRAMS")" "$DATAGRAMS $DATAGRAMS 2" \
		"$1: datagrams and echo requests of $2 bytes are answered, larger ones refused"
}

# device NAME MTU: the device that the overlay goes through by now
device() {
	local without

	without=$(troubles)
	exact "$1, no policy" "$2"
	offload on
	transfer - "$1, no policy"
	is "$(troubles)" "$without" "$1, no policy: nothing was dropped or fragmented"
	must dtctl policy add peer 10.244.0.0/16 mark every all-netns
	exact "$1" "$2"
	offload off
	watched "$1, without GSO" "$2"
	offload on
	watched "$1, with GSO" "$2"
	is "$(troubles)" "$without" "$1: nothing was dropped or fragmented"
	must dtctl policy del all
}

serving() {
	[ -n "$(in_ns "$APP" ss -Hnul "sport = :7002")" ]
}

# serve: answers datagrams
serve() {
	in_ns "$CLIENT" sysctl -qw net.ipv4.ping_group_range="0 0"
	start server ip netns exec "$APP" python3 "$SENDER" serve "$APP_IP"
	server=$started_pid
	must wait_for 10 serving
}

# ipip ARGUMENTS: instead of tunl0, between n1 and n3
ipip() {
	local end

	for end in 1 3; do
		ip_in "n$end" <<-END
			link add ipip0 type ipip local 192.168.0.$end remote 192.168.0.$((4 - end)) $*
			link set ipip0 mtu $OVERLAY_MTU up
			route replace 10.244.$((4 - end)).0/24 dev ipip0
		END
	done
}

ipip_gone() {
	printf 'link del ipip0\n' | ip_in n1
	printf 'link del ipip0\n' | ip_in n3
}

rm -rf "$DIR"
mkdir "$DIR"
load_module
OVERLAY_MTU=1480
topology_calico
no_ipv6
serve
device tunl0 1480
ipip nopmtudisc
device "IPIP, nopmtudisc" 1480
ipip_gone
ipip pmtudisc
device "IPIP, pmtudisc" 1480
stop "$server"
topology_remove
OVERLAY_MTU=1450
topology_flannel
no_ipv6
serve
device VXLAN 1450
done_testing
