#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=120
#
# The last in each machine: is memory lost that nothing points to, and has what looks for
# faults been looking until now?  No topology.
. "$CW_TREE/tests/vm/guest.sh"

KMEMLEAK=/sys/kernel/debug/kmemleak
REST=7 # seconds: an object counts from 5 s of age on; grace periods, too

# Twice: what a scan finds unreferenced is reported if it is still when it is looked at again.
leaks() {
	local i

	for i in 1 2 3; do
		sleep "$REST"
		echo scan >"$KMEMLEAK" || return 1
	done
	cat "$KMEMLEAK"
}

unload_module
ok "the module is not loaded any more" test ! -d /sys/module/causeway
is "$(awk '$1 == "debug_locks:" { print $2 }' /proc/lockdep_stats)" 1 "lockdep is still on"
is "$(awk -F: '/^warnings/ { print $2 }' /sys/kernel/debug/debug_objects/stats)" 0 "objects' life cycles: no warnings"
found=$(leaks)
is "$?" 0 "kmemleak is still on"
is "$found" "" "it finds no memory that nothing points to"
done_testing
