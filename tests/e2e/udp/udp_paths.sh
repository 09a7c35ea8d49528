#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# debug: paths
#
# Datagrams keep their context through a VRF and 6in4, and lose it, counted, in NFQUEUE and at a
# card without a tunnel.
#
#   client eth0 10.9.0.1 ------------- eth0 10.9.0.2 app
#
# Tested:
#  - a VRF at the writer, which passes LOCAL_OUT twice, with and without a queueing discipline,
#    IPv4 and IPv6: the context is kept once and read
#  - 6in4 over a VLAN, whose headers just fit in front: it is carried, too
#  - NFQUEUE, behind which another thread than the writer's sends: none, and counted
#  - a card takes it, without any tunnel: that is where its context ends, and is counted
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

trace() {
	printf '%032x' $((0xabe000 + $1))
}

number=0

# asked NAME ADDRESS KEPT: c asks a, which answers; KEPT: contexts that are kept on these two ways
asked() {
	number=$((number + 1))
	do_it c udp 1 "${2/%.2/.1}" 0
	do_it a udp 1 "$2" 7100
	counters_keep
	do_it c set "00-$(trace "$number")-0000000000000001-01"
	do_it c sendto 1 10 "$2" 7100
	do_it a recvfrom 1
	holds a "$(trace "$number") read" "$1: a datagram gives its reader the writer's context"
	do_it a reply 1 10
	do_it c recvfrom 1
	is "$(rose datagram_kept)" "$3" "$1: it is kept once, and so is the answer's"
	is "$(rose datagram_mismatch) $(rose datagram_ended) $(rose rx_foreign)" "0 0 0" \
		"$1: neither was taken for another one, or lost"
	do_it c close 1
	do_it a close 1
}

vrf() {
	local ns

	must modprobe vrf
	for ns in client app; do
		ip_in "$ns" <<-END
			link add vrf0 type vrf table 10
			link set vrf0 up
			link set eth0 master vrf0
		END
	done
	# A device loses its addresses of IPv6 when it gets a master.
	echo "addr add $CLIENT_IP6/64 dev eth0 nodad" | ip_in client
	echo "addr add $APP_IP6/64 dev eth0 nodad" | ip_in app
	actor c client ip vrf exec vrf0 "$(command -v rules_actor)"
	actor a app ip vrf exec vrf0 "$(command -v rules_actor)"
	asked "a VRF, IPv4" "$APP_IP" 2
	asked "a VRF, IPv6" "$APP_IP6" 2
	for ns in client app; do
		must in_ns "$ns" tc qdisc add dev vrf0 root pfifo
	done
	asked "a VRF with a discipline, IPv4" "$APP_IP" 2
	asked "a VRF with a discipline, IPv6" "$APP_IP6" 2
	actors_forget
	for ns in client app; do
		echo "link del vrf0" | ip_in "$ns"
	done
	echo "addr add $CLIENT_IP6/64 dev eth0 nodad" | ip_in client
	echo "addr add $APP_IP6/64 dev eth0 nodad" | ip_in app
}

# vlan NETNS I
vlan() {
	ip_in "$1" <<-END
		link add link eth0 name eth0.5 type vlan id 5
		addr add 10.5.0.$2/24 dev eth0.5
		link set eth0.5 up
		link add six type sit local 10.5.0.$2 remote 10.5.0.$((3 - $2))
		addr add fd00:56::$2/64 dev six nodad
		link set six mtu 1400 up
	END
}

in_vlan() {
	must modprobe -a 8021q sit
	vlan client 1
	vlan app 2
	asked "6in4 over a VLAN" fd00:56::2 4
	is "$(rose tx_trailer) $(rose rx_trailer)" "2 2" "6in4 over a VLAN: both left and came with a trailer"
}

queued() {
	must modprobe -a nfnetlink_queue nft_queue
	must in_ns client nft -f - <<-END
		table ip q {
			chain out {
				type filter hook output priority 0
				udp dport 7100 queue num 7
			}
		}
	END
	start queue ip netns exec client python3 "$CW_TREE/tests/e2e/udp/udp_paths.py" 7
	must wait_for 10 grep -q bound "$CW_OUT/$CW_NAME.queue.log"
	do_it c udp 1 "$CLIENT_IP" 0
	do_it a udp 1 "$APP_IP" 7100
	counters_keep
	do_it c set "00-$(trace 90)-0000000000000001-01"
	do_it c sendto 1 10 "$APP_IP" 7100
	do_it a recvfrom 1
	holds a none "NFQUEUE: a datagram arrives, without the writer's context"
	is "$(rose datagram_queued) $(rose datagram_kept)" "1 0" "NFQUEUE: that is counted"
	stop "$started_pid"
	must in_ns client nft delete table ip q
	do_it c sendto 1 10 "$APP_IP" 7100
	do_it a recvfrom 1
	holds a "$(trace 90) read" "NFQUEUE, gone: the next one carries it again"
}

card() {
	must modprobe dummy numdummies=0
	ip_in client <<-END
		link add card type dummy
		addr add 10.77.0.1/24 dev card
		link set card up
	END
	counters_keep
	do_it c sendto 1 10 10.77.0.2 7100
	is "$(rose datagram_kept) $(rose datagram_ended)" "1 1" "a card: the context that ends there is counted"
}

load_module
topology_plain
must dtctl policy add peer any all-netns
vrf
actor c client
actor a app
in_vlan
queued
card
ok "nothing stays in the table" [ "$(counter datagram_kept)" = "$(counter datagram_left)" ]
must dtctl policy del all
done_testing
