#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=150
# debug: no, nginx, Python and DNS servers, or several machines: hours there; what they use is in rules, udp, tunnels
#
# Large answers for slow readers keep their contexts: nginx works on all of them in turn, reading from
# the application and writing to the clients piece by piece.
#
#   6 clients, 16 KiB at a time --- VXLAN --- proxy (nginx) --- VXLAN --- app: 1 MB
#
# - nginx without and with upstream keep-alive, with and without buffering: every byte that
#   a client reads belongs to its own request, and to its trace.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/chain.bash"

# slow NAME UPSTREAM_KEEPALIVE BUFFERING
slow() {
	local log=$CW_OUT/$CW_NAME.$1.client

	NGINX_LOCATION="proxy_buffering $3;" nginx_start "$2"
	recording_start "$1"
	ok "$1: 12 answers of 1 MB arrive whole" \
		client_to "$log" -c 6 -r 2 -b 1048576 -s 2000 -w "$PROXY_IP" 80
	recording_stop
	judge "$1" "$log"
	nginx_stop
}

chain_start
app_start
slow buffered 0 on
slow keep-alive 8 on
slow unbuffered 8 off
done_testing
