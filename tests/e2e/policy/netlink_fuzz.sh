#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=240
# debug: fuzz
#
# Netlink messages that are wrong at random, sent for some seconds, do no harm;
# tests/fuzz/vm/netlink.bash says which processes send them, and what must hold.  "make fuzz" sends
# more.
CW_MESSAGES=${CW_MESSAGES:-20000}
. "$CW_TREE/tests/fuzz/vm/netlink.bash"
