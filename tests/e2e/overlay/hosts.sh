#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: nodes=3 mem=640 nic=e1000 timeout=240
# debug: no, nginx, Python and DNS servers, or several machines: hours there; what they use is in rules, udp, tunnels
#
# Recordings of three hosts, with kernels and clocks of their own, make whole traces: curl, through
# nginx, to an application.
#
#   node1             node2              node3          virtual machines
#     client (curl)     proxy (nginx)      app          pods
#     uplink ---------- uplink ----------- uplink       one Ethernet
#     +0 ppm            +137 s +100 ppm    -421 s -100 ppm
#
# Over VXLAN as Flannel has it, then over IPIP as Calico has it; each node records by
# itself.  From the three recordings: one trace for each request, by its number, through all
# three, with the right parents; no negative time in any of them; the clocks' offsets and drifts as
# they are known from the machine outside, within the uncertainty that is printed.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/vm/nodes.sh"
. "$CW_TREE/tests/e2e/chain.bash"

DRIFT=(0 100 -100)
CURLS=8

# server: what this node's pod offers
server() {
	case $CW_NODE in
	2) nginx_start 8 ;;
	3) app_start ;;
	esac
}

# curl_request N LOG: in a context of its own
curl_request() {
	local port sent header body trace span

	read -r port sent header body < <(in_ns "$CLIENT" dtctl exec --print "$2.traceparent" -- \
		curl -s --max-time 60 -o "$2.body" \
		-w '%{local_port} %{size_request} %{size_header} %{size_download}\n' \
		"http://$PROXY_IP/?n=$1&bytes=3000")
	IFS=- read -r _ trace span _ <"$2.traceparent"
	grep -q "^n=$1\$" "$2.body" || diag "request $1 was answered wrongly: $(head -c 80 "$2.body")"
	echo "$1 $trace $span $port $sent $((header + body))" >>"$2"
}

# requests NAME: what node 1's pod asks
requests() {
	local n log=$CW_OUT/$CW_NAME.$1.client

	ok "$1: 40 requests on 4 connections are answered" \
		client_to "$log" -c 4 -r 10 -f 101 -b 2000 "$PROXY_IP" 80
	for ((n = 1; n <= CURLS; n++)); do
		curl_request "$n" "$log"
	done
	is "$(wc -l <"$log")" $((40 + CURLS)) "$1: ... and $CURLS of curl's"
}

# overlay NAME: this node's part of one network
overlay() {
	"topology_$1_node"
	server
	meet "$1: servers are up" 30
	clock_sample "$1-begin"
	recording_start "$1"
	meet "$1: all record" 30
	[ "$CW_NODE" -ne 1 ] || requests "$1"
	meet "$1: requests are made" 90
	recording_stop
	clock_sample "$1-end"
	[ "$CW_NODE" -ne 2 ] || cp "$NGINX_DIR/access.log" "$CW_OUT/$CW_NAME.$1.nginx"
	[ "$CW_NODE" -ne 3 ] || mv "$CW_OUT/$CW_NAME.app" "$CW_OUT/$CW_NAME.$1.app"
	ok "$1: node $CW_NODE recorded" [ -s "$recording" ]
	topology_node_remove
	meet "$1: the recordings are complete"
}

# judge_hosts NAME: on one node, from the three recordings
judge_hosts() {
	verdicts "$1" < <(python3 "$CW_TREE/tests/e2e/overlay/hosts_verify.py" "$SHARED" "$1")
	[ "$verdicts" -gt 0 ] || not_ok "$1: hosts_verify.py gave no verdict" "see $CW_OUT/$CW_NAME.log"
}

mkdir -p "$NGINX_DIR"
node_start "${DRIFT[CW_NODE - 1]}"
load_module
must dtctl policy add peer 10.244.0.0/16 all-netns
for name in flannel calico; do
	overlay "$name"
	diag "$name: until $SECONDS s"
done
# Each of two looks at one network; node 1 keeps the Ethernet up and has the least left to do.
case $CW_NODE in
1) judge_hosts flannel ;;
2) judge_hosts calico ;;
esac
meet "all is judged" 120
done_testing
