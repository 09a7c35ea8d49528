# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Talking to actors (rules_actor.c and others that take a command a line), and reading
# the module's numbers.  Sourced after guest.sh.

PATH=$CW_TREE/build/e2e:$PATH
actors=$(mktemp -d)
at_exit rm -rf "$actors"
declare -A actor_in=() actor_out=() before=()
reply=''

# actor NAME NETNS [PROGRAM...]: starts one (rules_actor)
actor() {
	local name=$1 namespace=$2 fd

	shift 2
	must mkfifo "$actors/$name.in" "$actors/$name.out"
	ip netns exec "$namespace" "${@:-rules_actor}" <"$actors/$name.in" \
		>"$actors/$name.out" 2>"$CW_OUT/$CW_NAME.$name.log" &
	started+=("$!")
	exec {fd}>"$actors/$name.in"
	actor_in[$name]=$fd
	exec {fd}<"$actors/$name.out"
	actor_out[$name]=$fd
}

# actors_forget: they have gone with their namespaces, or go now
actors_forget() {
	local name fd

	for name in "${!actor_in[@]}"; do
		fd=${actor_in[$name]}
		exec {fd}>&-
		fd=${actor_out[$name]}
		exec {fd}<&-
		rm -f "$actors/$name.in" "$actors/$name.out"
	done
	actor_in=() actor_out=()
}

# tell NAME COMMAND...: without waiting for the answer, which "hear NAME" puts in $reply
tell() {
	echo "${*:2}" >&"${actor_in[$1]}"
}

hear() {
	read -rt 30 reply <&"${actor_out[$1]}" || bail "$1 does not answer"
}

# ask NAME COMMAND...: the answer is in $reply
ask() {
	tell "$@"
	hear "$1"
}

# do_it NAME COMMAND...: it has to work
do_it() {
	ask "$@"
	[[ $reply != error* ]] || bail "$*: $reply"
}

# says NAME COMMAND... == WANTED DESCRIPTION
says() {
	local command=()

	while [ "$1" != == ]; do
		command+=("$1")
		shift
	done
	ask "${command[@]}"
	is "$reply" "$2" "$3"
}

# context_of NAME [@THREAD]: trace id and kind, or none
context_of() {
	local trace kind

	ask "$1" ${2:+"$2"} context
	read -r trace _ kind <<<"$reply"
	reply=$trace${kind:+ $kind}
}

# holds NAME [@THREAD] WANTED DESCRIPTION
holds() {
	if [[ $2 == @* ]]; then
		context_of "$1" "$2"
		shift
	else
		context_of "$1"
	fi
	is "$reply" "$2" "$3"
}

# --- the module's numbers ---------------------------------------------------------------

# counter NAME: its value now
counter() {
	dtctl -s status | awk -v name="$1" '$1 == name { print $2 }'
}

# counters_keep: what "rose" compares with
counters_keep() {
	local name value

	before=()
	while read -r name value; do
		[ -z "$value" ] || before[$name]=$value
	done < <(dtctl -s status | sed '1,/^counters/d')
}

# counter_above NAME NUMBER
counter_above() {
	[ "$(counter "$1")" -gt "$2" ]
}

# rose NAME: by how much since counters_keep
rose() {
	echo $(($(counter "$1") - ${before[$1]:-0}))
}

# all_rose: each counter that did, and by how much
all_rose() {
	local name value

	while read -r name value; do
		[ -z "$value" ] || [ "$value" -eq "${before[$name]:-0}" ] ||
			diag "$name +$((value - ${before[$name]:-0}))"
	done < <(dtctl -s status | sed '1,/^counters/d')
}

# status_of WORD: sockets, tasks, runs, sessions, policies, taps
status_of() {
	dtctl status | awk -v name="$1" '$1 == name { print $2 }'
}

status_is() {
	[ "$(status_of "$1")" = "$2" ]
}

status_at_most() {
	[ "$(status_of "$1")" -le "$2" ]
}

# none_of WORD...: nothing of it is in memory
none_of() {
	local word

	for word in "$@"; do
		status_is "$word" 0 || return 1
	done
}

# --- traffic that goes on meanwhile -----------------------------------------------------

# mss_of LOG PID: the lowest and the highest MSS that the connections of a "middlebox_traffic
# endless" have now; fails where that does not go on
mss_of() {
	local lines

	lines=$(grep -c ^mss "$1")
	kill -USR1 "$2" 2>/dev/null && wait_for 20 mss_told "$1" "$lines" || return 1
	grep ^mss "$1" | tail -n 1 | cut -d' ' -f2-
}

mss_told() {
	[ "$(grep -c ^mss "$1")" -gt "$2" ]
}
