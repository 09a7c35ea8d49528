# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A process is made to stand still in the midst of something (slow.bpf.c), on the second CPU ("taskset
# -c 1"), while the script does on the first one what must not harm it.  Nothing there may wait for the
# other CPU, as namespaces that are entered by a new process, and rules, do.  Sourced after guest.sh.
# shellcheck disable=SC2154 # guest.sh sets it
SLOW=/sys/fs/bpf/slow

# slow_set INDEX NUMBER: of slow.bpf.c: MOMENT, BEGUN, ENDED
slow_set() {
	local bytes=() i

	for i in 0 8 16 24 32 40 48 56; do
		bytes+=("$(printf %02x $(($2 >> i & 255)))")
	done
	must bpftool map update name slow key hex "0$1" 00 00 00 value hex "${bytes[@]}"
}

# function_at NAME...: where the first of these functions of the module's begins that is one, inlined nowhere
function_at() {
	local name address

	for name in "$@"; do
		address=$(awk -v name="$name" '$3 == name && $4 == "[causeway]" { print $1; exit }' /proc/kallsyms)
		[ -z "$address" ] || break
	done
	[ -n "$address" ] || bail "no function of the module's is called $*"
	echo $((16#$address))
}

# stand_still MOMENT: that process, the next time; go_on
stand_still() {
	slow_set 0 "$1"
}

go_on() {
	slow_set 0 0
}

# stands BEGUN ENDED: how often it has
stands() {
	[ "$(bpftool map dump name slow | grep -oE '"value": [0-9]+' | cut -d' ' -f2 | tail -n 2 | paste -sd' ')" = "$1 $2" ]
}

# slow_begin PROGRAM FUNCTION
slow_begin() {
	# Interrupts of disks and consoles come to the first CPU: the program that stands still runs on the other.
	must taskset -cp 0 $$
	must bpftool prog loadall "$CW_TREE/build/e2e/slow.bpf.o" "$SLOW"
	at_exit rm -rf "$SLOW"
	start probe probe_hold "$2" "$SLOW/$1"
	slow_probe=$started_pid
	must wait_for 10 grep -q ready "$CW_OUT/$CW_NAME.probe.log"
}

slow_end() {
	stop "$slow_probe"
}

# while_it_stands DESCRIPTION COMMAND...: all of that while it stands still
while_it_stands() {
	must wait_for 5 stands 1 0
	"${@:2}"
	ok "$1, while it stands still" stands 1 0
	go_on
	must wait_for 5 stands 1 1
	slow_set 1 0
	slow_set 2 0
}
