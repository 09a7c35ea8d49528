#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Node 1 gives up before node 2 comes to where they were to meet.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/vm/nodes.sh"

[ "$CW_NODE" -ne 1 ] || bail "on purpose"
meet "never" 50
ok "was here"
done_testing
