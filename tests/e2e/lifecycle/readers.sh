#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# debug: rules
#
# Readers of events do not disturb each other, and each event that one loses is counted: fast
# readers, one that never reads, one that is killed, too many.
#
#   client eth0 10.9.0.1 ------------- eth0 10.9.0.2 app
#     middlebox_traffic client           middlebox_traffic server
#
# Tested: beside a reader that never reads, another loses nothing; one that is suspended and goes on, also
# when the module was removed meanwhile; each event that was produced was sent or counted as
# dropped, each that was sent was received; readers that died leave no session; eight sessions are
# the limit, four for containers; a loss is shown, and an error with --strict; names that are lost.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

# Number of connections, of requests on each, and their size.
LOAD='4 25 600'
REQUESTS=100

policy() {
	must dtctl policy add peer any all-netns
	must dtctl policy add root client port 7000 netns "$CLIENT"
}

# load: REQUESTS requests, each a trace of its own
load() {
	# shellcheck disable=SC2086
	in_ns "$CLIENT" middlebox_traffic client "$APP_IP" 7000 $LOAD
}

sessions_are() {
	[ "$(dtctl session list | grep -c .)" = "$1" ]
}

log_says() {
	grep -q "$2" "$CW_OUT/$CW_NAME.$1.log"
}

# stuck NAME [N]: a reader that never reads, $started_pid
stuck() {
	start "$1" readers_stuck "${2:-1}"
	wait_for 10 log_says "$1" . || bail "readers_stuck does not start"
}

# account NAME: its numbers, in produced sent dropped received
account() {
	local words

	read -ra words < <(tail -n 1 "$CW_OUT/$CW_NAME.$1.log")
	produced=${words[1]} sent=${words[3]} dropped=${words[5]} received=${words[7]}
}

# traces_in FILE: how many traces were sent, and the account that it closes with
traces_in() {
	python3 - "$1" <<-END
		import sys
		sys.path.insert(0, "$CW_TREE/tests/e2e")
		import records
		file = records.load(sys.argv[1])
		print(len({event.trace for event in file.requests("send")}), file.produced, file.sent, file.dropped)
	END
}

one_never_reads() {
	local status result

	stuck stuck
	stuck_pid=$started_pid
	dtctl record --strict -w "$CW_OUT/$CW_NAME.good.cw" -- \
		ip netns exec "$CLIENT" middlebox_traffic client "$APP_IP" 7000 4 25 600 \
		>"$CW_OUT/$CW_NAME.record.log" 2>&1
	status=$?
	is "$status" 0 "beside a reader that never reads, record --strict loses nothing"
	result=$(tail -n 1 "$CW_OUT/$CW_NAME.record.log")
	like "$result" ', 0 lost$' "it says so: $result"
	read -r traces produced sent dropped < <(traces_in "$CW_OUT/$CW_NAME.good.cw")
	is "$traces" $REQUESTS "each of the $REQUESTS requests is in its file"
	is "$dropped $((produced - sent))" "0 0" "produced $produced, sent $sent, nothing dropped"
	wait_for 5 accounts_agree
	result=$?
	ok "the other's account adds up while it is open" [ $result -eq 0 ]
	stop "$stuck_pid"
	account stuck
	is "$produced" $((sent + dropped)) "... and in the end: produced $produced = sent $sent + dropped $dropped"
	ok "it lost some, which was counted: $dropped" [ "$dropped" -gt 0 ]
	is "$received" "$sent" "what was sent to it is what was in its queue"
	ok "event_queue_full counts them" [ "$(counter event_queue_full)" -ge "$dropped" ]
	ok "no session is left" wait_for 5 sessions_are 0
}

# In each session's account produced = sent + dropped, but not for a moment while batches are under
# way.
accounts_agree() {
	dtctl session list | awk '{ if ($5 != $7 + $9) bad = 1; n++ } END { exit !n || bad }'
}

killed() {
	stuck killed
	load >/dev/null
	kill -KILL "$started_pid"
	ok "a reader that was killed leaves no session" wait_for 5 sessions_are 0
	load >/dev/null
	is "$(status_of sessions)" 0 "dtctl status agrees"
}

too_many() {
	local output

	stuck eight 8
	ok "eight sessions can be open" log_says eight open
	output=$(dtctl monitor --duration 1s 2>&1)
	is "$?" 2 "a ninth is refused"
	like "$output" 'eight sessions are open already' "... and told why: ${output%%$'\n'*}"
	kill -KILL "$started_pid"
	ok "all eight are gone with their reader" wait_for 5 sessions_are 0
	start container unshare -n readers_stuck 5
	wait_for 10 log_says container . || bail "readers_stuck does not start"
	like "$(tail -n 1 "$CW_OUT/$CW_NAME.container.log")" 'four sessions of container' \
		"containers have four"
	ok "they are gone, too" wait_for 5 sessions_are 0
	output=$(dtctl monitor --duration 1s 2>&1)
	is "$?" 0 "the next one is welcome"
}

# state_is PID LETTER
state_is() {
	[[ $(cat "/proc/$1/stat") =~ \)\ $2 ]]
}

# A reader that is stopped for a while loses the events for which its queue has no room, and says
# so; the module does not wait for a reader.
suspended() {
	local file=$CW_OUT/$CW_NAME.suspended.cw pid

	start suspended dtctl record -w "$file"
	pid=$started_pid
	wait_for 10 session_open || bail "dtctl record does not start"
	load >/dev/null
	kill -STOP "$pid"
	wait_for 5 state_is "$pid" T
	load >/dev/null
	kill -CONT "$pid"
	load >/dev/null
	stop "$pid" INT
	is $? 0 "a reader that was suspended goes on, and ends well"
	read -r traces produced sent dropped < <(traces_in "$file")
	is "$produced" $((sent + dropped)) "... its file adds up: produced $produced = sent $sent + dropped $dropped"
	between "$traces" $((2 * REQUESTS)) $((3 * REQUESTS)) "... and has what came before and after"
	start leaving dtctl record -w "$file"
	pid=$started_pid
	wait_for 10 session_open || bail "dtctl record does not start"
	kill -STOP "$pid"
	wait_for 5 state_is "$pid" T
	load >/dev/null
	ok "the module unloads while a reader is suspended" unload_module
	kill -CONT "$pid"
	stop "$pid" INT
	ok "... which says so when it goes on and ends" log_says leaving 'module was unloaded meanwhile'
	load_module
	policy
}

# The rings are too small for a burst.
losing() {
	local status output

	must unload_module
	load_module ring_records=64
	policy
	must dtctl policy add peer any mark every all-netns
	must in_ns "$CLIENT" ethtool -K eth0 tso off gso off
	must in_ns "$APP" ethtool -K eth0 tso off gso off gro off
	output=$(dtctl record --strict -w "$CW_OUT/$CW_NAME.lossy.cw" -- \
		ip netns exec "$CLIENT" middlebox_traffic client "$APP_IP" 7000 2 2 2000000 2>&1)
	status=$?
	is "$status" 4 "events that were lost make record --strict exit with 4"
	like "$output" ' [1-9][0-9]* lost' "and are shown: ${output//$'\n'/; }"
	read -r _ produced sent dropped < <(traces_in "$CW_OUT/$CW_NAME.lossy.cw")
	is "$produced" $((sent + dropped)) "its file says so: produced $produced = sent $sent + dropped $dropped"
	is "$dropped" "$(($(counter event_ring_full) + $(counter event_no_memory) + $(counter event_queue_full)))" \
		"so do the counters, by cause"
	dtctl record -w "$CW_OUT/$CW_NAME.lossy.cw" -- \
		ip netns exec "$CLIENT" middlebox_traffic client "$APP_IP" 7000 2 2 2000000 2>/dev/null >&2
	is "$?" 0 "without --strict it is no error"
}

# nameless_in FILE COUNT: how many of the last COUNT events that were sent have no flow
nameless_in() {
	python3 - "$@" <<-END
		import sys
		sys.path.insert(0, "$CW_TREE/tests/e2e")
		import records
		sent = [event.flow is None for event in records.load(sys.argv[1]).requests("send")]
		print(sum(sent[-int(sys.argv[2]) :]), "of", len(sent[-int(sys.argv[2]) :]))
	END
}

# A thread of higher priority makes datagrams, each of a new flow, and keeps the flush worker from
# running meanwhile; when the worker runs again, all flows have their names.
nameless() {
	local file=$CW_OUT/$CW_NAME.nameless.cw

	counters_keep
	must dtctl record -w "$file" -- ip netns exec "$CLIENT" chrt -f 50 dtctl exec -- python3 -c '
import socket, sys, time
senders = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(200)]
for pause in 0, 0.02:
    for sender in senders:
        sender.sendto(b"x", (sys.argv[1], 7000))
        time.sleep(pause)' "$APP_IP"
	ok "names that find the ring full are counted: $(rose event_undefined)" [ "$(rose event_undefined)" -ge 1 ]
	is "$(nameless_in "$file" 200)" "0 of 200" "... when they are used again they are told"
	read -r _ produced sent dropped < <(traces_in "$file")
	is "$produced" $((sent + dropped)) "... the account adds up: produced $produced = sent $sent + dropped $dropped"
	ok "... and there is a report" dtctl report "$file"
}

load_module
topology_plain
policy
start server ip netns exec "$APP" middlebox_traffic server "$APP_IP" 7000
wait_for 10 listening "$APP" 7000 || bail "no server"
one_never_reads
killed
suspended
too_many
losing
nameless
done_testing
