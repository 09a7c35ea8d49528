#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One of two tests fails.
# shellcheck source=tests/vm/guest.sh
. "$CW_TREE/tests/vm/guest.sh"

ok "passes"
is 1 2 "fails"
done_testing
