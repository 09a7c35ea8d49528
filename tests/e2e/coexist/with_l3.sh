#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=400 append=slab_nomerge
# debug: no, it has not been tried on such a kernel
#
# Traces go on through ipvlan, which sends packets through the IP layer of another namespace, and
# through IPsec.
#
#   client iv0 10.9.9.1 (ipvlan on eth0 of n1) --- eth0 n2 (ipvlan) 10.9.9.2 iv0 app
#   client iv0 10.9.9.1 (ipvlan on eth0 of n1, too) 10.9.9.2 iv0 app
#   client eth0 === ESP === eth0 app
#
# Tested: ipvlan in the modes l3 and l3s, between hosts and on one, with a queueing discipline on the
# device and without; IPsec's transport and tunnel mode; IPv4 and IPv6: contexts are right, each
# segment has one option at most, none outgrows the MTU.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/with.bash"

MTU=1500
number=0

fragments() {
	local ns sum=0 name

	for ns in "$CLIENT" "$APP"; do
		for name in IpFragCreates IpFragFails Ip6FragCreates Ip6FragFails; do
			sum=$((sum + $(stat_of "$ns" "$name")))
		done
	done
	echo "$sum"
}

# passes DESCRIPTION ADDRESS DEVICE
passes() {
	local fragmented

	fragmented=$(fragments)
	do_it a listen 100 "$2" 7000
	options_begin "$3"
	asks_all "$2" "$number" "$1"
	do_it a close 100
	options_end "$1"
	is "$(fragments)" "$fragmented" "$1: nothing is fragmented or too big"
	number=$((number + 3))
}

# unheard DESCRIPTION ADDRESS: the receiver's hook is not asked, or asked elsewhere
unheard() {
	local i

	counters_keep
	do_it a listen 100 "$2" 7000
	connection c 1 "$2" 7000 a 100
	for i in {1..8}; do
		request c a 1 $((number + i))
		holds a none "$1: a request arrives, in no context"
		answer a c 1
	done
	is "$(rose rx_long) $(rose tx_stopped)" "0 1" "$1: the sender notices, and stops"
	close_all 1 c a
	do_it a close 100
	number=$((number + 8))
}

# --- ipvlan -----------------------------------------------------------------------------

# slave NETNS I HOST MODE: a device of NETNS that HOST's eth0 carries
slave() {
	ip_in "$3" <<-END
		link add iv0 link eth0 netns $1 type ipvlan mode $4
	END
	ip_in "$1" <<-END
		addr add 10.9.9.$2/24 dev iv0
		addr add fd00:99::$2/64 dev iv0 nodad
		link set iv0 up
	END
}

# host NETNS I J: knows the way to the slave of the other one
host() {
	ip_in "$1" <<-END
		addr add 192.168.9.$2/24 dev eth0
		addr add fd00:98::$2/64 dev eth0 nodad
		route add 10.9.9.$3/32 via 192.168.9.$3
		route add fd00:99::$3/128 via fd00:98::$3
	END
}

# ipvlan MODE WHERE HOST HOST
ipvlan() {
	local discipline disciplines=none

	CLIENT=client APP=app
	netns client app n1 n2
	veth n1 eth0 n2 eth0 "$MTU"
	if [ "$3" != "$4" ]; then
		host n1 1 2
		host n2 2 1
	fi
	slave client 1 "$3" "$1"
	slave app 2 "$4" "$1"
	must dtctl policy add peer any all-netns
	actor c client
	actor a app
	# On one host packets never leave by the device that carries both, whatever their discipline.
	[ "$3" = "$4" ] || disciplines+=" pfifo"
	for discipline in $disciplines; do
		if [ "$discipline" != none ]; then
			must tc -n client qdisc add dev iv0 root "$discipline"
			must tc -n app qdisc add dev iv0 root "$discipline"
		fi
		# In mode l3s the host's INPUT has the packets, where no such socket is.
		if [ "$1 $2" = "l3s between hosts" ]; then
			unheard "ipvlan $1 $2, IPv4, qdisc $discipline" 10.9.9.2
			continue
		fi
		passes "ipvlan $1 $2, IPv4, qdisc $discipline" 10.9.9.2 iv0
		passes "ipvlan $1 $2, IPv6, qdisc $discipline" fd00:99::2 iv0
	done
	STREAM_DEVICE=iv0
	if [ "$1 $2" = "l3s between hosts" ]; then
		stream client app 10.9.9.2 60 20000
		is "status=$(word status) wrong=$(word wrong_bytes) attributed=$(word attributed)" \
			"status=0 wrong=0 attributed=0" "ipvlan $1 $2, a stream: all bytes arrive, in no context"
	else
		stream_right "ipvlan $1 $2, a stream" "$MTU" client app 10.9.9.2 60 20000
	fi
	STREAM_DEVICE=eth0
	end_of_part
}

# --- IPsec ------------------------------------------------------------------------------

# security NETNS OUT IN MODE FROM TO: what goes from FROM to TO is enciphered, and so is what comes back
security() {
	ip_in "$1" <<-END
		xfrm state add src $5 dst $6 proto esp spi $2 mode $4 aead rfc4106(gcm(aes)) $KEY 128 sel src $5 dst $6
		xfrm state add src $6 dst $5 proto esp spi $3 mode $4 aead rfc4106(gcm(aes)) $KEY 128 sel src $6 dst $5
		xfrm policy add src $5 dst $6 dir out tmpl src $5 dst $6 proto esp mode $4
		xfrm policy add src $6 dst $5 dir in tmpl src $6 dst $5 proto esp mode $4
	END
}

# packets_of NETNS FROM TO SPI: how many were enciphered
packets_of() {
	in_ns "$1" ip -s xfrm state get src "$2" dst "$3" proto esp spi "$4" |
		grep -A1 'lifetime current' | grep -oE '[0-9]+\(packets\)' | cut -d'(' -f1
}

# enciphered MODE FAMILY CLIENT_ADDRESS APP_ADDRESS
enciphered() {
	local ns

	security client 0x100 0x101 "$1" "$3" "$4"
	security app 0x101 0x100 "$1" "$4" "$3"
	passes "IPsec, $1 mode, $2" "$4" eth0
	stream client app "$4" 60 20000
	is "status=$(word status) wrong=$(word wrong_bytes) misjoined=$(word misjoined) missed=$(word missed)" \
		"status=0 wrong=0 misjoined=0 missed=0" "IPsec, $1 mode, $2, a stream: each byte in its context" ||
		diag "$verdict"
	between "$(packets_of client "$3" "$4" 0x100)" 50 100000 "IPsec, $1 mode, $2: (packets were enciphered)"
	for ns in client app; do
		printf 'xfrm state flush\nxfrm policy flush\n' | ip_in $ns
	done
}

ipsec() {
	local mode

	KEY=0x4339314b55523947594d6d3547666b45764e6a58
	must modprobe -a esp4 esp6 xfrm_user
	topology_plain "$MTU"
	must dtctl policy add peer any all-netns
	actor c client
	actor a app
	for mode in transport tunnel; do
		enciphered "$mode" IPv4 "$CLIENT_IP" "$APP_IP"
		enciphered "$mode" IPv6 "$CLIENT_IP6" "$APP_IP6"
	done
	end_of_part
}

load_module
must modprobe ipvlan
for mode in l3 l3s; do
	ipvlan "$mode" "between hosts" n1 n2
	ipvlan "$mode" "on one host" n1 n1
done
SECONDS=0
ipsec
diag "ipsec: $SECONDS s"
unloads
done_testing
