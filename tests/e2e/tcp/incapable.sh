#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# debug: no, it has not been tried on such a kernel
#
# Connections that cannot carry our option (MPTCP, TCP-MD5) work without it, and the module's
# TRACE_EVENTs show the packets of the others.
#
#   client eth0 10.9.0.1 ------------- eth0 10.9.0.2 app
#     incapable.py client                incapable.py server
#
# Tested: MPTCP and TCP-MD5 connections of a traced thread work and carry no option of ours,
# a plain one beside them does; no SYN ever carries one; the TRACE_EVENTs of the stages
# fire with no reader of ours, and not at all for untraced traffic.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

traffic=$CW_TREE/tests/e2e/tcp/incapable.py
events=/sys/kernel/tracing

# question KIND PORT [PREFIX...]: the answer
question() {
	in_ns "$CLIENT" "${@:3}" python3 "$traffic" client "$1" "$CLIENT_IP" "$APP_IP" "$2"
}

# packets CHAIN: how many with our option, or SYNs with it, have passed
packets() {
	in_ns "$CLIENT" nft reset counter ip see "$1" | awk '$1 == "packets" { print $2 }'
}

# kind KIND PORT: is served, asked by a traced thread; the counters start from zero
kind() {
	start "$1" ip netns exec "$APP" python3 "$traffic" server "$1" "$APP_IP" "$CLIENT_IP" "$2"
	wait_for 30 listening "$APP" "$2"
	packets marked >&2
	packets marked_syn >&2
	incapable=$(counter tx_incapable)
	is "$(question "$1" "$2" dtctl exec --print /dev/null --)" answer "$1: the request is answered"
}

topology_plain
must in_ns "$CLIENT" nft -f - <<'END'
	table ip see {
		counter marked { }
		counter marked_syn { }
		chain out {
			type filter hook postrouting priority 300
			tcp flags & syn == syn tcp option 253 exists counter name marked_syn
			tcp option 253 exists counter name marked
		}
	}
END
load_module
must dtctl policy add peer any all-netns

kind plain 7101
between "$(packets marked)" 1 100 "plain: segments carry the option"
is "$(packets marked_syn)" 0 "plain: no SYN does"
is "$(counter tx_incapable)" "$incapable" "plain: not counted as left alone"

for protocol in mptcp:7102 md5:7103; do
	kind "${protocol%:*}" "${protocol#*:}"
	is "$(packets marked)" 0 "${protocol%:*}: no segment carries the option"
	between "$(($(counter tx_incapable) - incapable))" 1 100 "${protocol%:*}: counted as left alone"
done

must sh -c "echo 1 >$events/events/causeway/enable"
: >"$events/trace"
is "$(question plain 7101)" answer "an untraced request is answered"
is "$(grep -c 'cw_' "$events/trace")" 0 "tracers see nothing of untraced traffic"
is "$(question plain 7101 dtctl exec --print /dev/null --)" answer "a traced request is answered"
for stage in send tcp_out dev_queue dev_xmit dev_rx tcp_in recv; do
	between "$(grep -c " cw_$stage: " "$events/trace")" 1 100 "tracers see stage $stage"
done
must sh -c "echo 0 >$events/events/causeway/enable"
unload_module
done_testing
