#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# debug: rules
#
# TCP options that are broken, foreign, doubled or out of place, on established connections and
# through real devices, are counted and change nothing else.  The client's end is a TCP made by hand
# (malformed_peer.c), which sends segments that no kernel would; the other end is an actor.
#
#   client eth0 (10.9.0.77, no host's) ------------ eth0 10.9.0.2 app
#     malformed_peer p                                actor a: listens
#
# Tested: options of ours of every length and at every position; unknown versions; bits
# that must be zero; two in one segment; broken option lists; wrong checksum; segments that TCP
# would not take: sequence numbers out of the window, acknowledgements of what was never sent or
# long ago, old timestamps; each in its counter, bytes and contexts unaffected.  OBI's
# option (kind 25), which another tool writes: it is read only where policy says so.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

PEER_IP=10.9.0.77
TRACE=0123456789abcdef0123456789abcdef

# long [BYTE4 [TRACE]]: our long form, as hex; run 0, sampled
long() {
	echo "fd1c4357${1:-20}${2:-$TRACE}${3:-1122334455}0000"
}

# padded HEX: NOPs in front, to a multiple of 4 bytes
padded() {
	local text=$1

	while [ $((${#text} % 8)) -ne 0 ]; do
		text=01$text
	done
	echo "$text"
}

# connection PORT: p's own port; a's end is socket 1
connection() {
	do_it p open $PEER_IP "$1" "$APP_IP" "${2:-7000}"
	do_it a accept 1 $((${2:-7000} - 6900))
}

# sends HEX [WORD...]: 10 bytes of data with these options arrive, whatever the options are.  It
# counts, and so it must not run in a subshell.
sends() {
	ask p send 10 "options=$1" "${@:2}"
	[ "$reply" = 10 ] || lost=$((lost + 1))
	ask a read 1 10
	[ "$reply" = 10 ] || lost=$((lost + 1))
	sent=$((sent + 1))
}

# batch: begins to count anew
batch() {
	counters_keep
	sent=0 lost=0 contexts=0
}

# stays_none: no option, of any segment, gave a context
stays_none() {
	ask a context
	[ "$reply" = none ] || contexts=$((contexts + 1))
}

# judge COUNTER WANTED DESCRIPTION [LOST]: checks the counter and the bytes of the batch
judge() {
	[ "$1" = - ] || is "$(rose "$1")" "$2" "$3: $1 says so ($sent segments)"
	is "$lost lost, $contexts contexts" "$((sent * ${4:-0})) lost, 0 contexts" "$3: no byte lost by us, no context taken"
	is "$(rose rx_long) $(rose rx_none) $(rose rx_boundary)" "0 0 0" "$3: none counted as good"
}

# Shows what TCP itself does with a broken list, while there is no rule and so no hook of ours:
# since 6.7, where it looks for signatures, it drops the segment (TCP_AUTH_HDR), which counts twice
# in "sends".
broken_alone() {
	connection 2000
	batch
	sends "$(padded "fd00${TRACE}")"
	refused=$lost
	diag "without a rule: $lost lost"
	do_it p reset
	do_it a close 1
}

control() {
	connection 2001
	batch
	sends "$(long)"
	context_of a
	is "$reply" "$TRACE read" "an option that is right gives its context"
	is "$(rose rx_long)" 1 "and is counted"
	do_it a write 1 10
	do_it p take 10
	ask p ours
	ok "the answer has one of ours: $reply" [ "$reply" -ge 1 ]
	do_it p reset
	do_it a close 1
	do_it a clear
}

# Kind and ExID are ours, but the length is another one: the option is not ours, and nothing
# happens.  Lengths that break the list are counted.
lengths() {
	local body length text

	connection 2002
	body=$(long)$(long)
	batch
	for ((length = 2; length <= 40; length++)); do
		case $length in 8 | 28) continue ;; esac
		printf -v text 'fd%02x%s' "$length" "${body:4:2 * (length - 2)}"
		sends "$(padded "$text")"
		stays_none
	done
	judge rx_malformed 0 "every length but ours is somebody else's option"
	batch
	for length in 0 1 29 40 41 128 255; do
		printf -v text 'fd%02x%s' "$length" "${body:4:52}"
		sends "$(padded "$text")"
		stays_none
	done
	judge rx_malformed 7 "a length that cannot be breaks the list" "$refused"
	batch
	# The last byte of the options is a kind without a length: the option is cut off.
	for text in 010101fd 01010119 fd fd1c fd1c4357 fd08 fd084357; do
		sends "$(padded "$text")"
		stays_none
	done
	judge rx_malformed 7 "a list that ends within an option"
}

positions() {
	local n text

	batch
	for ((n = 0; n <= 12; n += 4)); do
		printf -v text '01%.0s' $(seq 1 $n)
		[ "$n" -gt 0 ] || text=
		# Only the version is wrong: the option is found at any position, and refused.
		sends "$text$(long e0)"
		stays_none
	done
	for ((n = 0; n < 4; n++)); do
		printf -v text '01%.0s' $(seq 1 $n)
		[ "$n" -gt 0 ] || text=
		text+=$(long 60)
		while [ $((${#text} % 8)) -ne 0 ]; do
			text+=00
		done
		sends "$text"
		stays_none
	done
	judge rx_version 8 "an unknown version, at any position"
	batch
	# Options behind the end of the list do not count.
	sends "00010101$(long)"
	stays_none
	judge rx_malformed 0 "an option behind the end of the list"
}

fields() {
	local bits

	batch
	for bits in 01 02 03 30 31 33 3c; do
		sends "fd084357${bits}000000"
		stays_none
	done
	judge rx_malformed 7 "short forms with bits that must be zero, or of no known kind"
	batch
	sends "fd08435700010000"
	stays_none
	judge rx_malformed 1 "a short form with a byte that must be zero"
	batch
	sends "$(long 20 00000000000000000000000000000000)"
	stays_none
	judge rx_malformed 1 "a trace id of zeros"
	batch
	for bits in 40 80 c0; do
		sends "fd084357${bits}000000"
		sends "$(long $bits)"
		stays_none
	done
	judge rx_version 6 "every unknown version, long and short"
}

twice() {
	batch
	sends "fd08435700000000$(long)"
	stays_none
	sends "$(long)fd08435720000000"
	stays_none
	sends "fd08435700000000fd08435710000000"
	stays_none
	sends "fd084357c0000000$(long)"
	stays_none
	judge rx_duplicate 4 "two of ours in a segment: neither counts"
}

# TCP drops a segment with a wrong checksum, and we do not look into it.  Sent again with the right
# one, it has no option.
checksums() {
	batch
	ask p send 10 "options=$(long)" checksum=bad
	ask p send 10 "options=fd08435720000000" checksum=bad
	sends ""
	stays_none
	judge rx_checksum 2 "a wrong checksum"
}

windows() {
	local shift

	batch
	for shift in 1000000000 -1000000000 70000000 -100000; do
		do_it p send 10 "options=$(long)" "seq=$shift"
		do_it p send 0 "options=$(long)" "seq=$shift"
	done
	# These bytes were read already.
	do_it p send 10 "options=$(long)" seq=-10
	sends ""
	stays_none
	judge rx_window 9 "a sequence number outside the window"
}

# An off-path forger has to guess more than a sequence number (RFC 5961, 5; RFC 7323, 5).
acknowledgements() {
	local shift

	batch
	for shift in 1 70000000 1000000000 -1000000000 -100000 none; do
		do_it p send 10 "options=$(long)" "ack=$shift"
	done
	sends ""
	stays_none
	judge rx_unacceptable 6 "an acknowledgement that TCP does not take"
}

# stamp TSVAL: timestamps, as hex; the handshake's was 1000
stamp() {
	printf '0101080a%08x%08x' "$1" 0
}

timestamps() {
	local shift

	do_it p reset
	do_it a close 1
	do_it p open $PEER_IP 2009 "$APP_IP" 7000 stamps
	do_it a accept 1 100
	batch
	for shift in 998 1 $((1000 - 0x7fffffff + 0x100000000)); do
		do_it p send 10 "options=$(stamp "$shift")$(long)" seq=1
	done
	sends "$(stamp 1001)"
	stays_none
	judge rx_unacceptable 3 "a timestamp that TCP takes for old"
	batch
	sends "$(stamp 1001)$(long)"
	context_of a
	is "$reply $(rose rx_long)" "$TRACE read 1" "with a timestamp that is right it counts"
	do_it a clear
	do_it p reset
	do_it a close 1
	connection 2010
}

strangers() {
	batch
	do_it p send 10 "options=$(long)" seq=20
	stays_none
	sends ""
	stays_none
	is "$(rose rx_long)" 1 "a mark ahead of its turn, within the window, is kept"
	do_it p send 10 "options="
	do_it a read 1 10
	stays_none
	is "$lost lost, $contexts contexts" "0 lost, 0 contexts" "the bytes before it stay nobody's"
	do_it p reset
	do_it a close 1
	batch
	ask p send 10 "options=$(long)"
	is "$reply, $(rose rx_long)" "error the connection was reset, 0" "no connection, no mark"
	do_it a clear
}

no_policy() {
	connection 2003 7001
	batch
	sends "$(long)"
	stays_none
	is "$(rose rx_refused) $(rose rx_long)" "1 0" "a sender outside of policy is refused, and counted"
	is "$lost lost, $contexts contexts" "0 lost, 0 contexts" "... and changes nothing"
	do_it p reset
	do_it a close 1
}

# The reader has closed, and the kernel keeps no full socket of the connection.
time_wait() {
	connection 2006
	batch
	sends "$(long)"
	do_it a close 1
	do_it p finish
	batch
	do_it p send 10 "options=$(long)" seq=-10
	is "$(rose rx_no_socket) $(rose rx_long)" "1 0" "a mark for a connection in TIME_WAIT is counted, and kept nowhere"
}

# obi LENGTH [FLAGS]
obi() {
	padded "19$(printf %02x "$1")${TRACE}1020304050607080${2:-}"
}

obi_option() {
	local rule

	connection 2004
	batch
	sends "$(obi 26)"
	stays_none
	sends "$(obi 27 01)"
	stays_none
	is "$(rose rx_obi) $contexts" "0 0" "OBI's option is not taken without policy"
	do_it p reset
	do_it a close 1
	rule=$(dtctl policy add peer 10.9.0.0/24 obi on netns "$APP") || bail "no rule"
	connection 2005
	batch
	sends "$(obi 26)"
	context_of a
	is "$reply" "$TRACE read" "with it, 26 bytes give a context"
	do_it a write 1 10
	do_it p take 10
	sends ""
	holds a none "its run ends at the turn-around"
	do_it a write 1 10
	do_it p take 10
	sends "$(obi 27 01)"
	context_of a
	is "$reply" "$TRACE read" "27 bytes do, too"
	is "$(rose rx_obi)" 2 "counted"
	do_it a write 1 10
	do_it p take 10
	do_it a clear
	batch
	sends "$(padded "1919${TRACE}10203040506070")"
	stays_none
	sends "$(obi 28 0100)"
	stays_none
	is "$(rose rx_obi) $contexts" "0 0" "no other length does"
	sends "$(padded "191a${TRACE}0000000000000000")"
	stays_none
	sends "$(padded "191a000000000000000000000000000000001020304050607080")"
	stays_none
	is "$(rose rx_malformed) $contexts" "2 0" "ids of zeros are malformed"
	is "$lost" 0 "no byte lost"
	do_it p reset
	do_it a close 1
	must dtctl policy del "$rule"
}

load_module
topology_plain
mac=$(in_ns "$APP" cat /sys/class/net/eth0/address)
client_mac=$(in_ns "$CLIENT" cat /sys/class/net/eth0/address)
ip_in "$APP" <<<"neigh add $PEER_IP lladdr $client_mac dev eth0 nud permanent"
actor a "$APP"
actor p "$CLIENT" malformed_peer eth0 "$mac"
do_it a listen 100 "$APP_IP" 7000
do_it a listen 101 "$APP_IP" 7001

broken_alone
must dtctl policy add peer 10.9.0.0/24 netns "$APP" port 7000
control
lengths
positions
fields
twice
checksums
windows
acknowledgements
timestamps
strangers
no_policy
time_wait
obi_option
done_testing
