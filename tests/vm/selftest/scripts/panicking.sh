#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Takes its machine down.
# shellcheck source=tests/vm/guest.sh
. "$CW_TREE/tests/vm/guest.sh"

ok "passes"
insmod "$BAD_MODULE" what=null
done_testing
