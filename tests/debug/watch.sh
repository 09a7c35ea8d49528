#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=60
#
# The first in each machine with KCSAN: turns it on.  No topology.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/debug/kcsan.bash"

is "$(nproc)" 2 "two CPUs, so that there are races"
ok "KCSAN can be turned on" kcsan_on
is "$(kcsan_number enabled)" 1 "it is on"
done_testing
