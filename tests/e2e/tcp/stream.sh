#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: mem=1536 timeout=600
# variant: full full timeout=7200 STREAM_TABLE=full
# debug: no, it has not been tried on such a kernel
#
# Each byte of a TCP stream is recorded in the context in which it was written.  One connection at a
# time; the writer changes its context before each message, each byte of the payload says which one it
# belongs to, and the recording is compared with that.
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
# Loss begins after the first five messages: a connection whose very first segments need a
# retransmission timeout is left unmarked on purpose, since the option may be the cause.
# stream_full has the full table: every way to write and to read, on every network, with SACK and
# timestamps on and off; the other conditions are drawn, with a fixed seed.  840 runs.
. "$CW_TREE/tests/vm/guest.sh"

TABLE=${STREAM_TABLE:-$CW_TREE/tests/e2e/tcp/stream_table.txt}
[ "$TABLE" != full ] || {
	TABLE=$CW_OUT/$CW_NAME.table
	"$CW_TREE/tests/e2e/tcp/stream_table.py" full >"$TABLE" || bail "stream_table.py failed"
}
PATH=$CW_TREE/build/e2e:$PATH
DIR=$CW_OUT/$CW_NAME.stream
PORT=20000
PART=${STREAM_PART:-60} # runs that are recorded together
# Without timestamps TCP cannot measure the round trip of segments sent again, and each timeout in a
# row is twice as long: one transfer was seen to wait for 6, 20 and 28 s.
LONGEST=180
# The counters that explain a byte without a context.
CAUSES='tx_bare_retransmit tx_bare_mtu tx_bare_room tx_bare_checksum tx_bare_header tx_boundary
	tx_stopped rx_malformed rx_duplicate rx_checksum rx_window rx_late rx_gap limit_runs
	no_memory_run'
declare -A conditions outcome before after

# configure NETNS SACK TIMESTAMPS OFFLOAD MTU
configure() {
	echo "link set eth0 mtu $5" | ip_in "$1"
	# shellcheck disable=SC2016 # for the inner shell
	must in_ns "$1" bash -ec '
		[ "$1" = sack ] && on=1 || on=0
		echo $on >/proc/sys/net/ipv4/tcp_sack
		[ "$2" = ts ] && on=1 || on=0
		echo $on >/proc/sys/net/ipv4/tcp_timestamps
		echo 1 >/proc/sys/net/ipv4/tcp_no_metrics_save
		case $3 in
		gso) ethtool -K eth0 tx on tso on gso on gro on ;;
		nogso) ethtool -K eth0 tx on tso off gso off gro off ;;
		notx) ethtool -K eth0 tx off gso on gro on ;;
		esac' configure "${@:2}"
}

# impair NET: from now on, both ways
impair() {
	local namespace netem

	case $1 in
	loss) netem='loss 5%' ;;
	reorder) netem='delay 5ms reorder 75% 50%' ;;
	duplicate) netem='duplicate 5%' ;;
	jitter) netem='delay 4ms 3ms' ;;
	corrupt) netem='corrupt 1%' ;;
	esac
	for namespace in "$CLIENT" "$APP"; do
		if [ "$1" = clean ]; then
			tc -n "$namespace" qdisc del dev eth0 root 2>/dev/null
		else
			# shellcheck disable=SC2086 # several words
			must tc -n "$namespace" qdisc replace dev eth0 root netem limit 10000 $netem
		fi
	done
}

other_mtu() {
	case $1 in
	1280) echo 1450 ;;
	1450) echo 1280 ;;
	1500) echo 1280 ;;
	*) echo 1500 ;;
	esac
}

# during FILE N COMMAND...: when the writer has come to its pause N
during() {
	wait_for 30 [ -e "$1.paused$2" ] || return 1
	"${@:3}"
	touch "$1.go$2"
}

change_mtu() {
	echo "link set eth0 mtu $1" | ip_in "$CLIENT"
	echo "link set eth0 mtu $1" | ip_in "$APP"
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

# transfer FILE ADDRESS COUNT SIZE WRITE READ PATTERN NAGLE LOSS MTU: one connection; with LOSS,
# packets get lost once it has begun; with an MTU, the device's MTU changes to that half way
transfer() {
	local how=send reader sender status arguments=() pauses=0

	case $5 in
	more | writev | sendfile) how=$5 ;;
	esac
	[ "$8" = nagle ] || arguments+=(-d)
	[ -z "$9" ] || arguments+=(-W 5)
	[ -z "${10}" ] || arguments+=(-w $(($3 / 2)))
	in_ns "$APP" timeout "$LONGEST" stream_read "$1" "$PORT" "$6" &
	reader=$!
	wait_for 10 [ -e "$1.read" ] || return 1
	in_ns "$CLIENT" timeout "$LONGEST" stream_send -n "$3" -s "$4" -m "$how" -c "$7" \
		"${arguments[@]}" "$1" "$2" "$PORT" &
	sender=$!
	[ -z "$9" ] || during "$1" $((++pauses)) impair "$9"
	[ -z "${10}" ] || during "$1" $((++pauses)) change_mtu "${10}"
	wait "$sender"
	status=$?
	wait "$reader" && return "$status"
}

# run_one COUNT SIZE WRITE READ NET SACK TIMESTAMPS OFFLOAD MTU CHANGE FAMILY PATTERN NAGLE;
# COUNT and SIZE may be -
run_one() {
	local address=$APP_IP to='' loss='' size count

	sizes "$3" "$4" "$5"
	[ "$1" = - ] || count=$1
	[ "$2" = - ] || size=$2
	[ "${11}" = ip4 ] || address=$APP_IP6
	[ "${10}" = - ] || to=$(other_mtu "$9")
	PORT=$((PORT + 1))
	conditions[$PORT]="${*:3}"
	impair clean
	configure "$APP" "${@:6:4}"
	configure "$CLIENT" "${@:6:4}"
	case $5 in
	clean) ;;
	loss) loss=loss ;;
	*) impair "$5" ;;
	esac
	diag "$PORT, $count messages of $size: ${*:3}, at $SECONDS s" >&2
	counters before
	outcome[$PORT]=$(transfer "$DIR/$PORT" "$address" "$count" "$size" "$3" "$4" "${12}" \
		"${13}" "$loss" "$to" 2>&1) || outcome[$PORT]+=' failed'
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

# Writes what was counted during the run to $DIR/$PORT.causes.
keep_causes() {
	local name

	for name in $CAUSES rx_unknown_bytes tx_long tx_none tx_boundary; do
		[ "${after[$name]}" = "${before[$name]}" ] ||
			echo "$name=$((after[$name] - before[$name]))"
	done >"$DIR/$PORT.causes"
}

# table clean|corrupt|impaired FILE: the lines with that network
table() {
	awk -v which="$1" '!/^#/ && NF &&
		($3 == "corrupt" || $3 == "clean" ? which == $3 : which == "impaired")' "$2"
}

run_table() {
	local line

	while read -ra line; do
		run_one - - "${line[@]}"
	done < <(table "$1" "$2")
}

# The TCP checksum errors at both ends.
checksum_errors() {
	{
		in_ns "$CLIENT" nstat -asz TcpInCsumErrors
		in_ns "$APP" nstat -asz TcpInCsumErrors
	} | awk '$1 == "TcpInCsumErrors" { sum += $2 } END { print sum }'
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
	local traced attributed wrong_bytes missed shared misjoined unsent segments largest
	local incomplete=0 mtu
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
		mtu=${of[6]}
		[ "${of[7]}" = - ] || [ "$(other_mtu "$mtu")" -lt "$mtu" ] || mtu=$(other_mtu "$mtu")
		[ "$largest" -le "$mtu" ] || wrong+="segments larger than the MTU; "
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

# part TABLE [alternations]: one recording
part() {
	local first=$((PORT + 1)) errors table=$1 recorder wire

	start record dtctl record --quiet --stage send,recv -w "$DIR/recording"
	recorder=$started_pid
	start wire ip netns exec "$CLIENT" stream_wire eth0 "$DIR/segments"
	wire=$started_pid
	wait_for 10 [ -s "$DIR/recording" ] || bail "dtctl record does not begin"
	wait_for 10 [ -e "$DIR/segments" ] || bail "stream_wire does not begin"
	errors=$(checksum_errors)
	[ $# -lt 2 ] || run_one "$2" 100 small whole clean sack ts gso 1500 - ip4 AB nagle
	run_table clean "$table"
	run_table impaired "$table"
	is "$(checksum_errors)" "$errors" "no TCP checksum error"
	run_table corrupt "$table"

	stop "$wire"
	is $? 0 "the device was watched without loss"
	stop "$recorder" INT
	is $? 0 "dtctl record ends well"
	# shellcheck disable=SC2046 # a list
	stream_verify "$DIR/recording" "$DIR/segments" "$DIR" $(seq "$first" "$PORT") >"$DIR/verdict"
	is $? 0 "the recording can be verified"
	judge_all <"$DIR/verdict"
	must_notice "$first"
	[ "$tap_failed" -gt 0 ] || rm -rf "${DIR:?}"/*
}

# must_notice PORT: the verifier finds a message that was recorded in another's context
must_notice() {
	printf '\5' | dd of="$DIR/$1.read" bs=1 seek=12 conv=notrunc status=none
	like "$(stream_verify "$DIR/recording" "$DIR/segments" "$DIR" "$1" 2>&1)" \
		'wrong_bytes=[1-9]' "the verifier notices a wrong attribution"
}

rm -rf "$DIR"
mkdir "$DIR"
load_module
topology_plain
must dtctl policy add peer 10.9.0.0/24 all-netns
must dtctl policy add peer fd00:9::/64 all-netns
ok "the table holds every pair" "$CW_TREE/tests/e2e/tcp/stream_table.py" check "$TABLE"
split -l "$PART" "$TABLE" "$CW_OUT/$CW_NAME.part."
alternations=5000
for lines in "$CW_OUT/$CW_NAME".part.*; do
	# shellcheck disable=SC2086 # one word or none
	part "$lines" $alternations
	alternations=''
	rm "$lines"
done
[ "$tap_failed" -gt 0 ] || rmdir "$DIR"
done_testing
