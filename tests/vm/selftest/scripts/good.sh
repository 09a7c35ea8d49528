#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Passes, and leaves processes, namespaces and a module for guest.sh to clean up.
# shellcheck source=tests/vm/guest.sh
. "$CW_TREE/tests/vm/guest.sh"

CW_MODULE=$BAD_MODULE
topology_plain
load_bad() {
	must insmod "$CW_MODULE"
	at_exit rmmod bad
}
load_bad
start sleeper ip netns exec "$APP" sleep 1000
ok "a process runs in its namespace" wait_for 10 grep -q sleep "/proc/$started_pid/comm"
fails "a wait ends" wait_for 1 false
is "$(ip netns list | wc -l)" 2 "two namespaces"
skip "something" "shown in the sum"
done_testing
