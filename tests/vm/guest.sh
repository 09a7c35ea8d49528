# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For scripts that run in a test guest: TAP, waiting by polling, background processes,
# the module.  Sourced first:  . "$CW_TREE/tests/vm/guest.sh"
# stdout is TAP and nothing else; everything that a script makes is undone at its exit.
# Topologies are in topology.sh beside this file, which is sourced from here.
set -u

[ "${CW_GUEST:-}" ] || {
	echo "guest.sh: this script changes the system it runs in; run it in a guest: tests/vm/run --each $0" >&2
	exit 125
}
KVER=$(uname -r)
CW_MODULE=${CW_MODULE:-$CW_TREE/build/$KVER/causeway.ko}
CW_NAME=${CW_NAME:-$(basename "$0" .sh)}
PATH=$CW_TREE/build/tools:$PATH

# --- TAP --------------------------------------------------------------------------------

tap_count=0 tap_failed=0 tap_plan=''

# plan N: as the first line, or use done_testing as the last.
plan() {
	tap_plan=$1
	echo "1..$1"
}

diag() {
	printf '%s\n' "$@" | sed 's/^/# /'
}

# result OK(0|1) DESCRIPTION
result() {
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_count - ${*:2}"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - ${*:2}"
	fi
	return "$1"
}

# not_ok DESCRIPTION [DETAIL...]
not_ok() {
	result 1 "$1"
	[ $# -lt 2 ] || diag "${@:2}"
	return 1
}

# ok DESCRIPTION [COMMAND...]: passes alone, or when the command succeeds; its output
# is shown when it does not.
ok() {
	local description=$1 output status

	shift
	if [ $# -eq 0 ]; then
		result 0 "$description"
		return
	fi
	output=$("$@" 2>&1)
	status=$?
	if [ "$status" -eq 0 ]; then
		result 0 "$description"
	else
		not_ok "$description" "exit $status: $*" "${output:-(no output)}"
	fi
}

# fails DESCRIPTION COMMAND...: passes when the command does not succeed.
fails() {
	local output

	if output=$("${@:2}" 2>&1); then
		not_ok "$1" "succeeded, should not: ${*:2}" "${output:-(no output)}"
	else
		result 0 "$1"
	fi
}

# is GOT WANTED DESCRIPTION
is() {
	if [ "$1" = "$2" ]; then
		result 0 "$3"
	else
		not_ok "$3" "     got: $1" "expected: $2"
	fi
}

# like TEXT REGEX DESCRIPTION
like() {
	if [[ $1 =~ $2 ]]; then
		result 0 "$3"
	else
		not_ok "$3" "  got: $1" "no match for: $2"
	fi
}

# between GOT LOW HIGH DESCRIPTION: integers or decimals, bounds included
between() {
	if [[ $1 =~ ^-?[0-9]+(\.[0-9]+)?$ ]] && awk "BEGIN { exit !($1 >= $2 && $1 <= $3) }"; then
		result 0 "$4"
	else
		not_ok "$4" "     got: $1" "expected: $2..$3"
	fi
}

# verdicts NAME: of a program, as it says on standard input: "ok" or another word, DESCRIPTION
# and DETAIL, with tabs in between, a line each.  How many there were: $verdicts
verdicts() {
	local verdict description detail

	verdicts=0
	while IFS=$'\t' read -r verdict description detail; do
		verdicts=$((verdicts + 1))
		if [ "$verdict" = ok ]; then
			result 0 "$1: $description"
		else
			not_ok "$1: $description" "$detail"
		fi
	done
}

# skip DESCRIPTION REASON: counted and shown, never silent
skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# bail REASON: what follows makes no sense
bail() {
	echo "Bail out! $*"
	exit 99
}

# must COMMAND...: set-up that has to work
must() {
	local output

	output=$("$@" 2>&1) || bail "set-up failed: $*: ${output//$'\n'/ }"
}

done_testing() {
	[ -n "$tap_plan" ] || plan "$tap_count"
	[ "$tap_failed" -eq 0 ] && [ "$tap_plan" -eq "$tap_count" ]
	exit
}

# --- clean-up ---------------------------------------------------------------------------

cleanups=() started=()

# at_exit COMMAND...: run at the script's end, last registered first
at_exit() {
	cleanups+=("$(printf '%q ' "$@")")
}

clean_up() {
	local status=$? i pid

	trap - EXIT INT TERM
	for pid in "${started[@]}"; do
		stop "$pid"
	done
	for ((i = ${#cleanups[@]} - 1; i >= 0; i--)); do
		eval "${cleanups[i]}" >&2 || true
	done
	topology_remove
	exit "$status"
}
trap clean_up EXIT
trap 'exit 143' INT TERM

# --- waiting and processes --------------------------------------------------------------

# wait_for SECONDS COMMAND...: polls until the command succeeds.  A busy host makes all of it slower:
# it has four times as long, and CW_PATIENCE times that where the machine is known to be slow; and
# tries five times at the least, for a machine that stood still has not waited.
wait_for() {
	local end=$((${EPOCHREALTIME/./} + $1 * 4 * ${CW_PATIENCE:-1} * 1000000)) tries=0

	shift
	until "$@" >/dev/null 2>&1; do
		[ $((++tries)) -lt 5 ] || [ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		read -rt 0.05 <> <(:)
	done
	return 0
}

# start NAME COMMAND...: in the background, output to $CW_OUT/$CW_NAME.NAME.log; the
# process is $started_pid, killed at the script's end at the latest.  COMMAND may be
# ip netns exec: that execs, so the pid is the program's own.
start() {
	local name=$1

	shift
	"$@" >"$CW_OUT/$CW_NAME.$name.log" 2>&1 </dev/null &
	started_pid=$!
	started+=("$started_pid")
}

# stop PID [SIGNAL]: ends it, kills it after 5 s, returns its exit status
stop() {
	local pid=$1 status

	kill -s "${2:-TERM}" "$pid" 2>/dev/null
	wait_for 5 process_gone "$pid" || kill -s KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	status=$?
	return "$status"
}

# A reader is there: what happens from now on is seen.
session_open() {
	[ -n "$(dtctl session list)" ]
}

process_gone() {
	local stat

	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	[[ ${stat##*) } = Z* ]]
}

# listening NETNS PORT: a TCP socket listens there
listening() {
	[ -n "$(in_ns "$1" ss -Htln "sport = :$2")" ]
}

# udp_listening NETNS PORT: a socket for datagrams is bound there
udp_listening() {
	[ -n "$(in_ns "$1" ss -Hlun "sport = :$2")" ]
}

# --- the module -------------------------------------------------------------------------

module_loaded() {
	[ -d /sys/module/causeway ]
}

# load_module [PARAMETER=VALUE...]
load_module() {
	local output

	[ -e "$CW_MODULE" ] || bail "$CW_MODULE is not there; run: make modules"
	modprobe -q libcrc32c
	output=$(insmod "$CW_MODULE" "$@" 2>&1) || bail "cannot load $CW_MODULE: $output"
	at_exit unload_module
}

# unload_module: waits for users of the module to go away; true if it is not loaded
unload_module() {
	module_loaded || return 0
	wait_for 5 rmmod causeway || rmmod causeway
}

# shellcheck source=tests/vm/topology.sh
. "$CW_TREE/tests/vm/topology.sh"
