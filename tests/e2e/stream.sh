#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: mem=1536 timeout=600
#
# Whose was each byte?  One connection at a time; the writer changes its context before
# each message, each byte of the payload says whose it is, and the recording is held
# against that.
#
#     client                                   app
#       stream_send -> eth0 ============ eth0 -> stream_read
#       stream_wire ---^  netem both ways
#
# Tested, under the conditions that each line of stream_table.txt names (every pair of
# ways to write, ways to read, network, SACK, timestamps, offloads, MTU, change of MTU in
# mid-flow, IP version, order of contexts, Nagle), and on a clean network 5,000 times:
#  - the connection completes and its payload is what was sent
#  - no byte is attributed to another context or message; without loss none is missed; at
#    5 % loss at least 95 % of the messages are whole; what is missed is counted by cause
#  - no segment on the wire has bytes of two contexts, or is larger than the MTU
#  - MSG_PEEK changes nothing (read mode peek)
#  - no TCP checksum error, except where packets are corrupted on purpose
# stream_full.sh is this script with the full table.
. "$CW_TREE/tests/vm/guest.sh"

TABLE=${STREAM_TABLE:-$CW_TREE/tests/e2e/stream_table.txt}
PATH=$CW_TREE/build/e2e:$PATH
DIR=$CW_OUT/$CW_NAME.stream
PORT=20000
# What a byte without a context may be put down to.
CAUSES='tx_bare_retransmit tx_bare_mtu tx_bare_room tx_bare_checksum tx_bare_header tx_boundary
	tx_stopped rx_malformed rx_duplicate rx_checksum rx_window rx_late rx_gap limit_marks
	no_memory_mark'
declare -A conditions outcome before after

# configure NETNS NET SACK TIMESTAMPS OFFLOAD MTU
configure() {
	# shellcheck disable=SC2016 # for the inner shell
	in_ns "$1" bash -ec '
		on=1; [ "$2" = sack ] || on=0
		echo $on >/proc/sys/net/ipv4/tcp_sack
		on=1; [ "$3" = ts ] || on=0
		echo $on >/proc/sys/net/ipv4/tcp_timestamps
		echo 1 >/proc/sys/net/ipv4/tcp_no_metrics_save
		case $4 in
		gso) ethtool -K eth0 tx on tso on gso on gro on ;;
		nogso) ethtool -K eth0 tx on tso off gso off gro off ;;
		notx) ethtool -K eth0 tx off gso on gro on ;;
		esac
		ip link set eth0 mtu "$5"
		case $1 in
		clean) tc qdisc del dev eth0 root 2>/dev/null || true ;;
		loss) tc qdisc replace dev eth0 root netem limit 10000 loss 5% ;;
		reorder) tc qdisc replace dev eth0 root netem limit 10000 delay 5ms reorder 75% 50% ;;
		duplicate) tc qdisc replace dev eth0 root netem limit 10000 duplicate 5% ;;
		jitter) tc qdisc replace dev eth0 root netem limit 10000 delay 4ms 3ms ;;
		corrupt) tc qdisc replace dev eth0 root netem limit 10000 corrupt 1% ;;
		esac' configure "${@:2}"
}

other_mtu() {
	case $1 in
	1280) echo 1450 ;;
	1450) echo 1280 ;;
	1500) echo 1280 ;;
	*) echo 1500 ;;
	esac
}

# change_mtu FILE MTU: when the writer has come half way
change_mtu() {
	wait_for 30 [ -e "$1.paused1" ] || return 1
	echo "link set eth0 mtu $2" | ip_in "$CLIENT"
	echo "link set eth0 mtu $2" | ip_in "$APP"
	touch "$1.go1"
}

# sizes WRITE READ NET -> size count: such that a run takes seconds on an emulated machine
sizes() {
	size=100 count=400
	[ "$3" != clean ] || count=1000
	case $1 in
	large) size=20000 count=100 ;;
	sendfile) size=6000 count=200 ;;
	writev | more) size=900 ;;
	esac
	if [ "$2" = 7 ] && [ $((size * count)) -gt 200000 ]; then
		count=$((200000 / size))
	fi
}

# transfer FILE ADDRESS COUNT SIZE WRITE READ PATTERN NAGLE [MTU]: one connection; with an
# MTU, that is what it changes to half way
transfer() {
	local how=send reader sender status arguments=()

	case $5 in
	more | writev | sendfile) how=$5 ;;
	esac
	[ "$8" = nagle ] || arguments+=(-d)
	[ -z "${9:-}" ] || arguments+=(-w $(($3 / 2)))
	in_ns "$APP" timeout 60 stream_read "$1" "$PORT" "$6" &
	reader=$!
	wait_for 10 [ -e "$1.read" ] || return 1
	in_ns "$CLIENT" timeout 60 stream_send -n "$3" -s "$4" -m "$how" -c "$7" \
		"${arguments[@]}" "$1" "$2" "$PORT" &
	sender=$!
	[ -z "${9:-}" ] || change_mtu "$1" "$9"
	wait "$sender"
	status=$?
	wait "$reader" && return "$status"
}

# run_one COUNT SIZE WRITE READ NET SACK TIMESTAMPS OFFLOAD MTU CHANGE FAMILY PATTERN NAGLE;
# COUNT and SIZE may be -
run_one() {
	local address=$APP_IP to='' size count

	sizes "$3" "$4" "$5"
	[ "$1" = - ] || count=$1
	[ "$2" = - ] || size=$2
	[ "${11}" = ip4 ] || address=$APP_IP6
	[ "${10}" = - ] || to=$(other_mtu "$9")
	PORT=$((PORT + 1))
	conditions[$PORT]="${*:3}"
	must configure "$APP" "${@:5:5}"
	must configure "$CLIENT" "${@:5:5}"
	echo "T configured $EPOCHREALTIME" >&2
	echo "T start $EPOCHREALTIME" >&2
	diag "$PORT, $count messages of $size: ${*:3}, at $SECONDS s" >&2
	counters before
	echo "T counters $EPOCHREALTIME" >&2
	outcome[$PORT]=$(transfer "$DIR/$PORT" "$address" "$count" "$size" "$3" "$4" "${12}" \
		"${13}" "$to" 2>&1) || outcome[$PORT]+=' failed'
	echo "T transfer $EPOCHREALTIME" >&2
	counters after
	keep_causes
}

# counters NAME: into that array
counters() {
	local name value

	while read -r name value; do
		[[ ! $value =~ ^[0-9]+$ ]] || eval "$1[$name]=$value"
	done < <(dtctl -s status)
}

# What was counted during the run, in $DIR/$PORT.causes
keep_causes() {
	local name

	for name in $CAUSES rx_unknown_bytes tx_long tx_none tx_boundary; do
		[ "${after[$name]}" = "${before[$name]}" ] ||
			echo "$name=$((after[$name] - before[$name]))"
	done >"$DIR/$PORT.causes"
}

# table clean|corrupt|impaired: the lines with that network
table() {
	awk -v which="$1" '!/^#/ && NF &&
		($3 == "corrupt" || $3 == "clean" ? which == $3 : which == "impaired")' "$TABLE"
}

run_table() {
	local line

	while read -ra line; do
		run_one - - "${line[@]}"
	done < <(table "$1")
}

checksum_errors() {
	in_ns "$1" nstat -asz TcpInCsumErrors | awk '$1 == "TcpInCsumErrors" { print $2 }'
}

# caused PORT: some cause was counted, and all bytes without a context were
caused() {
	local causes

	causes=$(cut -d= -f1 "$DIR/$1.causes")
	grep -qxF "${CAUSES//[[:space:]]/$'\n'}" <<<"$causes"
}

# judge PORT NAME=NUMBER...: one line of the verifier
judge() {
	local port=$1 word wrong='' name="${conditions[$1]}"
	local traced attributed wrong_bytes missed shared misjoined unsent segments incomplete=0
	local -a of

	for word in "${@:2}"; do
		local "$word"
	done
	read -ra of <<<"$name"
	[ -z "${outcome[$port]}" ] || wrong+="the transfer: ${outcome[$port]}; "
	if [ "$incomplete" -eq 1 ]; then
		not_ok "$name" "$port: not complete: ${outcome[$port]}"
		return
	fi
	[ $((wrong_bytes + misjoined)) -eq 0 ] || wrong+="wrong attributions; "
	[ "$unsent" -eq 0 ] || wrong+="messages without an event of sending; "
	if [ "${of[2]}" != corrupt ]; then
		[ "$shared" -eq 0 ] || wrong+="segments with two contexts; "
		[ "$segments" -gt 0 ] || wrong+="no segment was seen; "
	fi
	case ${of[2]} in
	clean | duplicate | jitter | reorder)
		[ "$missed" -eq 0 ] || wrong+="messages missed without loss; " ;;
	loss)
		[ $((attributed * 100)) -ge $((traced * 95)) ] ||
			wrong+="less than 95 % of the messages; " ;;
	esac
	[ "$missed" -eq 0 ] || caused "$port" || wrong+="missed without a cause; "
	if [ -z "$wrong" ]; then
		ok "$name"
	else
		not_ok "$name" "$port: $wrong" "${*:2}" "$(tr '\n' ' ' <"$DIR/$port.causes")"
	fi
}

judge_all() {
	local line

	while read -ra line; do
		if [ "${line[0]}" = file ]; then
			is "${line[*]:2}" 'dropped=0 missing=0 corrupt=0 finished=1' \
				"the recording is complete"
		else
			diag "${line[*]}" >&2
			judge "${line[@]}"
		fi
	done
}

ok "the table holds every pair" "$CW_TREE/tests/e2e/stream_table.py" check "$TABLE"
rm -rf "$DIR"
mkdir "$DIR"
load_module
topology_plain
must dtctl policy add peer 10.9.0.0/24 all-netns
must dtctl policy add peer fd00:9::/64 all-netns
start record dtctl record --quiet --stage send,recv -w "$DIR/recording"
recorder=$started_pid
start wire ip netns exec "$CLIENT" stream_wire eth0 "$DIR/segments"
wire=$started_pid
wait_for 10 [ -s "$DIR/recording" ] || bail "dtctl record does not begin"
wait_for 10 [ -e "$DIR/segments" ] || bail "stream_wire does not begin"

run_one 5000 100 small whole clean sack ts gso 1500 - ip4 AB nagle
run_table clean
run_table impaired
is "$(checksum_errors "$APP") $(checksum_errors "$CLIENT")" "0 0" "no TCP checksum error"
run_table corrupt

stop "$wire"
is $? 0 "the device was watched without loss"
stop "$recorder" INT
is $? 0 "dtctl record ends well"
ports=$(seq 20001 "$PORT")
echo "T verify $EPOCHREALTIME" >&2
# shellcheck disable=SC2086 # a list
stream_verify "$DIR/recording" "$DIR/segments" "$DIR" $ports >"$DIR/verdict"
is $? 0 "the recording can be verified"
echo "T verified $EPOCHREALTIME" >&2
judge_all <"$DIR/verdict"
[ "$tap_failed" -gt 0 ] || rm -rf "$DIR"
done_testing
