#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: append=slab_nomerge timeout=240
# debug: fuzz
#
# Packets that are malformed at random, sent for a few seconds, do no harm;
# tests/fuzz/vm/packets.bash says which they are, and what must hold.  "make fuzz" sends ten
# million.
CW_PACKETS=${CW_PACKETS:-50000} CW_ROUND=${CW_ROUND:-25000}
. "$CW_TREE/tests/fuzz/vm/packets.bash"
