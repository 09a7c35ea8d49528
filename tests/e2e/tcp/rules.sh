#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# debug: rules kcsan
#
# The rules by which a context passes from a request to its reader and on, over TCP, one by one.
# Two actors do as they are told, one connection each, and say what context they hold, which the
# trace ids of the requests prove right or wrong.
#
#   client eth0 10.9.0.1, 10.8.0.1 ------------- eth0 10.9.0.2, 10.8.0.2 app
#     actor c: connects                            actor a: accepts
#
# Tested: reading on accepted and on own connections; untraced after traced; waiting;
# fork, exec, threads; answers by whichever thread; several unanswered requests;
# connect(), short and EAGAIN writes; roots at both sides, ratio, rate; MSG_PEEK;
# senders outside policy; explicit contexts; bounds in age and messages.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/tcp/rules.bash"

reading() {
	pair 1
	request 1 1
	holds a "$(trace 1) read" "reading on an accepted connection gives the request's context"
	holds c "$(trace 1) explicit" "the writer keeps its own"
	answer 1
	holds c "$(trace 1) explicit" "reading the response leaves an explicit context"
	request 1 0
	holds a none "an untraced request after a traced one on the same connection is untraced"
	answer 1
	holds c none "and so is its response"
	request 1 2
	holds a "$(trace 2) read" "a traced one after it is traced again"
	do_it c clear
	answer 1
	holds c "$(trace 2) read" "reading a response gives what the connection was used with"
	lost 1
}

peeking() {
	pair 1
	do_it a clear
	do_it c set "$(traceparent 3)"
	do_it c write 1 10
	says a peek 1 10 == 10 "MSG_PEEK sees the bytes"
	holds a none "and changes nothing"
	says a readonce 1 4 == 4 "a read of a part of them"
	holds a "$(trace 3) read" "gives the context"
	do_it a clear
	do_it a peek 1 6
	do_it a read 1 6
	holds a "$(trace 3) read" "and so does the rest of them"
	lost 1
}

waiting() {
	local how

	pair 1
	counters_keep
	for how in epoll poll select; do
		request 1 4
		do_it a "$how"
		holds a none "$how ends a context that was read"
		do_it a set "$(traceparent 5)"
		do_it a "$how"
		holds a "$(trace 5) explicit" "$how leaves an explicit one"
		answer 1
	done
	is "$(rose wait_cleared)" 3 "... each is counted"
	for how in "accept 2 100" "accept 2"; do
		request 1 4
		[ "$how" = "accept 2" ] || do_it c connect 2 "$APP_IP" 7000
		do_it a "$how"
		holds a none "accept() ends a context that was read ($how)"
		do_it a close 2
		answer 1
	done
	do_it c close 2
	do_it a set "$(traceparent 5)"
	do_it a accept 2
	holds a "$(trace 5) explicit" "... and leaves an explicit one"
	do_it a close 2
	request 1 4
	do_it a look
	holds a "$(trace 4) read" "poll() without a time to wait ends nothing"
	do_it a set "$(traceparent 5)"
	answer 1
	request 1 0
	holds a none "an explicit context ends with a read on an accepted connection"
	answer 1
	do_it a set "$(traceparent 5)"
	request 1 6
	holds a "$(trace 6) read" "... and gives way to what was read"
	lost 1
}

inheriting() {
	pair 1
	request 1 7
	says a fork context == "$(reply_inherited a)" "fork() inherits"
	says a exec context == "$(reply_inherited a)" "fork() and exec inherit"
	do_it a thread 1
	holds a @1 "$(trace 7) inherited" "a new thread inherits"
	do_it a set "$(traceparent 8)"
	says a fork context == "$(trace 8) 0000000000000008 explicit" "an explicit one stays explicit"
	do_it a clear
	holds a @1 "$(trace 7) inherited" "what it inherited is the thread's own"
	do_it a @1 clear
	lost 1
}

# The line that a child of an actor with a read context shall print.
reply_inherited() {
	(
		ask "$1" context
		echo "${reply/% read/ inherited}"
	)
}

answering() {
	local message

	pair 1
	pair 2
	do_it a clear
	do_it a thread 2
	do_it a thread 3
	do_it c set "$(traceparent 9)"
	do_it c write 1 10
	do_it c set "$(traceparent 10)"
	do_it c write 2 10
	do_it a @2 read 1 10
	do_it a @3 read 2 10
	holds a @2 "$(trace 9) read" "two threads, two requests: the first"
	holds a @3 "$(trace 10) read" "... the second"
	# Threads answer each other's requests, and a thread that holds no context answers.
	do_it a @3 write 1 10
	do_it a write 2 10
	for n in 9 10; do
		ok "the answer is in trace $n, whoever writes it" wait_for 5 \
			monitored "send +$(trace $n) [0-9a-f]+ response .* server"
		message=$(sed -En "s/.* recv +$(trace $n) ([0-9a-f]+) request .*/\1/p" \
			"$CW_OUT/$CW_NAME.monitor.log")
		ok "... and answers the message that was read ($message)" \
			monitored "send +$(trace $n) $message response"
	done
	holds a @3 "$(trace 10) read" "the writer keeps what it held"
	holds a none "... or keeps holding nothing"
	do_it c clear
	do_it c read 2 10
	holds c "$(trace 10) read" "the reader of the answer gets the request's trace"
	lost 1
	lost 2
}

pipelining() {
	pair 1
	do_it a clear
	do_it a @2 clear
	counters_keep
	do_it c set "$(traceparent 11)"
	do_it c write 1 10
	do_it c set "$(traceparent 12)"
	do_it c write 1 10
	do_it a read 1 10
	holds a "$(trace 11) read" "two requests on the wire: the first read gives the first's"
	do_it a read 1 10
	holds a none "... the second, of bytes that may have been read by the same call, is not guessed"
	is "$(rose read_mixed)" 1 "... and is counted"
	lost 1
	pair 1
	counters_keep
	request 1 11
	request 1 12
	holds a "$(trace 12) read" "a second request before the first was answered gives its own"
	do_it a @2 write 1 10
	is "$(rose write_ambiguous)" 1 "an answer by a thread without a context is not linked, and counted"
	do_it c clear
	do_it c read 1 10
	holds c none "it reads as nobody's"
	lost 1
	pair 1
	counters_keep
	do_it c set "$(traceparent 11)"
	do_it c write 1 10
	do_it c set "$(traceparent 12)"
	do_it c write 1 10
	ok "both are there" wait_for 5 both_there
	do_it a read 1 20
	holds a none "one read of two contexts gives none"
	is "$(rose read_mixed)" 1 "... and is counted"
	lost 1
}

interleaving() {
	pair 1
	do_it a @2 clear
	request 1 23
	answer 1
	do_it c set "$(traceparent 24)"
	do_it c write 1 10
	do_it a @2 read 1 10
	holds a @2 "$(trace 24) read" "another thread reads the next request"
	do_it a write 1 10
	ok "a thread that goes on with its answer writes in its own context" wait_for 5 \
		monitored "send +$(trace 23) [0-9a-f]+ request .* server"
	do_it c clear
	do_it c read 1 10
	holds c none "... and that is not taken for the answer to the next request"
	do_it a @2 clear
	lost 1
}

both_there() {
	ask a peek 1 20
	[ "$reply" = 20 ]
}

connecting() {
	do_it c set "$(traceparent 13)"
	connection 1
	do_it c clear
	do_it c write 1 10
	do_it a read 1 10
	holds a "$(trace 13) read" "connect() remembers its caller's context for the first write"
	answer 1
	do_it c clear
	do_it c write 1 10
	do_it a read 1 10
	holds a none "... and for no other"
	lost 1
	pair 1
	request 1 25
	do_it c clear
	do_it c connect 2 "$APP_IP" 7000 nonblock
	do_it a accept 2 100
	answer 1
	holds c "$(trace 25) read" "an event loop that connected without a context reads one meanwhile"
	do_it c write 2 10
	do_it a read 2 10
	holds a none "... which its first write is not given"
	do_it c write 2 10
	do_it a read 2 10
	holds a "$(trace 25) read" "... but the next one is"
	lost 1
	lost 2
}

short_writes() {
	local size=3000000 written refused

	pair 1
	do_it c option 1 sndbuf 20000
	do_it c option 1 nonblock
	do_it c set "$(traceparent 14)"
	do_it c write 1 $size
	written=$reply
	between "$written" 1 $((size - 1)) "a write that is short"
	do_it c clear
	do_it a read 1 "$written"
	do_it a clear
	ok "the rest can be written" wait_for 10 rest_written
	do_it a readonce 1 100
	holds a "$(trace 14) read" "the rest belongs to where the write began"
	lost 1
	pair 1
	do_it c option 1 sndbuf 20000
	do_it c option 1 nonblock
	do_it c set "$(traceparent 15)"
	written=0 refused=0
	wait_for 10 nothing_fits
	result $? "writes that are refused ($written bytes fit)"
	do_it c clear
	do_it a read 1 "$written"
	do_it a clear
	ok "it can be repeated" wait_for 10 rest_written
	do_it a readonce 1 10
	holds a "$(trace 15) read" "what is written then is what was refused"
	lost 1
}

# The other end does not read: sooner or later every buffer is full.
nothing_fits() {
	ask c writeall 1 100000
	if [ "$reply" = "error EAGAIN" ]; then
		refused=$((refused + 1))
	else
		written=$((written + reply)) refused=0
	fi
	[ "$refused" -ge 4 ]
}

rest_written() {
	ask c write 1 10
	[ "$reply" = 10 ]
}

client_roots() {
	local first rule

	rule=$(dtctl policy add root client port 7001 netns "$CLIENT") || bail "no rule"
	pair 1 7001
	counters_keep
	request 1 0
	context_of a
	first=${reply% *}
	like "$reply" '^[0-9a-f]{32} read$' "a write without a context begins a trace"
	holds c none "it is the exchange's, not the thread's"
	answer 1
	holds c none "reading the response gives back what the thread held: nothing"
	request 1 0
	context_of a
	like "$reply" '^[0-9a-f]{32} read$' "the next request begins one"
	[ "${reply% *}" != "$first" ]
	result $? "... of its own"
	answer 1
	request 1 16
	holds a "$(trace 16) read" "a writer with a context needs no root"
	answer 1
	is "$(rose root_client)" 2 "counted"
	lost 1
	must dtctl policy del "$rule"
	pair 1 7001
	request 1 0
	holds a none "none without the rule"
	lost 1
}

# roots PORT N: how many of N requests on a new connection to PORT begin a trace
roots() {
	local i n=0

	pair 1 "$1"
	for ((i = 0; i < $2; i++)); do
		request 1 0
		context_of a
		[ "$reply" = none ] || n=$((n + 1))
		answer 1
	done
	lost 1
	reply=$n
}

server_roots() {
	local first rule

	rule=$(dtctl policy add root server port 7002 ratio 100% class 5 netns "$APP") || bail "no rule"
	counters_keep
	pair 1 7002
	request 1 0
	context_of a
	first=${reply% *}
	like "$reply" '^[0-9a-f]{32} read$' "ratio 100 %: a request without a context begins a trace"
	do_it a connect 2 "$CLIENT_IP" 7009
	do_it c accept 2 90
	do_it a write 2 10
	ok "its reader asks somebody in that trace" wait_for 5 monitored "send +$first [0-9a-f]+ request .* client"
	ok "... which begins with the request that was read" monitored "recv +$first [0-9a-f]+ request .* root"
	! monitored "send +$first [0-9a-f]+ request .* root"
	result $? "... and not with the one that was written"
	lost 2
	answer 1
	request 1 0
	context_of a
	[[ ${reply% *} != "$first" && $reply == *read ]]
	result $? "the next one begins another"
	answer 1
	request 1 17
	holds a "$(trace 17) read" "one that has a context keeps it"
	answer 1
	is "$(rose root_server)" 2 "counted"
	lost 1
	must dtctl policy del "$rule"
	rule=$(dtctl policy add root server port 7002 ratio 0% netns "$APP") || bail "no rule"
	roots 7002 20
	is "$reply" 0 "ratio 0 %: none"
	must dtctl policy del "$rule"
	rule=$(dtctl policy add root server port 7002 ratio 50% netns "$APP") || bail "no rule"
	roots 7002 100
	between "$reply" 20 80 "ratio 50 %: some of 100"
	between "$(rose root_sampled_out)" $((100 - reply)) $((100 - reply)) "the others are counted"
	must dtctl policy del "$rule"
	rule=$(dtctl policy add root server port 7002 rate 3/s netns "$APP") || bail "no rule"
	SECONDS=0
	roots 7002 30
	between "$reply" 3 $((3 * (SECONDS + 2))) "a rate cap of 3/s: a few of 30, in $SECONDS s"
	is "$(rose root_rate_capped)" $((30 - reply)) "the others are counted"
	must dtctl policy del "$rule"
}

outside_policy() {
	counters_keep
	pair 1 7003 10.8.0.2
	request 1 18
	holds a none "a context from outside of policy changes nothing"
	ok "it was sent, and refused" [ "$(rose rx_refused)" -ge 1 ]
	answer 1
	lost 1
	pair 1
	request 1 19
	holds a "$(trace 19) read" "one from inside does, meanwhile"
	lost 1
}

bounds() {
	local parameters=/sys/module/causeway/parameters n

	pair 1
	do_it a clear
	do_it a connect 2 "$CLIENT_IP" 7009
	do_it c accept 2 90
	counters_keep
	echo 3 >$parameters/context_max_messages
	request 1 20
	for n in 1 2 3 4; do
		do_it a write 2 10
		do_it c read 2 10
		do_it c write 2 10
		do_it a read 2 10
	done
	holds a none "a context that was read ends after context_max_messages"
	is "$(rose context_aged)" 1 "... which is counted"
	echo 1024 >$parameters/context_max_messages
	do_it a write 1 10
	do_it c read 1 10
	echo 200 >$parameters/context_max_age_ms
	request 1 21
	ok "... or after context_max_age_ms" wait_for 5 holds_none a
	is "$(rose context_aged)" 2 "... which is counted, too"
	do_it a set "$(traceparent 22)"
	do_it a thread 4
	! wait_for 1 holds_none a
	result $? "an explicit one does not end"
	echo 60000 >$parameters/context_max_age_ms
	lost 1
}

holds_none() {
	ask "$1" context
	[ "$reply" = none ]
}

load_module
topology_plain
ip_in "$CLIENT" <<<"addr add 10.8.0.1/24 dev eth0"
ip_in "$APP" <<<"addr add 10.8.0.2/24 dev eth0"
must dtctl policy add peer any netns "$CLIENT"
must dtctl policy add peer 10.9.0.0/24 netns "$APP"
actor c "$CLIENT"
actor a "$APP"
for port in 7000 7001 7002; do
	do_it a listen $((port - 6900)) "$APP_IP" $port
done
do_it a listen 103 10.8.0.2 7003
do_it c listen 90 "$CLIENT_IP" 7009
start monitor dtctl monitor
wait_for 10 session_open || bail "dtctl monitor does not start"

reading
peeking
waiting
inheriting
answering
pipelining
interleaving
connecting
short_writes
client_roots
server_roots
outside_policy
bounds
done_testing
