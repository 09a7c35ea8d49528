#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=180
# debug: paths
#
# Packets with broken outer or inner headers, sent through real tunnel devices, harm neither the kernel
# nor the traces of requests beside them (coverage_ping).  tunnels_inject.py lists the kinds.
#
#                 pod            tunnel          wire
#                  v               v              v
#   client eth0 --- pod0 | n1 | flannel.1 --- uplink === uplink --- flannel.1 | n3 | pod0 --- eth0 app
#                               gnv1, gre1                          gnv1, gre1
#                               ipip1 (n2)                          tunl0
#
# Tested, for VXLAN, Geneve, GRE and IPIP, at each place:
#  - the kernel does not complain (the harness looks)
#  - nothing is recorded of a packet that is broken; a whole one is recorded as it is; one
#    that is nested too deeply, only where it is so no more
#  - every request is recorded, whole; no trace that no client made, no record lost
#  - each mark that a socket took is counted, once, and what is wrong with the others
. "$CW_TREE/tests/vm/guest.sh"

E2E=$CW_TREE/build/e2e
INJECT=$CW_TREE/tests/e2e/overlay/tunnels_inject.py
REQUESTS=60
TIMES=2

mac() {
	in_ns "$1" cat "/sys/class/net/$2/address"
}

# counter NAME
counter() {
	dtctl -s status | awk -v name="$1" '$1 == name { print $2 }'
}

received() {
	in_ns n3 cat /sys/class/net/uplink/statistics/rx_packets
}

# inject WHERE WORD=VALUE...: adds what was sent to $injected, the place to $places
inject() {
	local count tunnel=${*: -1}

	count=$(python3 "$INJECT" send "$1" "$TIMES" "inner=$CLIENT_IP,$APP_IP" \
		"outer=192.168.0.1,192.168.0.3" "${@:2}") || bail "tunnels_inject.py failed"
	[ "$count" -gt 0 ] || bail "nothing could be sent: $*"
	[ "$1" != wire ] || injected=$((injected + count))
	places+=${places:+,}$1:${tunnel#tunnel=}
}

# wire TUNNEL [FRAME]: to the uplink of n3
wire() {
	inject wire netns=n1 device=uplink "mac=$(mac n3 uplink)" "from=$(mac n1 uplink)" \
		"frame=${2:-,}" "tunnel=$1"
}

# pod GATEWAY_DEVICE: to the gateway of the client's pod
pod() {
	inject pod netns="$CLIENT" device=eth0 "mac=$(mac n1 "$1")" "from=$(mac "$CLIENT" eth0)" \
		tunnel=none
}

# both_ends NAME TYPE ARGUMENTS: a tunnel between n1 and n3; @ and % stand for this end's
# number and the other's
both_ends() {
	local end words

	for end in 1 3; do
		words=${*:2}
		words=${words//@/$end}
		words=${words//%/$((4 - end))}
		printf '%s\n' "link add $1 type $words" "link set $1 up" | ip_in "n$end"
	done
}

flannel() {
	local frame

	wire vxlan "$(mac n1 flannel.1),$(mac n3 flannel.1)"
	frame="$(mac n1 gnv1),$(mac n3 gnv1)"
	wire geneve "$frame"
	wire gre
	inject tunnel netns=n1 device=flannel.1 "mac=$(mac n3 flannel.1)" "from=$(mac n1 flannel.1)" tunnel=vxlan
	inject tunnel netns=n1 device=gnv1 "mac=${frame#*,}" "from=${frame%,*}" tunnel=geneve
	inject tunnel netns=n1 device=gre1 mac=- from=- tunnel=gre
	pod cni0
}

calico() {
	wire ipip
	inject tunnel netns=n2 device=ipip1 mac=- from=- tunnel=ipip
	pod pod0
}

# prepare TOPOLOGY: devices beside the overlay's own
prepare() {
	if [ "$1" = flannel ]; then
		both_ends gnv1 geneve id 1 remote 192.168.0.%
		both_ends gre1 gre local 192.168.0.@ remote 192.168.0.%
	else
		printf '%s\n' "link add ipip1 type ipip local 192.168.0.2 remote 192.168.0.3" \
			"link set ipip1 up" | ip_in n2
	fi
}

# judge NAME RECORDING DEVICE
judge() {
	verdicts "$1" < <(python3 "$CW_TREE/tests/e2e/overlay/tunnels_judge.py" "$2" "$REQUESTS" "$places" "$3" \
		"$CLIENT_IP" "$APP_IP")
	ok "$1: tunnels_judge.py came to its end" [ "$verdicts" -gt 60 ]
}

# run TOPOLOGY TUNNEL_DEVICE
run() {
	local recording=$CW_OUT/$CW_NAME.$1.cw server recorder asker injected=0 places='' before count

	"topology_$1"
	prepare "$1"
	load_module
	must dtctl policy add peer 10.244.0.0/16 all-netns
	start "server-$1" ip netns exec "$APP" "$E2E/coverage_ping" serve "$APP_IP" 7000
	server=$started_pid
	must wait_for 10 listening "$APP" 7000
	start "record-$1" dtctl record --quiet -w "$recording"
	recorder=$started_pid
	must wait_for 10 session_open
	start "ask-$1" ip netns exec "$CLIENT" "$E2E/coverage_ping" ask "$APP_IP" 7000 "$REQUESTS" 20000
	asker=$started_pid
	before=$(received)
	"$1"
	wait "$asker"
	is $? 0 "$1: every request is answered"
	between $(($(received) - before)) "$injected" 100000 "$1: the other node received what was sent"
	stop "$recorder" INT || bail "dtctl record failed"
	judge "$1" "$recording" "$2"
	is "$(counter rx_long)" $((2 * REQUESTS)) "$1: marks taken: those of the requests and answers"
	# Three kinds have broken option lists, one is whole but for its checksum.
	count=$(tr -cd , <<<"$places," | wc -c)
	is "$(counter rx_malformed)" $((3 * TIMES * count)) "$1: broken option lists are counted"
	is "$(counter rx_checksum)" $((TIMES * count)) "$1: so are wrong checksums"
	is "$(counter rx_duplicate) $(counter rx_version) $(counter rx_refused)" "0 0 0" "$1: and nothing else"
	stop "$server"
	unload_module
	topology_remove
}

run flannel flannel.1
run calico tunl0
done_testing
