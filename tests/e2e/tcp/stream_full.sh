#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: full mem=1536 timeout=7200
#
# stream.sh, topology and assertions, under the full table: every way to write and to read,
# on every network, with SACK and timestamps on and off; the other conditions are drawn,
# with a fixed seed.  840 runs.
STREAM_TABLE=$CW_OUT/stream_full.table
"$CW_TREE/tests/e2e/tcp/stream_table.py" full >"$STREAM_TABLE" || exit 1
. "$CW_TREE/tests/e2e/tcp/stream.sh"
