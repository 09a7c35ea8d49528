#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=240
# debug: no, its verdict is about times, which such a kernel stretches
#
# The latency histograms that the kernel keeps, and that dtctl top shows, agree with a recording.
#
#     client            app           actors c (connects), a (accepts)
#       | eth0            | eth0
#     n1 -- VXLAN ------ n3           uplink of n1: netem 5 ms
#
# Tested:
#  - they agree with a recording of the same traffic: each step, its count and quantiles
#  - a delay is where it was put, in the table of an interval too; what arrives once more is not
#    counted; a table that is late has the rates of the time that it is of
#  - more servers than there is room for: "other", and a counter; more on their way: a counter
#  - several readers at once; a reader of one namespace sees that one; no rights, no table
#  - without rules none; after the last rule all is anew; switched off by the module's parameter
#  - no packet of a UDP port that is not VXLAN's, by another one, is looked into
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

DIR=$CW_OUT/$CW_NAME

# exchanges COUNT [PORT]: requests and answers, one connection
exchanges() {
	local port=${2:-7000} i

	do_it a listen 100 "$APP_IP" "$port"
	do_it c set 00-00000000000000000000000000abc001-0000000000000001-01
	do_it c connect 1 "$APP_IP" "$port"
	do_it a accept 1 100
	for ((i = 0; i < $1; i++)); do
		tell a read 1 10
		do_it c write 1 10
		hear a
		tell c read 1 20
		do_it a write 1 20
		hear c
	done
	do_it c close 1
	do_it a close 1
	do_it a close 100
}

top_json() {
	dtctl -j top --once "$@"
}

# value FILE FROM TO DEVICE KEY: a value of the request's step
value() {
	python3 -c 'import json, sys
print(sum(row[sys.argv[5]] for row in json.load(open(sys.argv[1]))["steps"]
          if (row["direction"], row["from"], row["to"], row.get("device")) ==
          ("request", *sys.argv[2:5])))' "$@"
}

agrees() {
	start record dtctl record -w "$DIR.cw"
	wait_for 10 session_open
	exchanges 40
	stop "$started_pid" INT
	is $? 0 "a recording beside it"
	top_json >"$DIR.json"
	ok "the histograms agree with the recording" "$CW_TREE/tests/e2e/report/top.py" "$DIR.cw" \
		"$DIR.json" "$APP_IP:7000"
}

# has_read PID: dtctl top has read once, and waits for the next time to read
has_read() {
	find "/proc/$1/fd" -lname '*signalfd*' | grep -q .
}

# one_table FILE INTERVAL COMMAND...: dtctl top's table of the traffic that the command makes
one_table() {
	local table=$1 interval=$2 pid

	shift 2
	dtctl -j top --interval "$interval" --count 1 >"$table" &
	pid=$!
	must wait_for 10 has_read "$pid"
	"$@" "$pid"
	wait "$pid"
}

ten_exchanges() {
	exchanges 10
}

# Keeps dtctl top from reading when the time has come.
stand_still() {
	kill -STOP "$1"
	sleep 3
	kill -CONT "$1"
}

# A duplicate may arrive after its original was read, and is not counted: netem sends each packet
# twice, at different times.
twice() {
	local table=$DIR.twice.json

	must in_ns n1 tc qdisc change dev uplink root netem delay 60ms 50ms duplicate 100%
	one_table "$table" 4s ten_exchanges
	is $? 0 "a table of what is sent twice"
	between "$(value "$table" dev_arrive dev_rx eth0 count)" 5 10 \
		"what comes once more is not counted again"
	must in_ns n1 tc qdisc change dev uplink root netem delay 20ms
}

interval() {
	local table=$DIR.interval.json

	must in_ns n1 tc qdisc add dev uplink root netem delay 20ms
	one_table "$table" 4s ten_exchanges
	is $? 0 "one table, of an interval"
	between "$(value "$table" dev_queue dev_dequeue uplink p50_ns)" 20000000 100000000 \
		"the delay is in the queueing discipline's step"
	between "$(value "$table" dev_queue dev_dequeue uplink count)" 5 10 \
		"of this interval's requests alone"
	is "$(value "$table" dev_dequeue dev_xmit uplink count)" \
		"$(value "$table" dev_queue dev_dequeue uplink count)" "and each goes on to the driver"
	twice
	must in_ns n1 tc qdisc del dev uplink root
	one_table "$DIR.late.json" 1s stand_still
	between "$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["interval_ms"])' "$DIR.late.json")" 2900 60000 \
		"a table that is late says of how long it is"
}

# all_show TEXT FILE...: after some more traffic
all_show() {
	exchanges 5
	[ "$(grep -l -- "$@" | wc -l)" -eq $(($# - 1)) ]
}

readers() {
	local i pids=()

	for i in 1 2 3 4; do
		dtctl top --interval 100ms --count 1000 >"$DIR.reader$i" 2>&1 &
		pids+=($!)
	done
	counters_keep
	ok "four readers at once" wait_for 20 all_show 'tcp_in -> ready' "$DIR".reader[1-4] || {
		diag "$(wc -l "$DIR".reader[1-4])" "$(dtctl top --once)"
		all_rose
	}
	for i in "${pids[@]}"; do
		kill -INT "$i"
		wait "$i" || not_ok "a reader failed"
	done
	start top dtctl top --interval 100ms
	must wait_for 10 test -s "$CW_OUT/$CW_NAME.top.log"
	ok "control-C ends it" stop_clean
	in_ns "$CLIENT" dtctl -j top --once >"$DIR.client.json"
	is "$(python3 -c 'import json, sys
print({row["netns_inum"] for row in json.load(open(sys.argv[1]))["steps"]})' "$DIR.client.json")" \
		"{$(in_ns "$CLIENT" stat -L -c %i /proc/self/ns/net)}" \
		"a reader in a namespace sees that one"
	fails "no table without the right" setpriv --bounding-set -net_admin \
		--inh-caps -net_admin dtctl top --once
}

stop_clean() {
	kill -INT "$started_pid"
	wait_for 5 process_gone "$started_pid"
}

overflow() {
	local port

	counters_keep
	for ((port = 8000; port < 8300; port += 1)); do
		echo "$port"
	done >"$DIR.ports"
	do_it c set 00-00000000000000000000000000abc002-0000000000000001-01
	while read -r port; do
		do_it a listen 100 "$APP_IP" "$port"
		do_it c connect 1 "$APP_IP" "$port"
		do_it a accept 1 100
		do_it c write 1 10
		do_it a read 1 10
		do_it c close 1
		do_it a close 1
		do_it a close 100
	done <"$DIR.ports"
	top_json >"$DIR.overflow.json"
	between "$(rose histogram_slots_full)" 100 1000000 "more than there is room for is counted"
	between "$(rose histogram_paths_full)" 1 1000000 "... and so are servers without a place of their own"
	ok "... and shown as other" grep -Eq '"path": ?"other"' "$DIR.overflow.json"
	between "$(python3 -c 'import json, sys
print(len(json.load(open(sys.argv[1]))["steps"]))' "$DIR.overflow.json")" 60 128 \
		"the table stays within its bound"
}

# There are more datagrams on their way than the module has places for, and none of them arrives.
flights() {
	counters_keep
	must in_ns "$CLIENT" dtctl exec -- python3 -c 'import socket, sys
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(6000):
    out.sendto(b"x", (sys.argv[1], 9))' "$APP_IP"
	between "$(rose histogram_flights_full)" 1 6000 "more runs on their way than there is room for are counted"
}

topology_flannel
# An emulator that stood still looks like a path on which the option is lost: with this parameter
# the option is left off for a short time only.
load_module histogram_slots=128 backoff_seconds=1
fails "another word is refused" dtctl top x
top_json >"$DIR.none.json" 2>"$DIR.none.log"
ok "without a rule it says so" grep -q 'no rule is in force' "$DIR.none.log"
must dtctl policy add peer 10.244.0.0/16 all-netns
actor a "$APP"
actor c "$CLIENT"
agrees
interval
readers
overflow
flights
must dtctl policy del all
must dtctl policy add peer 10.244.0.0/16 all-netns
is "$(top_json | grep -c '"from"')" 0 "after the last rule all is anew"
unload_module
load_module histograms=0 vxlan_ports=4789
rm "$actors"/*
actor a "$APP"
actor c "$CLIENT"
must dtctl policy add peer 10.244.0.0/16 all-netns
start other-port dtctl record -w "$DIR.port.cw"
wait_for 10 session_open
exchanges 3
stop "$started_pid" INT
is $? 0 "vxlan_ports=4789: recorded"
ok "... and nothing on port 8472" "$CW_TREE/tests/e2e/stages.py" "$DIR.port.cw" \
	00000000000000000000000000abc001 "at('dev_xmit', 'flannel.1') and not at('dev_xmit', 'uplink')"
is "$(top_json | grep -c '"from"')" 0 "histograms=0: none"
done_testing
