#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=3600
#
# Each allocation of the module is made to fail in turn (fail/fail_alloc.c), under traffic.
#
#   client            proxy             app          pods on three nodes, VXLAN
#     long-lived TCP ------------------- server
#     new TCP connections -------------- server
#     datagrams with trailers ---------- udp_peer
#
# Tested: loading fails with nothing left or goes well, whichever of its allocations fails;
# so do the commands of dtctl, and who listens to the rules' changes hears that it missed one; while
# those of the packets' path fail connections live, the counters count each failure, and all is well
# again after it; unloading allocates nothing it cannot do without; every call of an allocator in
# the module's code has been made to fail (UNREACHED says which not, and why).  Leaks are what
# leaks.sh looks for at the end.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/debug/traffic.bash"

FAIL=/sys/module/fail_alloc/parameters
SITES=/sys/kernel/debug/fail_alloc_sites
HOLD=0.7	# seconds that a place of the packets' path fails
ENOUGH=20	# failures wherever they fall
STRIDE=23	# of the taps' 400 allocations one in so many fails, all in "full"
[ -z "${CW_FULL:-}" ] || STRIDE=1

# Allocating calls that this script does not reach, "FUNCTION CALLED" a line: these only.
UNREACHED='cw_task_set_context rhashtable_insert_slow	(takes 16 keys of one hash)
cw_task_set_context rht_bucket_nested_insert	(takes a table that could not grow)
cw_sock_insert rhashtable_insert_slow	(likewise)
cw_sock_insert rht_bucket_nested_insert	(likewise)
append_trailer pskb_expand_head	(takes a packet that is cloned or has no room)
cw_datagram_make_room pskb_expand_head	(likewise)
transmit_segment pskb_expand_head	(likewise)
cw_batch_end __alloc_skb	(takes a namespace that goes while a session watches it alone)'

set_fail() {
	echo "$2" >"$FAIL/$1" || bail "cannot set $1 of fail_alloc to $2"
}

fail_nothing() {
	set_fail every 0
	set_fail nth 0
	set_fail site -1
	set_fail comm ''
}

failed() {
	cat "$FAIL/failed"
}

failed_above() {
	[ "$(failed)" -gt "$1" ]
}

# --- parts ------------------------------------------------------------------------------

# The n-th allocation of "insmod" fails, for each n.
loading() {
	local n refused=0 wrong=0

	set_fail comm insmod
	for ((n = 1; n < 500; n++)); do
		set_fail nth "$n"
		if insmod "$CW_MODULE" 2>"$CW_OUT/$CW_NAME.insmod"; then
			rmmod causeway || bail "cannot be unloaded after allocation $n failed"
		else
			refused=$((refused + 1))
			grep -q 'Cannot allocate memory' "$CW_OUT/$CW_NAME.insmod" || {
				wrong=$((wrong + 1))
				diag "allocation $n: $(cat "$CW_OUT/$CW_NAME.insmod")"
			}
		fi
		! module_loaded || bail "still there after allocation $n failed"
		[ "$(cat "$FAIL/nth")" -eq 0 ] || break
		echo "$EPOCHSECONDS allocation $n: $(wc -l <"$CW_OUT/$CW_NAME.insmod")" >&2
	done
	fail_nothing
	diag "loading: $((n - 1)) allocations, $refused times refused"
	between "$refused" 5 "$((n - 1))" "each of $((n - 1)) allocations of loading fails in turn, $refused times it is refused"
	is "$wrong" 0 "... each time for want of memory"
	is "$(grep -c '^cw_' /proc/slabinfo)" 0 "... and leaves no slab cache"
}

# nth_of STRIDE UNDO COMMAND...: each allocation of the command fails in turn; afterwards
# the command works.  UNDO is a command line to be run after each that worked.
nth_of() {
	local stride=$1 undo=$2 n refused=0 silent=0 output status left

	shift 2
	set_fail comm dtctl
	for ((n = 1; n < 2000; n += stride)); do
		set_fail nth "$n"
		output=$(timeout 60 "$@" 2>&1)
		status=$?
		left=$(cat "$FAIL/nth")
		set_fail nth 0
		if [ "$status" -eq 0 ]; then
			eval "$undo"
		else
			refused=$((refused + 1))
			[ -n "$output" ] || silent=$((silent + 1))
		fi
		[ "$left" -eq 0 ] || break
		echo "$EPOCHSECONDS $n: $*: $output" >&2
	done
	fail_nothing
	is "$silent" 0 "$*: $((n - 1)) allocations${stride:+, one in $stride} fail in turn, $refused times refused, never in silence"
	ok "$*: works again" "$@"
	eval "$undo"
}

# Prints "told" for each rule that comes or goes, and what else its socket says.
listener() {
	exec python3 - "$CW_TREE/tests/e2e" <<-'END'
		import sys
		sys.path.insert(0, sys.argv[1])
		import genl
		client = genl.Client()
		client.join()
		client.socket.settimeout(None)
		while True:
		    try:
		        client.notifications(1)
		        print("told", flush=True)
		    except OSError as problem:
		        print(problem, flush=True)
	END
}

# rules_gone PORT: those of this port are deleted
rules_gone() {
	dtctl policy list | sed -n "s/^\([0-9]*\):.*$1.*/\1/p" | xargs -rn1 dtctl policy del
}

# is_told LOG: of a rule that comes
is_told() {
	dtctl policy add root server port 7778 all-netns >/dev/null
	grep -q told "$1"
}

# A listener gets an error where a notification could not be made.
notified() {
	local log=$CW_OUT/$CW_NAME.listener.log

	start listener listener
	wait_for 20 is_told "$log" || bail "nobody listens"
	nth_of 1 'rules_gone 7777' dtctl policy add root server port 7777 all-netns
	between "$(grep -c 'No buffer space' "$log")" 1 2 "a notification that could not be made is an error for who listens"
	stop "$started_pid"
	rules_gone 7778
}

# The first rule brings taps and hooks, the last takes them away.
commands() {
	nth_of "$STRIDE" 'must dtctl policy del all' dtctl policy add root client port 7000 all-netns
	by_site dtctl policy add root client port 7000 all-netns
	must rules
	nth_of 3 'must rules' dtctl policy del all
	nth_of 1 : dtctl policy list
	notified
	nth_of 1 : dtctl status
	nth_of 1 : dtctl netns list
	nth_of 1 : dtctl socket list
	nth_of 1 : dtctl session list
	nth_of 1 : dtctl top --once
	nth_of 1 : dtctl exec -- /bin/true
	nth_of 1 : dtctl record -w "$CW_OUT/$CW_NAME.cw" -- /bin/true
}

# by_site COMMAND...: all at a place fail, for each place that dtctl's allocations have.
by_site() {
	local number where refused=0 places=0

	set_fail comm dtctl
	while read -r number where; do
		set_fail site "$number"
		places=$((places + 1))
		if "$@" >/dev/null 2>&1; then
			set_fail site -1
			must dtctl policy del all
		else
			refused=$((refused + 1))
		fi
	done < <(awk '{ print $1, $5 }' "$SITES")
	fail_nothing
	between "$refused" 5 "$places" "$*: refused at $refused of $places places that fail"
	ok "$*: works" "$@"
	must dtctl policy del all
}

# Their table is made with the first rule, which is as good without it.
no_table() {
	local number

	number=$(awk '$5 ~ /^cw_datagram_open\+/ { print $1; exit }' "$SITES")
	must dtctl policy del all
	set_fail comm dtctl
	set_fail site "${number:--1}"
	must rules
	fail_nothing
	counters_keep
	ok "datagrams that no memory was left for are counted" \
		wait_for 30 counter_above no_memory_datagram "$((before[no_memory_datagram] + 10))"
	is "$(rose datagram_kept) $(rose tx_trailer)" "0 0" "... and go without a trailer"
}

# counter_of FUNCTION+OFFSET: what failures of an allocating call there are counted as
counter_of() {
	grep -qE "^${1//+/\\+} (kmem_cache_alloc|__alloc_skb|__pskb_pull_tail)\$" "$CW_ALLOCATIONS" || return 0
	case $1 in
	cw_run_new*) echo no_memory_run ;;
	cw_sock_insert*) echo no_memory_socket ;;
	cw_task_set_context*) echo no_memory_task ;;
	batch_send*) echo event_no_memory ;;
	append_trailer*) echo tx_trailer_memory ;;
	esac
}

# counted NAME N WHERE: a batch that has no memory is several events
counted() {
	local most=$2

	[ "$1" != event_no_memory ] || most=1000000
	between "$(rose "$1")" "$2" "$most" "$3: $2 times, each counted as $1"
}

# Each place in turn fails, wherever it is used; then all do.
packets() {
	local number where died=0 places=0 name n

	must dtctl policy del all
	must rules
	start reader dtctl record -w "$CW_OUT/$CW_NAME.reader.cw"
	reader=$started_pid
	counters_keep
	wait_for 20 counter_above rx_long "$((before[rx_long] + 8))" || not_ok "traffic is traced"
	wait_for 20 grep -q 'cw_sock_insert+' "$SITES" || not_ok "new connections are traced"
	wait_for 20 grep -q 'append_trailer+' "$SITES" || not_ok "datagrams are put together"
	while read -r number where; do
		name=$(counter_of "${where%%/*}")
		counters_keep
		n=$(failed)
		set_fail site "$number"
		sleep "$HOLD"
		# New connections are rare: what has a counter is waited for.
		[ -z "$name" ] || wait_for 10 failed_above "$n"
		set_fail site -1
		n=$(($(failed) - n))
		places=$((places + 1))
		alive || {
			died=$((died + 1))
			diag "connections broke while $where failed"
		}
		[ -z "$name" ] || [ "$n" -eq 0 ] || counted "$name" "$n" "$where"
	done < <(grep -v '_init+\|kmem_cache_create' "$SITES" | awk '{ print $1, $5 }')
	is "$died" 0 "$places places fail, one after another: connections live"
	for n in 7 3 1; do
		number=$(failed)
		set_fail every "$n"
		ok "one in $n fails, $ENOUGH times" wait_for 60 failed_above $((number + ENOUGH))
		fail_nothing
		ok "... connections live" alive
	done
	counters_keep
	ok "and traffic is traced again" wait_for 20 counter_above rx_long "$((before[rx_long] + 20))"
	stop "$reader" INT
}

# Taps go with the last rule each time, so that they fail anew.
load() {
	load_module taps_keep_ms=0
}

# Memory that is allocated once has to fail in a module that was loaded just then.  One table of each
# CPU can be done without: then recording goes well.
first_use() {
	local number where n refused=0

	while read -r number where; do
		must unload_module
		must insmod "$CW_MODULE" taps_keep_ms=0
		n=$(failed)
		set_fail site "$number"
		dtctl record -w "$CW_OUT/$CW_NAME.first.cw" -- /bin/true >/dev/null 2>&1 || refused=$((refused + 1))
		set_fail site -1
		ok "first recording, while $where fails" [ "$(failed)" -gt "$n" ]
		ok "... works then" dtctl record -w "$CW_OUT/$CW_NAME.first.cw" -- /bin/true
	done < <(awk '!$3 && $5 ~ /^cw_(definitions|cache|rings)_alloc/ { print $1, $5 }' "$SITES")
	between "$refused" 1 10 "$refused times it was refused"
}

unloading() {
	set_fail comm rmmod
	set_fail every 1
	ok "with all allocations failing it can be unloaded" wait_for 20 rmmod causeway
	fail_nothing
	load
	first_use
	must rules
	ok "loaded again, traffic is traced" wait_for 20 counter_above rx_long 20
	must unload_module
}

# All calls of allocators in the module's code, as tests/debug/run found them:
# "FUNCTION+OFFSET CALLED" a line.
complete() {
	local place called function missed=() all=0

	while read -r place called; do
		all=$((all + 1))
		function=${place%+*}
		! awk -v place="$place/" '$3 && index($5, place) == 1 { found = 1 } END { exit !found }' "$SITES" ||
			continue
		grep -q "^$function $called" <<<"$UNREACHED" || missed+=("$place $called")
	done <"$CW_ALLOCATIONS"
	cp "$SITES" "$CW_OUT/$CW_NAME.sites"
	diag "not reached, of $all:" "${UNREACHED//$'\t'/ }"
	between "$all" 20 1000 "the module's code has $all calls of allocators"
	is "${#missed[@]}" 0 "each was made to fail, but for those" || diag "${missed[@]}"
}

must insmod "$CW_TREE/build/$KVER/fail/fail_alloc.ko"
at_exit rmmod fail_alloc
topology_flannel
traffic 1 2000
for part in loading load commands no_table packets unloading complete traffic_lived; do
	SECONDS=0
	$part
	diag "$part: $SECONDS s"
done
done_testing
