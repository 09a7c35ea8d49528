#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=300
# debug: paths
#
# The module keeps the netlink contract, also against tens of thousands of messages that break it:
# netlink.py is a client made from the netlink specification.  No topology: it is about one host.
. "$CW_TREE/tests/vm/guest.sh"

load_module tenant_rules=1
python3 "$CW_TREE/tests/e2e/policy/netlink.py"
status=$?
unload_module || exit 1
exit "$status"
