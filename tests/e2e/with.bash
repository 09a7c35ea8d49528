# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For the scripts with_*.sh: actors (rules_actor.bash) that ask each other in traces whose ids
# are the ground truth, streams of which every byte is judged (stream_*.c), and what has to
# hold after any of it.  Sourced after guest.sh and rules_actor.bash.
# shellcheck disable=SC2034,SC2154 # what guest.sh and the scripts set and read

# trace N: its id, as 32 digits; traceparent N
trace() {
	printf '%032x' $((0xabe000 + $1))
}

traceparent() {
	printf '00-%s-00000000000000%02x-01' "$(trace "$1")" "$1"
}

# connection FROM S ADDRESS PORT TO LISTENER [KIND]: number S at both ends; made without a context
connection() {
	do_it "$1" clear
	do_it "$1" connect "$2" "$3" "$4" ${7:+"$7"}
	do_it "$5" accept "$2" "$6"
}

# close_all S ACTOR...
close_all() {
	local who

	for who in "${@:2}"; do
		do_it "$who" close "$1"
	done
}

# request FROM TO S N: 10 bytes in trace N (0: in none)
request() {
	if [ "$4" -gt 0 ]; then
		do_it "$1" set "$(traceparent "$4")"
	else
		do_it "$1" clear
	fi
	do_it "$1" write "$3" 10
	do_it "$2" read "$3" 10
}

# answer FROM TO S
answer() {
	do_it "$1" write "$3" 20
	do_it "$2" read "$3" 20
}

# asks S N DESCRIPTION [SIZE]: c asks a in trace N (0: in none); a then holds that, and answers
asks() {
	local wanted=none size=${4:-10}

	if [ "$2" -gt 0 ]; then
		do_it c set "$(traceparent "$2")"
		wanted="$(trace "$2") read"
	else
		do_it c clear
	fi
	tell c writeall "$1" "$size"
	do_it a read "$1" "$size"
	hear c
	holds a "$wanted" "$3"
	answer a c "$1"
}

# runs_apart S N DESCRIPTION: c writes in trace N and, before anything comes back, in none
runs_apart() {
	do_it c set "$(traceparent "$2")"
	do_it c write "$1" 10
	do_it c clear
	do_it c write "$1" 10
	do_it a read "$1" 10
	holds a "$(trace "$2") read" "$3: of two requests in a row the first is in its context"
	do_it a read "$1" 10
	holds a none "$3: ... and the second in none"
	answer a c "$1"
}

# asks_all ADDRESS N DESCRIPTION: on one connection to a's listener 100 there, c asks in the traces N + 1,
# N + 2 and N + 3, and in none after each: small requests, two in a row, large ones
asks_all() {
	connection c 1 "$1" 7000 a 100
	asks 1 $(($2 + 1)) "$3: a request in its context"
	asks 1 0 "$3: an untraced one after it in none"
	runs_apart 1 $(($2 + 2)) "$3"
	asks 1 $(($2 + 3)) "$3: 50,000 bytes in one context" 50000
	asks 1 0 "$3: 50,000 bytes in none" 50000
	close_all 1 c a
}

# stat_of NETNS NAME: a number of the kernel's own
stat_of() {
	in_ns "$1" nstat -asz "$2" | awk -v name="$2" '$1 == name { print $2 }'
}

# --- recordings -------------------------------------------------------------------------

# recording_begin NAME [OPTION...]; recording_end -> $recording
recording_begin() {
	recording=$CW_OUT/$CW_NAME.$1.cw
	start "record-$1" dtctl record --quiet -w "$recording" "${@:2}"
	recorder=$started_pid
	must wait_for 10 session_open
}

recording_end() {
	stop "$recorder" INT
	is $? 0 "the recording is complete"
}

# hops N DESCRIPTION LINE...: the messages of trace N are these (with.py)
hops() {
	is "$(python3 "$CW_TREE/tests/e2e/with.py" messages "$recording" "$(trace "$1")" 2>&1)" \
		"$(printf '%s\n' "${@:3}")" "$2" ||
		dtctl trace --ascii "$recording" "$(trace "$1")" | sed 's/^/# /'
}

# ways N DESCRIPTION SOURCE>DESTINATION...: devices saw its first message and the answer with
# just these addresses
ways() {
	is "$(python3 "$CW_TREE/tests/e2e/with.py" ways "$recording" "$(trace "$1")" 2>&1)" \
		"$(printf '%s\n' "${@:3}" | sort)" "$2"
}

# --- streams ----------------------------------------------------------------------------

stream_port=20000

# stream NETNS NETNS ADDRESS [COUNT SIZE]: one, from the first to the second; $verdict
stream() {
	local dir=$CW_OUT/$CW_NAME.stream reader wire status

	stream_port=$((stream_port + 1))
	mkdir -p "$dir"
	recording_begin "stream$stream_port" --stage send,recv
	start wire ip netns exec "$1" stream_wire "${STREAM_DEVICE:-eth0}" "$dir/segments"
	wire=$started_pid
	must wait_for 10 [ -e "$dir/segments" ]
	start "read$stream_port" ip netns exec "$2" timeout 60 stream_read "$dir/$stream_port" \
		"$stream_port" whole
	reader=$started_pid
	must wait_for 10 [ -e "$dir/$stream_port.read" ]
	in_ns "$1" timeout 60 stream_send -n "${4:-300}" -s "${5:-100}" -c 'AB-' \
		"$dir/$stream_port" "$3" "$stream_port" >"$CW_OUT/$CW_NAME.send$stream_port.log" 2>&1
	status=$?
	wait "$reader" || status=$?
	stop "$wire" || status=$?
	stop "$recorder" INT || status=$?
	verdict="status=$status $(stream_verify "$recording" "$dir/segments" "$dir" "$stream_port" 2>&1 |
		grep -v ^file)"
	rm -rf "$dir"
}

# word NAME: of $verdict
word() {
	grep -oE "(^| )$1=[0-9]+" <<<"$verdict" | cut -d= -f2
}

# stream_right DESCRIPTION MTU FROM TO ADDRESS [COUNT SIZE]: each byte is its context's, no
# segment outgrows the MTU
stream_right() {
	stream "${@:3}"
	is "status=$(word status) wrong=$(word wrong_bytes) misjoined=$(word misjoined) shared=$(word shared)" \
		"status=0 wrong=0 misjoined=0 shared=0" "$1: all bytes arrive, none in a wrong context" ||
		diag "$verdict"
	is "$(word missed) of $(word traced)" "0 of $(word attributed)" "$1: ... and none without its own" ||
		diag "$verdict"
	between "$(word largest)" 100 "$2" "$1: ... in segments of at most $2 bytes"
}

# --- options ----------------------------------------------------------------------------

# options_begin DEVICE: of APP's
options_begin() {
	options_retransmitted=$(retransmitted)
	start options ip netns exec "$APP" options_seen "$1" 0
	options_watcher=$started_pid
	must wait_for 10 grep -q ready "$CW_OUT/$CW_NAME.options.log"
	counters_keep
}

# options_end DESCRIPTION: each mark was written once, and came
options_end() {
	local seen missing

	stop "$options_watcher"
	seen=$(python3 "$CW_TREE/tests/e2e/with.py" options "$CW_OUT/$CW_NAME.options.log" 2>&1)
	like "$seen" ' twice 0 wrong 0$' "$1: one option at most in a segment ($seen)"
	is "$(rose rx_duplicate) $(rose rx_malformed)" "0 0" "$1: ... nor are any taken for wrong ones"
	missing=$(($(rose tx_long) + $(rose tx_none) - $(rose rx_long) - $(rose rx_none)))
	# The segment of one may have been lost, or come twice, where TCP sent something again.
	between "$missing" 0 $(($(retransmitted) - options_retransmitted)) \
		"$1: ... each that was sent was received ($(rose tx_long) contexts, $(rose tx_none) none)" ||
		all_rose
}

# retransmitted: segments that either end sent again
retransmitted() {
	echo $(($(stat_of "$CLIENT" TcpRetransSegs) + $(stat_of "$APP" TcpRetransSegs)))
}

# --- afterwards -------------------------------------------------------------------------

# nothing_left: the actors end, and so does all state that the module keeps of them
nothing_left() {
	actors_forget
	ok "no socket, task or run is left" wait_for 20 none_of sockets tasks runs ||
		dtctl status | sed 's/^/# /'
}

# end_of_part: the next one begins without rules and namespaces
end_of_part() {
	is "$(counter rx_malformed) $(counter rx_refused)" "0 0" "nothing was malformed or refused"
	must dtctl policy del all
	actors_forget
	topology_remove
	nothing_left
}

unloads() {
	ok "the module unloads" unload_module
	is "$(grep -c '^cw_' /proc/slabinfo)" 0 "and leaves nothing in memory"
}
