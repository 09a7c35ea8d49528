#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Measures how cost grows with the number of things: inside a guest whose clock counts instructions
# (--icount).  All over loopback, both ends in one thread.  A line for each number to scale.txt:
#
#     AXIS SIZE MEASURE VALUE
#
# Environment: what is tried of each axis, in rising order (SOCKETS, ...); "" leaves it out.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/scale/axes.bash"

axes_run
ok "measured"
done_testing
