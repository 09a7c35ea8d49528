#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Passes a test, then dies without a plan.
# shellcheck source=tests/vm/guest.sh
. "$CW_TREE/tests/vm/guest.sh"

ok "passes"
must false
