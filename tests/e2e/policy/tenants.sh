#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=400
# debug: rules
#
# Root of a container sees nothing of a network namespace that is gone, also if its own one has got
# the same short id.
#
#   victim, later: loopback only, one after the other, of the host
#   a container: a user and a network namespace of its own
#
# The module is loaded with so few short ids of namespaces that each newcomer gets the last one's.
#
# Tested: root of the namespace that gets the short id of one that is gone sees no definition,
# histogram or socket of that one.  The host does not take its events for those of the dead one,
# though flow, device and thread look alike; a session on the dead one gets none of them.  The dead
# one's histograms make room, which is empty; short ids come again only after all others.  A reader
# of a namespace's events ends with the namespace, its file is whole, and it says why it ends, also
# if there was no room to tell it at once; a reader inside goes on.  A reader's memory cgroup pays
# for the rings.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

TENANTS=$CW_TREE/tests/e2e/policy/tenants.py
PORT=4242

policy() {
	must dtctl policy add root client all-netns
	must dtctl policy add peer any all-netns
}

namespaces_are() {
	[ "$(dtctl netns list | grep -c .)" = "$1" ]
}

# id_of NETNS|-: the short id that its own tools are shown
id_of() {
	in_ns "$1" python3 -c '
import sys
sys.path.insert(0, sys.argv[1])
import genl
print(*(genl.unpack(data)["netns-id"] for _, data in genl.Client().dump("netns-get").replies))' "$CW_TREE/tests/e2e"
}

# tenant NAME: a namespace where COUNT requests were made by a thread of its name
tenant() {
	must ip netns add "$1"
	must ip -n "$1" link set lo up
	must ip netns exec "$1" "$TENANTS" talk "$1" "$PORT" "${2:-5}"
}

# gone NAME COUNT: it is deleted, and so many are left
gone() {
	must ip netns del "$1"
	wait_for 20 namespaces_are "$2" || bail "$1 does not go away"
}

# contained COMMAND...: by root of a user namespace, in a network namespace of its own
contained() {
	unshare -Urn "$@"
}

# logged NAME REGEX
logged() {
	grep -qE "$2" "$CW_OUT/$CW_NAME.$1.log"
}

# seen_by_container FILE...: definitions, histograms and sockets, as JSON or text
seen_by_container() {
	# shellcheck disable=SC2016 # for the inner shell
	contained bash -c '
		"$0" names >"$1.names"
		dtctl -j top --once >"$1.top"
		dtctl socket list >"$1.sockets"
		dtctl netns list >"$1.netns"' "$TENANTS" "$1"
}

# The victim's names are known, it goes, and a container is given its id.
dead_names() {
	local seen=$CW_OUT/$CW_NAME.seen known

	start host dtctl record -w "$CW_OUT/$CW_NAME.host.cw"
	host=$started_pid
	wait_for 10 session_open || bail "dtctl record does not start"
	known=$(dtctl netns list | grep -c .)
	tenant victim
	like "$("$TENANTS" names | tr '\n' ';')" "task in 2: victim" "the host sees the victim's names"
	like "$(dtctl -j top --once)" ":$PORT" "... and its histograms"
	gone victim "$known"
	is "$("$TENANTS" names | grep -c "in 2:")" 0 "when it is gone no name is left"
	is "$(dtctl -j top --once | grep -c ":$PORT")" 0 "... and no histogram"
	mkdir -p "$seen"
	seen_by_container "$seen/container"
	like "$(cat "$seen/container.netns")" "." "a container has the next id"
	is "$(grep -c . "$seen/container.names")" 0 "its root is shown no name of the dead one's"
	is "$(grep -c ":$PORT" "$seen/container.top")" 0 "... no histogram"
	is "$(cat "$seen/container.sockets")" "" "... no socket"
	wait_for 20 namespaces_are "$known" || bail "the container does not go away"
}

# One thread goes through three namespaces with one short id: flow, device and thread are as they were.
told_anew() {
	must "$TENANTS" again nomad "$PORT" 5 3
	stop "$host" INT
	is "$("$TENANTS" recorded "$CW_OUT/$CW_NAME.host.cw" "$PORT" | tr '\n' ';')" \
		"20 named;20 named;20 named;20 named;" \
		"the host's recording tells four with this id apart: each event is in its own, its flow has a name"
}

# A session on a namespace of its own, which dies; the next tenant is given the id.
live_session() {
	local watcher

	# shellcheck disable=SC2016 # for the inner shell
	start watch unshare -Urn bash -c '
		unshare -n sleep 1000 & child=$!
		until [ "$(readlink /proc/$child/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
		exec "$0" watch $child' "$TENANTS"
	watcher=$started_pid
	wait_for 20 logged watch open || bail "no session: $(cat "$CW_OUT/$CW_NAME.watch.log")"
	wait_for 20 namespaces_are 2 || bail "the child's namespace does not go away"
	tenant later
	is "$(id_of later)" 3 "a container watches a namespace that dies; the next one has its id"
	gone later 2
	is "$(grep -cE '^(event|flow|task|device|netns)' "$CW_OUT/$CW_NAME.watch.log")" 0 \
		"... and nothing of it is seen by the watcher"
	like "$(grep '^end' "$CW_OUT/$CW_NAME.watch.log")" '^end 1 0 0$' "... who was told that the session has ended, and why"
	is "$(status_of sessions)" 0 "... and it is not open any more"
	stop "$watcher" KILL
	wait_for 20 namespaces_are 1 || bail "the container does not go away"
}

# ended NAME PID DESCRIPTION: it ends by itself, with 0 and the reason
ended() {
	local status

	ok "$3 ends" wait_for 20 process_gone "$2"
	stop "$2" KILL
	status=$?
	is "$status" 0 "... with exit code 0"
	like "$(cat "$CW_OUT/$CW_NAME.$1.log")" 'the network namespace it watched is gone' "... and says why"
	like "$(tail -n 1 "$CW_OUT/$CW_NAME.$1.log")" 'events, 0 lost$' "... $(tail -n 1 "$CW_OUT/$CW_NAME.$1.log")"
}

sessions_are() {
	[ "$(dtctl session list | grep -c .)" = "$1" ]
}

# watched NAME: that namespace, under the eyes of monitor, record and record with a command
watched() {
	must ip netns add "$1"
	must ip -n "$1" link set lo up
	start monitor dtctl -j monitor --netns "$1"
	monitor=$started_pid
	start record dtctl record --strict -w "$CW_OUT/$CW_NAME.ended.cw" --netns "$1"
	record=$started_pid
	# shellcheck disable=SC2016 # for the inner shell
	start command dtctl record -w "$CW_OUT/$CW_NAME.command.cw" --netns "$1" -- \
		sh -c 'until [ -e "$0" ]; do sleep 0.1; done; exit 7' "$CW_OUT/$CW_NAME.go"
	wait_for 10 sessions_are 3 || bail "no sessions"
	must ip netns exec "$1" "$TENANTS" talk "$1" "$PORT" 5
}

watchers_end() {
	local known monitor record

	rm -f "$CW_OUT/$CW_NAME.go"
	known=$(dtctl netns list | grep -c .)
	watched watched
	gone watched "$known"
	ended monitor "$monitor" "a monitor of a namespace that goes"
	is "$(grep -c '"stage": *"send"' "$CW_OUT/$CW_NAME.monitor.log")" 10 "... having shown all that was sent there"
	ended record "$record" "a recording of it"
	is "$("$TENANTS" recorded "$CW_OUT/$CW_NAME.ended.cw" "$PORT")" "20 named" "... which is whole"
	ok "... and finished" "$TENANTS" finished "$CW_OUT/$CW_NAME.ended.cw"
	ok "no session is left" sessions_are 0
	fails "one with a command goes on until that has ended" process_gone "$started_pid"
	touch "$CW_OUT/$CW_NAME.go"
	wait "$started_pid"
	is "$?" 7 "... and has its exit code"
	like "$(cat "$CW_OUT/$CW_NAME.command.log")" 'watched is gone' "... and says so, too"
}

# Its own socket keeps the namespace.
reader_inside() {
	must ip netns add inside
	start inside ip netns exec inside dtctl monitor
	wait_for 10 sessions_are 1 || bail "no session"
	must ip netns del inside
	must ip netns add other
	must ip netns del other
	ok "a reader inside a namespace whose name is deleted goes on" sessions_are 1
	stop "$started_pid" INT
	is $? 0 "... until it is told to end"
	ok "... without a word of a namespace that is gone" not_logged inside 'is gone'
}

not_logged() {
	! logged "$@"
}

# A reader that does not read: its queue has no room for the reason.
reader_stuck() {
	local known

	known=$(dtctl netns list | grep -c .)
	must ip netns add stuck
	must ip -n stuck link set lo up
	start stuck "$TENANTS" stuck stuck
	wait_for 10 logged stuck open || bail "no session"
	must ip netns exec stuck "$TENANTS" talk stuck "$PORT" 400
	gone stuck "$known"
	is "$(status_of sessions)" 0 "a session whose reader does not read ends, too"
	kill -USR1 "$started_pid"
	ok "... and it is told when it reads again, though its queue was full" wait_for 10 logged stuck '^end 1 [1-9]'
	stop "$started_pid" KILL
}

# How much kernel memory a memory cgroup is charged for
kernel_memory() {
	awk '$1 == "kernel" { print $2 }' "$1/memory.stat"
}

# 65,536 records of 64 bytes for each CPU.
rings_are_charged() {
	local group=/sys/fs/cgroup/tenant during

	echo +memory >/sys/fs/cgroup/cgroup.subtree_control || bail "no memory cgroups"
	must mkdir "$group"
	# shellcheck disable=SC2016 # for the inner shell
	start reader sh -c 'echo 0 >"$1/cgroup.procs" && exec dtctl monitor' - "$group"
	wait_for 10 sessions_are 1 || bail "no session"
	during=$(kernel_memory "$group")
	between "$during" 4194304 100000000 "the rings are charged to the reader's memory cgroup: $during bytes"
	stop "$started_pid" INT
	between "$(kernel_memory "$group")" 0 4194303 "... while there is a session"
	must rmdir "$group"
}

# One histogram's count of the namespace that is there now.
requests_counted() {
	dtctl -j top --once | python3 -c '
import json, sys
print(sum(row["count"] for row in json.load(sys.stdin)["steps"]
          if (row["direction"], row["from"], row["to"]) == ("request", "send", "tcp_out")))'
}

histograms_make_room() {
	local i counts=''

	counters_keep
	for ((i = 1; i <= 12; i++)); do
		tenant victim "$i"
		counts+="$(requests_counted) "
		gone victim 1
	done
	is "$(rose histogram_slots_full)" 0 "twelve namespaces, one after another, with room for three: each has histograms"
	is "$counts" "1 2 3 4 5 6 7 8 9 10 11 12 " "... which count its own requests alone"
}

ids_come_late() {
	local id last=0 known i seen=''

	known=$(dtctl netns list | grep -c .)
	for ((i = 0; i < 5; i++)); do
		must ip netns add late
		id=$(id_of late)
		[ "$id" -gt "$last" ] || seen+="$id after $last "
		last=$id
		gone late "$known"
	done
	is "$seen" "" "without such a bound no id comes again soon"
}

sysctl -qw kernel.unprivileged_userns_clone=1 2>/dev/null
load_module netns_ids_max=2 histogram_slots=64
policy
dead_names
told_anew
histograms_make_room
must unload_module
load_module netns_ids_max=3 ring_records=65536
policy
live_session
rings_are_charged
must unload_module
load_module
policy
ids_come_late
watchers_end
reader_inside
reader_stuck
done_testing
