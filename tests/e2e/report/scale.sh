#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: icount append=slab_nomerge timeout=300
# debug: no, its verdict is about times, which such a kernel stretches
#
# The cost of a packet or a command does not grow with the number of connections, threads, rules,
# namespaces and waiting runs by more than tests/scale/run allows: a part of "make scale", in
# instructions.  Nor does the cost of listing, for each connection.
#
#   one process, both ends of all connections, over loopback
. "$CW_TREE/tests/vm/guest.sh"

BEFORE='' SOCKETS='1 500 4000' TASKS='1 200 3000' RULES='1 200' STRANGERS='1 1000' NAMESPACES='1 50' MARKS='1 100 1000'
PROBES=500
. "$CW_TREE/tests/scale/axes.bash"

axes_run
ok "nothing grows faster than it may" "$CW_TREE/tests/scale/run" --judge "$RESULT"
done_testing
