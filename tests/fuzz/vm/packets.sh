#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The long form of tests/e2e/policy/packets.sh, for "make fuzz".
CW_PACKETS=${CW_PACKETS:-10000000}
. "$CW_TREE/tests/fuzz/vm/packets.bash"
