#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=240
# debug: rules
#
# A peer that policy trusts, and that lies, can do harm to its own connection only.
#
#   client eth0 (10.9.0.77, no host's; 10.9.0.1) ------------ eth0 10.9.0.2 app
#     malformed_peer p: hostile     actor c: honest              actor a
#
# Tested: floods of contexts in order, in descending order, each just before the last, at one place,
# anywhere, and begun long ago: runs in memory are bounded and given back, bytes arrive, a thread
# gets the hostile trace or none, another thread keeps the context that the honest peer gave it;
# connections without number; responses to requests that were never sent; no room for another
# socket, run or thread; more events than a reader takes.  Counters tell.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

PEER_IP=10.9.0.77
HONEST=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
HOSTILE=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
MAX_MARKS=1024
port=2000

# begin: p's connection is a's socket 1
begin() {
	port=$((port + 1))
	do_it p open $PEER_IP $port "$APP_IP" 7000
	do_it a accept 1 100
}

end() {
	do_it p reset
	do_it a close 1
	do_it a clear
	ok "... and its runs go with the connection" wait_for 5 status_at_most runs 40
}

# honest DESCRIPTION: c asks, thread 1 of a reads that, and has c's context
honest() {
	do_it c write 2 10
	do_it a @1 read 2 10
	holds a @1 "$HONEST read" "$1"
	do_it a @1 write 2 10
	do_it c read 2 10
}

# fill N: what is missing in between arrives, plain
fill() {
	local left=$1 n

	while [ "$left" -gt 0 ]; do
		n=$((left < 1400 ? left : 1400))
		ask p send $n
		left=$((left - n))
	done
}

# flood KIND BYTES COUNTER: 3000 contexts, in so many bytes from the connection's first on;
# the counter that tells.
flood() {
	begin
	counters_keep
	ask p flood 3000 "$1"
	diag "$1: $reply ns a packet (instructions, with vm/run --icount)"
	between "$(status_of runs)" 0 $((MAX_MARKS + 20)) "$1: runs in memory are bounded"
	ok "$1: $3 says so" [ "$(rose "$3")" -gt 0 ]
	holds a @1 "$HONEST read" "$1: who read from others keeps what he has"
	honest "$1: and others go on"
	[[ $1 == ids || $1 == late ]] || fill "$2"
	do_it a read 1 "$2"
	is "$reply" "$2" "$1: every byte arrives"
	context_of a
	fails "$1: its reader is in nobody else's trace" grep "$HONEST" <<<"$reply"
	end
}

floods() {
	flood ids 3000 limit_runs
	flood late 3000 rx_long
	flood descending 6001 limit_runs
	flood middle 6001 limit_runs
	flood offsets 6001 rx_late
	flood same 2 rx_repeated
}

long() {
	echo "fd1c4357${3:-20}${1:-$HOSTILE}${2:-1122334455}0000"
}

connections() {
	local i sockets

	sockets=$(status_of sockets)
	counters_keep
	for i in {1..100}; do
		begin
		ask p send 10 "options=$(long)"
		do_it p reset
		do_it a close 1
	done
	is "$(rose rx_long)" 100 "a hundred connections, each with a context"
	ok "nothing is left of them" wait_for 5 status_is sockets "$sockets"
	ok "... nor of their runs" status_at_most runs 40
	do_it a clear
}

# a's thread 1 asks p, in the honest trace; p answers with contexts of its own.
answers() {
	honest "before it asks, a thread is in the honest trace"
	do_it c write 2 10
	do_it a @1 read 2 10
	tell a @1 connect 3 $PEER_IP 9000
	do_it p accept $PEER_IP 9000 "$APP_IP"
	hear a
	counters_keep
	do_it a @1 write 3 10
	do_it p take 10
	do_it p send 10 "options=$(long)"
	do_it a @1 read 3 10
	context_of a @1
	fails "an answer to what was never asked leads into no other trace: $reply" \
		grep "$HOSTILE" <<<"$reply"
	is "$(rose rx_foreign)" 1 "... and is counted"
	do_it p send 10 "options=$(long $HOSTILE 2233445566 21)"
	do_it a @1 read 3 10
	context_of a @1
	fails "another one, without a request, neither: $reply" grep "$HOSTILE" <<<"$reply"
	do_it a @1 write 2 10
	do_it c read 2 10
	do_it p reset
	do_it a close 3
	honest "and the honest connection goes on"
}

# bound PARAMETER WHAT COUNTER: with no room for one more; a thread reads that is new
reader=1
bound() {
	local parameter=/sys/module/causeway/parameters/$1 old

	old=$(cat "$parameter")
	reader=$((reader + 1))
	do_it a thread $reader
	counters_keep
	status_of "$2" >"$parameter"
	begin
	ask p send 10 "options=$(long)"
	do_it a @$reader read 1 10
	is "$reply" 10 "no room for $2: the bytes arrive"
	holds a @$reader none "... without a context"
	ok "... $3 says so" [ "$(rose "$3")" -gt 0 ]
	echo "$old" >"$parameter"
	end
}

limits() {
	bound max_sockets sockets limit_sockets
	bound max_runs runs limit_runs
	bound max_tasks tasks limit_tasks
	honest "those who were there before go on"
}

produced() {
	dtctl -j session list | python3 -c '
import json, sys
for s in json.load(sys.stdin):
    print(s["produced"], s["produced"] - s["sent"] - s["dropped"], s["dropped"])'
}

settled() {
	[[ $(produced) =~ ^[0-9]+\ 0\  ]]
}

events() {
	start record dtctl record -w "$CW_OUT/$CW_NAME.cw" --quiet
	wait_for 10 status_is sessions 1 || bail "no session"
	begin
	ask p flood 3000 ids
	do_it a read 1 3000
	ok "every event of a flood was sent, or is counted as lost" wait_for 10 settled
	ok "... and there were many: $(produced)" [ "$(produced | cut -d' ' -f1)" -ge 3000 ]
	end
	stop "$started_pid"
}

load_module
topology_plain
mac=$(in_ns "$APP" cat /sys/class/net/eth0/address)
client_mac=$(in_ns "$CLIENT" cat /sys/class/net/eth0/address)
ip_in "$APP" <<<"neigh add $PEER_IP lladdr $client_mac dev eth0 nud permanent"
must dtctl policy add peer 10.9.0.0/24 all-netns
actor a "$APP"
actor c "$CLIENT"
actor p "$CLIENT" malformed_peer eth0 "$mac"
do_it a listen 100 "$APP_IP" 7000
do_it a thread 1
do_it c set 00-$HONEST-1111111111111111-01
do_it c connect 2 "$APP_IP" 7000
do_it a accept 2 100

honest "the honest peer's context arrives"
floods
connections
answers
limits
events
done_testing
