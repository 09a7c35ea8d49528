#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: smp=2 timeout=200 append=slub_debug=FZP,cw_sock,cw_run
# debug: races
#
# Races: one CPU is in a critical window of the module while another one destroys the socket or
# namespace that it works on.  The windows are held open by a module that was built for that
# (kmod/base/delay.h: make modules-delay).
#
#   lo 127.0.0.1: races_destroy writes on CPU 0, where the segment is received, and resets the
#   receiving socket on CPU 1
#
# Tested: state is made for a socket that is being destroyed, and found when it is; namespaces
# go right after that.  Nothing is left, and memory that was freed is not written to.
CW_MODULE=${CW_MODULE:-$CW_TREE/build/$(uname -r)/causeway-delay.ko}
# For debug kernels there is no other one.
[ -e "$CW_MODULE" ] || CW_MODULE=${CW_MODULE%-delay.ko}.ko
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

POINTS=(insert found write)
MS=400

# hold_open POINT: every thread that passes there waits from now on; none: no thread waits
hold_open() {
	local point list=''

	for point in "${POINTS[@]}"; do
		list+=${list:+,}$([ "$point" = "$1" ] && echo $MS || echo 0)
	done
	echo "$list" >/sys/module/causeway/parameters/delay_ms
}

# validate CACHE...: the kernel looks at all of its objects, and complains
validate() {
	local cache

	for cache in "$@"; do
		echo 1 >"/sys/kernel/slab/$cache/validate" || return 1
	done
}

# destroyed_while POINT N DESCRIPTION [RULE...]: the rule comes when the connection is open
destroyed_while() {
	echo open >&"$race"
	ok "$3: a connection is open" wait_for 20 said open "$2"
	[ $# -lt 4 ] || must dtctl policy add "${@:4}"
	hold_open "$1"
	echo "$2" >&"$race"
	ok "$3: it is over" wait_for 20 said over "$2"
	hold_open none
	ok "no state is left of it" wait_for 20 none_of sockets runs
}

# said WORD TIMES
said() {
	[ "$(grep -c "^$1" "$CW_OUT/$CW_NAME.race.log")" -eq "$2" ]
}

listed() {
	dtctl socket list | grep -c 127.0.0.1
}

load_module
[ -e /sys/module/causeway/parameters/delay_ms ] || bail "$CW_MODULE was built without CW_DELAY"
netns g
must mkfifo "$actors/race"
ip netns exec g races_destroy 100 <"$actors/race" >"$CW_OUT/$CW_NAME.race.log" 2>&1 &
racer=$!
started+=("$racer")
exec {race}>"$actors/race"

destroyed_while insert 1 "state is made for a socket that is destroyed" peer any all-netns
destroyed_while found 2 "state is found of a socket that is destroyed"
destroyed_while found 3 "... once more"
exec {race}>&-
wait "$racer"
is $? 0 "the program ended as it should"
must ip netns del g
ok "the list of sockets can be read when their namespace is gone" dtctl socket list
is "$(listed)" 0 "... and is empty"
must dtctl policy del all
ok "freed memory was left alone" validate cw_sock cw_run
unload_module
is "$(grep -c '^cw_' /proc/slabinfo)" 0 "the module unloads, and leaves nothing in memory"
done_testing
