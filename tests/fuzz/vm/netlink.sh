#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The long form of tests/e2e/policy/netlink_fuzz.sh, for "make fuzz".
CW_MESSAGES=${CW_MESSAGES:-500000}
. "$CW_TREE/tests/fuzz/vm/netlink.bash"
