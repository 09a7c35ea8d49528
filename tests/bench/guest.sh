#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a round trip costs, in instructions: inside a guest whose clock counts them (--icount).
# All states in one boot, ROUNDS times in rotated order; writes a line each time to bench.txt:
#
#     NETWORK SIZE STATE ROUND INSTRUCTIONS [EVENTS]
#
# States: nothing; hook: netfilter chains without a rule, in and out, everywhere; nftcounter: the
# same with a counter; loaded: without policy; elsewhere: a policy for another namespace;
# nomatch: for these, that does not match; sampled: one in a hundred; context: all, carried only;
# histograms: and counted; stages: carried, and read by dtctl record.
#
# Environment: NETWORKS (plain flannel calico), SIZES (64 1200), ROUNDS, COUNT round trips.
. "$CW_TREE/tests/vm/guest.sh"

PATH=$CW_TREE/build/bench:$PATH
STATES=(nothing hook nftcounter loaded elsewhere nomatch sampled context histograms stages)
read -ra networks <<<"${NETWORKS:-flannel}"
read -ra sizes <<<"${SIZES:-64}"
ROUNDS=${ROUNDS:-2}
COUNT=${COUNT:-1000}
PORT=9000

# policy RULE...: each a line of words
policy() {
	local rule words

	for rule in "$@"; do
		read -ra words <<<"$rule"
		must dtctl policy add "${words[@]}"
	done
}

nft_all() {
	local name

	for name in "${namespaces[@]}"; do
		must in_ns "$name" nft -f - <<<"$1"
	done
}

nft_none() {
	local name

	for name in "${namespaces[@]}"; do
		must in_ns "$name" nft flush ruleset
	done
}

PEER='peer 10.0.0.0/8 all-netns'
TABLE='table inet bench {
	chain out {
		type filter hook output priority 300
		RULE
	}
	chain in {
		type filter hook input priority 300
		RULE
	}
}'

begin() {
	case $1 in
	hook) nft_all "${TABLE//RULE/}" ;;
	nftcounter) nft_all "${TABLE//RULE/counter}" ;;
	loaded) load_module ;;
	elsewhere)
		load_module
		policy 'peer 10.0.0.0/8 netns other'
		;;
	nomatch)
		load_module
		policy 'peer 172.31.0.0/16 all-netns' 'root client port 1 all-netns'
		;;
	sampled)
		load_module histograms=0
		policy "$PEER" 'root client port 9000 ratio 1% all-netns'
		;;
	context)
		load_module histograms=0
		policy "$PEER" 'root client port 9000 all-netns'
		;;
	histograms)
		load_module
		policy "$PEER" 'root client port 9000 all-netns'
		;;
	stages)
		load_module histograms=0
		policy "$PEER" 'root client port 9000 all-netns'
		start record dtctl record -w "$CW_OUT/bench.cw"
		recorder=$started_pid
		wait_for 10 test -s "$CW_OUT/bench.cw"
		;;
	esac
}

end() {
	local events=''

	[ "$1" != stages ] || {
		stop "$recorder" INT
		events=$(sed -n 's/^\([0-9]*\) events, 0 lost$/\1/p' "$CW_OUT/$CW_NAME.record.log" | tail -1)
		echo "${events:-lost}"
	}
	nft_none
	! module_loaded || unload_module
}

measure() {
	local state=$1 network=$2 size=$3 round=$4 server took events

	begin "$state" >&2
	start server ip netns exec "$APP" pingpong serve "$APP_IP" "$PORT" "$size"
	server=$started_pid
	wait_for 10 listening "$APP" "$PORT"
	took=$(in_ns "$CLIENT" pingpong ask "$APP_IP" "$PORT" "$size" "$COUNT") || bail "pingpong failed"
	stop "$server"
	events=$(end "$state")
	echo "$network $size $state $round $took $events" | tee -a "$CW_OUT/bench.txt" >&2
}

: >"$CW_OUT/bench.txt"
netns other
for network in "${networks[@]}"; do
	"topology_$network"
	for size in "${sizes[@]}"; do
		for ((round = 0; round < ROUNDS; round++)); do
			for ((i = 0; i < ${#STATES[@]}; i++)); do
				measure "${STATES[(i + round * 3) % ${#STATES[@]}]}" "$network" "$size" "$round"
			done
		done
	done
	topology_remove
	netns other
done
ok "measured"
done_testing
