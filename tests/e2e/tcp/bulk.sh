#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=300 icount
# debug: no, its verdict is about times, which such a kernel stretches
#
# Tracing a bulk transfer changes neither segmentation (GSO) nor aggregation (GRO).
#
#     client                                   app
#       stream_send -> eth0 ============ eth0 -> stream_read
#         nft output: packets             nft input: packets
#         stream_wire: marked segments
#
# Tested, where the wire carries GSO packets and where the sender's kernel cuts them and the
# receiver's GRO joins them again, with the first and with every segment marked:
#  - packets at LOCAL_OUT and LOCAL_IN (the median of three transfers) are at most
#    5 % more than untraced
#  - the transfer's segments are marked: the first one, or every one
. "$CW_TREE/tests/vm/guest.sh"

PATH=$CW_TREE/build/e2e:$PATH
DIR=$CW_OUT/$CW_NAME.bulk
SIZE=500000 # of a message
COUNT=50
PORT=21000

# count_packets NETNS HOOK
count_packets() {
	must in_ns "$1" nft -f - <<-END
		table ip bulk {
			counter passed { }
			chain count {
				type filter hook $2 priority 300
				tcp dport 21000-21999 ip length > 100 counter name passed
			}
		}
	END
}

# packets NETNS: since the last time
packets() {
	in_ns "$1" nft reset counter ip bulk passed | awk '$1 == "packets" { print $2 }'
}

# transfer PATTERN -> out, in: packets; segments, marked: on the wire
transfer() {
	local reader wire

	PORT=$((PORT + 1))
	packets "$CLIENT" >/dev/null
	packets "$APP" >/dev/null
	start wire ip netns exec "$CLIENT" stream_wire eth0 "$DIR/segments"
	wire=$started_pid
	in_ns "$APP" timeout 60 stream_read "$DIR/$PORT" "$PORT" whole &
	reader=$!
	{ wait_for 10 [ -e "$DIR/$PORT.read" ] && wait_for 10 [ -e "$DIR/segments" ]; } ||
		bail "the reader does not begin"
	in_ns "$CLIENT" timeout 60 stream_send -n "$COUNT" -s "$SIZE" -c "$1" "$DIR/$PORT" \
		"$APP_IP" "$PORT" || bail "the transfer failed"
	wait "$reader" || bail "the reader failed"
	stop "$wire" || bail "stream_wire lost packets"
	out=$(packets "$CLIENT") in=$(packets "$APP")
	read -r segments marked < <(stream_verify - "$DIR/segments" "$DIR" "$PORT" |
		sed -n 's/.* segments=\([0-9]*\) marked=\([0-9]*\) .*/\1 \2/p')
	rm -f "$DIR/segments" "$DIR/$PORT".*
}

# shellcheck disable=SC2086 # the numbers are words
# near "GOT..." "UNTRACED..." DESCRIPTION: the median is at most 5 % above what untraced ones
# had; fewer means that more was joined, fewer than can hold the bytes that they were not counted
near() {
	local got high

	got=$(printf '%s\n' $1 | sort -n | sed -n "$((($(wc -w <<<"$1") + 1) / 2))p")
	high=$(printf '%s\n' $2 | sort -n | tail -n 1)
	between "$got" $((SIZE * COUNT / 65536)) $(((high * 105 + 99) / 100)) \
		"$3: ${1% }, untraced ${2% }"
}

# offloads TSO: of the sender
offloads() {
	must in_ns "$CLIENT" ethtool -K eth0 tx on tso "$1" gso on gro on
	must in_ns "$APP" ethtool -K eth0 tx on tso on gso on gro on
}

# compare NAME TSO: untraced ones before and after, for how much they vary by themselves
compare() {
	local case times pattern
	local -A sent received runs

	offloads "$2"
	transfer -
	for case in untraced first every untraced; do
		times=3 pattern=A
		[ "$case" != untraced ] || times=2 pattern=-
		[ "$case" != first ] || must dtctl policy add peer 10.9.0.0/24 all-netns
		[ "$case" != every ] || must dtctl policy add peer 10.9.0.0/24 mark every all-netns
		while [ "$((times--))" -gt 0 ]; do
			transfer "$pattern"
			sent[$case]+="$out " received[$case]+="$in "
			runs[$case]="$marked of $segments"
		done
		must dtctl policy del all
	done
	is "${runs[untraced]%% *}" 0 "$1: an untraced transfer has no mark"
	between "${runs[first]%% *}" 1 50 "$1: the first segments are marked, ${runs[first]}"
	is "${runs[every]%% *}" "${runs[every]##* }" "$1: with mark every, all are"
	for case in first every; do
		near "${sent[$case]}" "${sent[untraced]}" "$1, mark $case: packets at LOCAL_OUT"
		near "${received[$case]}" "${received[untraced]}" "$1, mark $case: packets at LOCAL_IN"
	done
}

rm -rf "$DIR"
mkdir "$DIR"
load_module
topology_plain
count_packets "$CLIENT" output
count_packets "$APP" input
compare "GSO on the wire" on
compare "segmented and joined again" off
rmdir "$DIR"
done_testing
