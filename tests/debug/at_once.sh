#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=300
#
# All that can be read or changed is, at once, under traffic, on two CPUs.  The taps are registered
# before and removed after all traffic, and one session is open all the time: emulator.py says why.
#
#   client eth0 ------------------ eth0 app      TCP that lives long and short, datagrams
#
# Tested: nothing of it fails, the connections live.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/debug/traffic.bash"

ROUNDS=12
[ -z "${CW_FULL:-}" ] || ROUNDS=200
TRACEPARENT=00-0123456789abcdef0123456789abcdef-0123456789abcdef-01

# Each is done again and again by a process of its own.
looked_on() {
	dtctl status && dtctl -s status && dtctl netns list && dtctl socket list &&
		dtctl session list && dtctl policy list && dtctl context list && dtctl top --once
}

rules_changed() {
	local root peer

	root=$(dtctl policy add root client port 7001 rate 5 all-netns) &&
		peer=$(dtctl policy add peer 192.0.2.0/24 all-netns) &&
		dtctl policy del "$root" && dtctl policy del "$peer"
}

contexts_changed() {
	dtctl context set "$long_lived" "$TRACEPARENT" && dtctl context get "$long_lived" &&
		dtctl context clear "$long_lived"
}

sessions_changed() {
	timeout -s INT 1 dtctl record -w "$CW_OUT/$CW_NAME.other.cw"
	[ $? -eq 124 ]
}

switched() {
	dtctl policy pause && sleep 0.3 && dtctl policy resume && sleep 1
}

# again WHAT: prints "done" or "failed" for each time
again() {
	local i

	for ((i = 0; i < ROUNDS; i++)); do
		if "$1" >&2; then echo "done"; else echo "failed"; fi
	done
}

# ran WHAT DESCRIPTION
ran() {
	is "$(grep -c '^done' "$CW_OUT/$CW_NAME.$1.log")" "$ROUNDS" "$2: $ROUNDS times" ||
		diag "$(grep -v '^done' "$CW_OUT/$CW_NAME.$1.log" | tail -n 20)"
}

is "$(nproc)" 2 "two CPUs"
topology_plain
load_module
rules || bail "no rules"
start reader dtctl record -w "$CW_OUT/$CW_NAME.cw"
reader=$started_pid
wait_for 10 session_open || bail "no reader"
traffic 2 3000
datagrams=$started_pid
wait_for 20 counter_above rx_long 8 || bail "nothing is traced"

jobs=()
for what in looked_on rules_changed contexts_changed sessions_changed switched; do
	start "$what" again "$what"
	jobs+=("$started_pid")
done
wait "${jobs[@]}"
ran looked_on "all was dumped"
ran rules_changed "rules came and went"
ran contexts_changed "a writer was given a context, and it was taken from him"
ran sessions_changed "a reader came and went"
ran switched "the rules were paused and resumed"
ok "the connections go on" alive
traffic_lived
stop "$datagrams"
ip netns pids "$CLIENT" | xargs -r kill
ip netns pids "$APP" | xargs -r kill
stop "$reader" INT
must dtctl policy del all
ok "it can be unloaded" unload_module
done_testing
