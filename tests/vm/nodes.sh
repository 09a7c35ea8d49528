# shellcheck shell=bash disable=SC2034,SC2153 # read by the scripts that source this; CW_NODES is no misspelling
# SPDX-License-Identifier: GPL-2.0
#
# For scripts that run in every machine of a cluster (tests/vm/cluster) at the same time;
# sourced after guest.sh.  CW_NODE is which one this is.  Nodes meet through files in the
# results directory, which they share; a node that ends early does not keep the others waiting.

[ "${CW_NODE:-}" ] || bail "this script wants several machines; run: tests/vm/cluster --each $0"
# CW_NAME is the name of this node's run; this one is shared by all nodes.
SHARED=$CW_OUT/${CW_NAME%.node*}
MEETING=$SHARED.meeting
mkdir -p "$MEETING"
at_exit touch "$MEETING/gone.$CW_NODE"

# meet NAME [SECONDS]: goes on when every node has come here
meet() {
	touch "$MEETING/$1.$CW_NODE"
	wait_for "${2:-60}" all_decided "$1" || bail "node $CW_NODE waited for the others in vain at: $1"
	everyone_at "$1" || bail "node $CW_NODE: another node was gone before: $1"
}

everyone_at() {
	local i

	for ((i = 1; i <= CW_NODES; i++)); do
		[ -e "$MEETING/$1.$i" ] || return 1
	done
}

# A node that has ended either was here before, or will never come.
all_decided() {
	local i

	for ((i = 1; i <= CW_NODES; i++)); do
		[ -e "$MEETING/gone.$i" ] || [ -e "$MEETING/$1.$i" ] || return 1
	done
}

# node_start [PPM]: the network card becomes the uplink, 192.168.0.I; the clock runs fast by PPM
node_start() {
	local driver card

	for driver in virtio_net e1000 e1000e; do
		modprobe -q "$driver"
	done
	card=$(find /sys/class/net -type l -lname '*/pci*' -printf '%f\n' | head -n 1)
	[ -n "$card" ] || bail "node $CW_NODE has no network card"
	# The script that ran before this one in the machine may have renamed it.
	[ "$card" = uplink ] || echo "link set $card down name uplink" | ip_in -
	ip_in - <<-END
		addr replace 192.168.0.$CW_NODE/24 dev uplink
		link set uplink mtu $UPLINK_MTU up
	END
	# adjtimex counts in units of 2^-16 ppm.
	must busybox adjtimex -q -f $((${1:-0} * 65536))
	meet "uplinks are up"
}

# clock_sample NAME: this node's clock against that of the machine outside, to
# $SHARED.nodeI.NAME.clock: least and most that it is ahead, ns; its own time
clock_sample() {
	must python3 "$CW_TREE/tests/vm/clock.py" "$CW_OUT/.vm/clock-$CW_NODE" \
		"$SHARED.node$CW_NODE.$1.clock"
}
