#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# All tests pass, but the kernel complains.
# shellcheck source=tests/vm/guest.sh
. "$CW_TREE/tests/vm/guest.sh"

must insmod "$BAD_MODULE" what=warn
ok "passes" rmmod bad
done_testing
