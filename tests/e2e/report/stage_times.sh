#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: icount timeout=900
# debug: no, its verdict is about times, which such a kernel stretches
#
# Does the time in each device's event agree with a packet capture at that device?  A request and
# its answer pass the overlay, while packet sockets capture at every device of the way, with the
# kernel's timestamps.  Events and captured packets belong together by flow and sequence number.
#
#   client eth0 | pod0 (cni0) tunnel uplink n1 ---- n3 uplink tunnel (cni0) pod0 | eth0 app
#
# Tested, over VXLAN (bridged pods) and IPIP (routed pods), at each device, both ways:
#  - each packet has its event, each event its packet
#  - dev_xmit and dev_rx lie within 5 us of the capture (one in ten within 20 us: an interrupt
#    may fall between the two)
# The kernel takes the timestamp of an outgoing packet just before it hands the packet to capture
# sockets, and that is just before dev_xmit: the event is later by the cost of one socket.
# It takes the timestamp of an incoming packet at the place of dev_rx (netdev_tstamp_prequeue is 0
# here), with two exceptions:
# - one that still carries TCP's departure time gets its timestamp only at the capture socket:
#   there, the event is earlier (skb_clear_delivery_time() in packet_rcv());
# - out of a tunnel, it keeps that of the outer packet's delivery to the host: the event
#   is later by the decapsulation, 3 to 4.5 us.
. "$CW_TREE/tests/vm/guest.sh"

E2E=$CW_TREE/build/e2e
REQUESTS=20

inums() {
	local namespace

	for namespace in "$CLIENT" n1 n3 "$APP"; do
		echo "$namespace=$(stat -Lc %i "/run/netns/$namespace")"
	done
}

# run TOPOLOGY DEVICE...: with these devices on the nodes, beside pod0 and uplink
run() {
	local name=$1 directory=$CW_OUT/$CW_NAME.$1 device places=() tap server recorder
	local verdict description detail count=0

	shift
	mkdir -p "$directory"
	rm -f "$directory"/*
	for device in pod0 uplink "$@"; do
		places+=("n1:$device" "n3:$device")
	done
	"topology_$name"
	load_module
	must sysctl -qw net.core.netdev_tstamp_prequeue=0
	must dtctl policy add peer 10.244.0.0/16 all-netns
	start "server-$name" ip netns exec "$APP" "$E2E/coverage_ping" serve "$APP_IP" 7000
	server=$started_pid
	must wait_for 10 listening "$APP" 7000
	start "record-$name" dtctl record --quiet -w "$directory/recording.cw"
	recorder=$started_pid
	must wait_for 10 session_open
	start "tap-$name" "$E2E/stage_times_tap" "$directory" "$CLIENT:eth0" "$APP:eth0" "${places[@]}"
	tap=$started_pid
	must wait_for 10 [ -e "$directory/ready" ]
	must in_ns "$CLIENT" "$E2E/coverage_ping" ask "$APP_IP" 7000 "$REQUESTS"
	stop "$tap" || bail "stage_times_tap: $(cat "$CW_OUT/$CW_NAME.tap-$name.log")"
	stop "$recorder" INT || bail "dtctl record failed"
	while IFS=$'\t' read -r verdict description detail; do
		count=$((count + 1))
		if [ "$verdict" = ok ]; then
			ok "$name: $description: each packet has its event, within 5 us"
			diag "$detail"
		else
			not_ok "$name: $description: each packet has its event, within 5 us" "$detail"
		fi
	done < <(mapfile -t names < <(inums)
		python3 "$CW_TREE/tests/e2e/report/stage_times.py" --stages dev_xmit,dev_rx \
			"$directory/recording.cw" "$directory" "${names[@]}")
	is "$count" $((2 * (2 + ${#places[@]}))) "$name: packets passed each device, both ways"
	stop "$server"
	unload_module
	topology_remove
}

run flannel cni0 flannel.1
run calico tunl0
done_testing
