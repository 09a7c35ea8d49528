#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=120
# debug: no, nginx, Python and DNS servers, or several machines: hours there; what they use is in rules, udp, tunnels
#
# A request keeps its context in nginx though its connection to the application opens late: nginx does
# not wait for it, and has read and forwarded other requests before it can write this one.
#
#   client --- VXLAN --- proxy (nginx, one worker) --- VXLAN --- app
#                                                      eth0: netem delays SYN-ACKs
#
# - Request 1 waits in nginx for its connection while 20 others, each in its own context,
#   pass; it still arrives in the context that it was made in.
# - The same where request 2 is untraced and the others are traced: it stays untraced.
# - 200 requests whose connections to the application open in any order, each up to 0.4 s late.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/chain.bash"

# All that the application sends waits 20 s: SYN-ACKs that are on their way stay there.
delay_begin() {
	must in_ns "$APP" tc qdisc add dev eth0 root handle 1: prio bands 2 \
		priomap 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
	must in_ns "$APP" tc qdisc add dev eth0 parent 1:2 handle 20: netem delay 20s
}

# delay_only PORT: to that one alone
delay_only() {
	must in_ns "$APP" tc filter add dev eth0 parent 1: protocol ip u32 \
		match ip dport "$1" 0xffff flowid 1:2
	must in_ns "$APP" tc qdisc change dev eth0 root handle 1: prio bands 2 \
		priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
}

# delay_end: for new packets.  The peer sends its SYN again, and is answered at once.
delay_end() {
	must in_ns "$APP" tc qdisc change dev eth0 parent 1:2 handle 20: netem delay 0
}

half_open() {
	in_ns "$APP" ss -Htn state syn-recv | awk '{ sub(/.*:/, "", $4); print $4 }'
}

has_half_open() {
	[ -n "$(half_open)" ]
}

# late NAME NUMBER CLIENT_OPTION...: request NUMBER first
late() {
	local log=$CW_OUT/$CW_NAME.$1.client first

	must in_ns "$PROXY" curl -s -o /dev/null "http://$APP_IP:8000/?n=0"
	recording_start "$1"
	delay_begin
	start "first-$1" ip netns exec "$CLIENT" "$E2E/chain_client" -f "$2" "${@:3}" "$PROXY_IP" 80
	first=$started_pid
	must wait_for 10 has_half_open
	delay_only "$(half_open)"
	ok "$1: 20 more requests are answered" client_to "$log" -c 5 -r 4 -f 101 "$PROXY_IP" 80
	is "$(wc -l <"$log")/$(cat "$CW_OUT/$CW_NAME.first-$1.log")" 20/ \
		"$1: ... while the first one still waits"
	delay_end
	wait_for 30 process_gone "$first"
	is "$(cut -d' ' -f1 "$CW_OUT/$CW_NAME.first-$1.log")" "$2" "$1: then the first one is answered"
	cat "$CW_OUT/$CW_NAME.first-$1.log" >>"$log"
	recording_stop
	must in_ns "$APP" tc qdisc del dev eth0 root
	judge "$1" "$log"
}

# jitter NAME: every packet of the application is late, and not by the same time
jitter() {
	local log=$CW_OUT/$CW_NAME.$1.client

	recording_start "$1"
	must in_ns "$APP" tc qdisc add dev eth0 root netem delay 200ms 200ms limit 10000
	ok "$1: 200 requests are answered with their own number" \
		client_to "$log" -c 40 -r 5 -w "$PROXY_IP" 80
	must in_ns "$APP" tc qdisc del dev eth0 root
	recording_stop
	judge "$1" "$log"
}

chain_start
app_start
nginx_start
late traced 1
late untraced 2 -u
jitter jitter
done_testing
