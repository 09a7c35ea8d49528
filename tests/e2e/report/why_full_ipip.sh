#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: full icount timeout=14400
#
# why.sh with 100 cases of each fault at each of its places, over IPIP.
# shellcheck disable=SC2034 # read by why.sh
WHY_CASES=100 WHY_PLACES=all WHY_OVERLAYS=calico
. "$CW_TREE/tests/e2e/report/why.sh"
