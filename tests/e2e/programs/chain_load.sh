#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=600
# debug: no, nginx, Python and DNS servers, or several machines: hours there; what they use is in rules, udp, tunnels
#
# Many requests that pass one nginx at once are traced, each in its own context.
#
#   client (chain_client) --- VXLAN --- proxy (nginx) --- VXLAN --- app (chain_app)
#     n1: eth0 pod0 cni0 flannel.1        n2                          n3
#
# - 200 keep-alive requests on 20 connections, nginx without and with upstream keep-alive:
#   the application's thread holds, right after reading request N, the trace id that the
#   client's thread set for N; each message's parent is the span that wrote it; bytes and
#   connections are those that client, nginx and application logged for N.
# - All of this holds with every second request of each connection untraced: those have no context
#   anywhere.
# - Where it is not known when a message's bytes were there for its reader, the kernel passed
#   over our probe, which is counted.
# - CW_FULL: 3000 requests on 60 connections as well.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/chain.bash"
. "$CW_TREE/tests/e2e/rules_actor.bash"

# unready: messages that came by TCP and were read, without "ready" in between
unready() {
	python3 - "$recording" <<-END
		import sys
		sys.path.insert(0, "$CW_TREE/tests/e2e")
		import records
		seen = {stage: set() for stage in ("tcp_in", "ready", "recv")}
		for event in records.load(sys.argv[1]).events:
		    if event.stage in seen:
		        seen[event.stage].add((event.message, event.flags & records.RESPONSE))
		print(len((seen["tcp_in"] & seen["recv"]) - seen["ready"]))
	END
}

# load NAME UPSTREAM_KEEPALIVE CLIENT_OPTION...
load() {
	local log=$CW_OUT/$CW_NAME.$1.client

	nginx_start "$2"
	recording_start "$1"
	counters_keep
	ok "$1: requests are answered with their own number" \
		client_to "$log" "${@:3}" "$PROXY_IP" 80
	recording_stop
	between "$(unready)" 0 "$(rose probe_missed)" "$1: what was not seen ready is counted"
	judge "$1" "$log"
	nginx_stop
}

chain_start
app_start
if [ "${CW_FULL:-}" ]; then
	load single-full 0 -c 60 -r 50
	load keep-alive-full 30 -c 60 -r 50
fi
load single 0 -c 20 -r 10
load keep-alive 16 -c 20 -r 10
load mixed 4 -c 10 -r 10 -u
done_testing
