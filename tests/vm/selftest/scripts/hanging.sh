#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Never ends.
# vm: timeout=5
# shellcheck source=tests/vm/guest.sh
. "$CW_TREE/tests/vm/guest.sh"

plan 1
sleep infinity
