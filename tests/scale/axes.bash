# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The axes along which tests/scale/guest.sh and tests/e2e/report/scale.sh measure; sourced after
# guest.sh.  Environment: the sizes of each axis, rising; "" leaves it out.
. "$CW_TREE/tests/e2e/rules_actor.bash"

PATH=$CW_TREE/build/scale:$PATH
BEFORE=${BEFORE-1 100 10000}
SOCKETS=${SOCKETS-1 10 100 1000 10000 100000}
TASKS=${TASKS-1 10 100 1000 10000}
RULES=${RULES-1 10 100 1000}
STRANGERS=${STRANGERS-1 100 1000 10000}
NAMESPACES=${NAMESPACES-1 10 100 1000}
MARKS=${MARKS-1 10 100 1000}
PROBES=${PROBES:-1000}
RESULT=$CW_OUT/scale.txt

# note AXIS SIZE MEASURE [VALUE]: writes the value, or else the last answer, to the results
note() {
	echo "$1 $2 $3 ${4:-$reply}" | tee -a "$RESULT" >&2
}

# taken AXIS SIZE MEASURE COMMAND...: writes the actor's answer to the results
taken() {
	ask s "${@:4}"
	note "$1" "$2" "$3"
}

# slab NAME FIELD: 3 objects in all, 2 in use, 4 bytes of each; pages are asked for by "bytes"
slab() {
	awk -v name="$1" -v field="$2" '$1 == name {
		print field == "bytes" ? $15 * $6 * 4096 : $field }' /proc/slabinfo
}

# memory AXIS SIZE: writes the memory that the module keeps to the results
memory() {
	local name

	for name in sockets tasks runs; do
		note "$1" "$2" "$name.kept" "$(status_of $name)"
	done
	for name in cw_sock cw_run cw_task; do
		note "$1" "$2" "$name.bytes" "$(slab "$name" bytes)"
	done
}

# open_to N: opens connections in parts, since an answer has to come within half a minute
open_to() {
	local n=10000

	while [ "$n" -lt "$1" ]; do
		do_it s open "$n"
		n=$((n + 10000))
	done
	ask s open "$1"
}

fresh() {
	do_it s none
	do_it s close
	do_it s port $((++port))
}

# rules N [only]: puts rules in the place of those that were in force
rules() {
	must dtctl policy del all
	do_it s rules "$@"
}

rules_usual() {
	rules 0
}

# One thing at a time: others start from one connection and two rules.
axis_before() {
	local n

	for n in $BEFORE; do
		open_to "$n"
		note before "$n" open
		taken before "$n" probe probe "$PROBES"
		[ "$n" -lt "$PROBES" ] || taken before "$n" rotate rotate "$PROBES"
	done
	[ -z "$BEFORE" ] || taken before 1 short short 100
	do_it s close
}

axis_sockets() {
	local n

	fresh
	for n in $SOCKETS; do
		open_to "$n"
		note sockets "$n" open
		# Each connection has two ends.
		is "$(status_of sockets)" $((2 * n)) "$n connections have state at both ends"
		taken sockets "$n" probe probe "$PROBES"
		# Each connection is used for the second time now, and so all of them are alike.
		[ "$n" -lt "$PROBES" ] || taken sockets "$n" rotate rotate "$PROBES"
		taken sockets "$n" short short 100
		taken sockets "$n" dump dump sockets
		list "$n"
		memory sockets "$n"
	done
	release "$n"
	sockets_used
	sockets_go
}

# often N: opens connections, and uses each of them twenty times
often() {
	local i

	fresh
	open_to "$1"
	for ((i = 0; i < 20; i++)); do
		do_it s rotate "$1"
	done
}

# A request is kept for a late answer, but not where that leaves too few runs to other connections.
sockets_used() {
	local most=/sys/module/causeway/parameters/max_runs usual

	often 300
	memory used 300
	between "$(status_of runs)" $((300 * 16)) $((300 * 26)) \
		"300 connections keep some 16 of their requests each, for late answers"
	usual=$(cat $most)
	fresh
	wait_for 10 status_at_most runs 100
	echo 3300 >$most
	counters_keep
	often 300
	memory scarce 300
	between "$(status_of runs)" 300 $((300 * 10)) "... where runs are scarce, one of them"
	is "$(rose limit_runs)" 0 "runs of what was asked leave room for others"
	echo "$usual" >$most
}

now_ns() {
	echo $((${EPOCHREALTIME/./} * 1000))
}

# release N: measures how long it takes to let go of all of them
release() {
	local before

	before=$(now_ns)
	must dtctl policy del all
	note gone "$1" release $(($(now_ns) - before))
	is "$(status_of sockets)" 0 "$1 connections, no rule: no state"
	rules_usual
}

# list N: measures how long it takes to show them all
list() {
	local before

	before=$(now_ns)
	is "$(dtctl socket list | wc -l)" $((2 * $1)) "$1 connections are listed, both ends"
	note sockets "$1" list $((($(now_ns) - before) / $1))
}

sockets_go() {
	local n

	for n in $SOCKETS; do
		fresh
		[ "$n" = "${SOCKETS##* }" ] || open_to "$n"
		[ "$n" = "${SOCKETS##* }" ] || release "$n"
	done
	fresh
}

axis_tasks() {
	local n

	fresh
	do_it s open 1
	for n in $TASKS; do
		taken tasks "$n" new tasks "$n"
		between "$(status_of tasks)" "$n" $((n + 5)) "$n threads hold a context"
		taken tasks "$n" probe probe "$PROBES"
		taken tasks "$n" dump dump tasks
		memory tasks "$n"
	done
}

# Rules that match nothing come before those that do.
axis_rules() {
	local n

	for n in $RULES; do
		rules "$n"
		note rules "$n" add
		fresh
		do_it s open 1
		taken rules "$n" root probe "$PROBES"
		taken rules "$n" short short 100
		# This probe asks no rule: the thread has a context that it was given.
		taken rules "$n" runs waiting "$PROBES"
	done
	rules_usual
}

# Uses in turn all connections that no rule wants, in a namespace that rules concern.  "beyond":
# there are more of them than the module remembers.
axis_strangers() {
	local n rules

	for rules in 10 1000; do
		rules $rules only
		fresh
		for n in $STRANGERS; do
			open_to "$n"
			do_it s rotate "$n"
			ask s rotate "$n"
			if [ "$n" -le 1000 ]; then
				note strangers$rules "$n" rotate
			else
				note strangers$rules "$n" beyond
			fi
		done
		is "$(status_of sockets)" 0 "$n connections that no rule wants have no state"
	done
	rules_usual
}

# kernel_kb: the size of all caches and of per-CPU memory, for objects that have no cache of their
# own
kernel_kb() {
	awk '/^Percpu:/ { sum += $2 * 1024 }
		/ : tunables / { sum += $2 * $4 }
		END { print int(sum / 1024) }' /proc/meminfo /proc/slabinfo
}

# Each of these sizes includes the memory that comes with the first rule and is not per namespace.
hooks_memory() {
	local before

	must dtctl policy del all
	before=$(kernel_kb)
	rules_usual
	note namespaces "$1" add
	note namespaces "$1" hooks.kb $(($(kernel_kb) - before))
	note namespaces "$1" hooked "$(dtctl status | awk '/^hooks/ { print $3 }')"
}

axis_namespaces() {
	local n have=0

	fresh
	do_it s open 1
	for n in $NAMESPACES; do
		seq -f 'netns add scale%.0f' $((have + 1)) "$n" | ip_in -
		have=$n
		taken namespaces "$n" probe probe "$PROBES"
		taken namespaces "$n" short short 100
		hooks_memory "$n"
		fresh
		do_it s open 1
	done
	seq -f 'netns del scale%.0f' 1 "$have" | ip_in -
}

# Runs wait on one connection: they are written, read and answered in order; then answers come to
# nothing.
axis_runs() {
	local n

	for n in $MARKS; do
		fresh
		do_it s open 1
		taken runs "$n" write waiting "$n"
		note runs "$n" kept "$(status_of runs)"
		taken runs "$n" serve serve "$n"
		taken runs "$n" hear hear "$n"
		fresh
		do_it s open 1
		do_it s waiting "$n"
		do_it s swallow "$n"
		do_it s foreign 10
		taken runs "$n" foreign hear 10
	done
	do_it s none
}

axes_run() {
	local axis
	port=7000

	: >"$RESULT"
	netns scale
	actor s scale scale
	axis_before
	load_module
	rules_usual
	# NAMESPACES comes last: the kernel undoes its state behind our back.
	for axis in SOCKETS TASKS RULES STRANGERS MARKS NAMESPACES; do
		[ -z "${!axis}" ] || "axis_${axis,,}"
	done
}
