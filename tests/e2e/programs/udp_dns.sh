#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=240
# debug: no, nginx, Python and DNS servers, or several machines: hours there; what they use is in rules, udp, tunnels
#
# DNS queries of real programs (kdig, libc, curl, dnsmasq) are in the trace of the request that
# caused them, over VXLAN and over IPIP.
#
#   client (kdig, getent, curl) --- proxy (dnsmasq, web server) --- app (dnsmasq)
#
# Tested: a query, and the times that it and its answer wait at their sockets; one that is passed on to
# another server; the resolver of libc; curl, which resolves and then connects; a service that
# resolves a name for each request.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

web_server() {
	cat <<-'END'
		import http.server, socket, sys

		class Handler(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        answer = repr(socket.getaddrinfo("db.test", 80)).encode()
		        self.send_response(200)
		        self.send_header("Content-Length", str(len(answer)))
		        self.end_headers()
		        self.wfile.write(answer)

		http.server.HTTPServer((sys.argv[1], 8080), Handler).serve_forever()
	END
}

# dns NETNS ADDRESS OPTION...
dns() {
	start "dnsmasq-$1" ip netns exec "$1" dnsmasq --keep-in-foreground --conf-file=/dev/null \
		--no-hosts --pid-file= --user=root --log-facility=- --listen-address="$2" \
		--bind-interfaces --cache-size=0 --no-resolv "${@:3}"
}

dns_listening() {
	ip netns exec "$1" ss -Hlun 'sport = :53' | grep -q .
}

# traced NAME COMMAND...: in a context of its own in the client's pod; its messages in $messages,
# all that was seen of $trace in $recording
traced() {
	local pid

	recording=$CW_OUT/$CW_NAME.$1.cw
	start "record-$1" dtctl record --quiet -w "$recording"
	pid=$started_pid
	must wait_for 10 session_open
	in_ns "$CLIENT" dtctl exec --print "$CW_OUT/$CW_NAME.$1.trace" -- "${@:2}" \
		>"$CW_OUT/$CW_NAME.$1.out" 2>&1
	stop "$pid" INT
	IFS=- read -r _ trace _ <"$CW_OUT/$CW_NAME.$1.trace"
	messages=$(python3 "$CW_TREE/tests/e2e/programs/udp_messages.py" "$recording" "$trace")
}

# has LINE...: the lines of $messages are just these, in any order
has() {
	is "$(sort <<<"$messages")" "$(printf '%s\n' "${@:2}" | sort)" "$1"
}

# waits DESCRIPTION NETNS: checks the wait of the only datagram at a socket there
waits() {
	ok "$1: the socket's queue, the reader's wake-up, its read" "$CW_TREE/tests/e2e/stages.py" \
		"$recording" "$trace" "order(('tcp_in', '', '$2'), ('ready', '', '$2'),
			('wake', '', '$2'), ('recv', '', '$2')) and len(at('wake', '', '$2')) == 1"
}

overlay() {
	local kind=$1 over=$2 pids=()

	"topology_$kind"
	must dtctl policy add peer any all-netns
	# "ip netns exec" puts these files in the place of /etc/resolv.conf.
	must mkdir -p "/etc/netns/$CLIENT" "/etc/netns/$PROXY"
	echo "nameserver $APP_IP" >"/etc/netns/$CLIENT/resolv.conf"
	echo "nameserver $APP_IP" >"/etc/netns/$PROXY/resolv.conf"
	dns "$APP" "$APP_IP" --host-record="db.test,$PROXY_IP"
	pids+=("$started_pid")
	dns "$PROXY" "$PROXY_IP" --server="$APP_IP"
	pids+=("$started_pid")
	start web ip netns exec "$PROXY" python3 -c "$(web_server)" "$PROXY_IP"
	pids+=("$started_pid")
	must wait_for 10 dns_listening "$APP"
	must wait_for 10 dns_listening "$PROXY"
	must wait_for 20 listening "$PROXY" 8080

	traced "$kind-query" kdig +timeout=2 "@$APP_IP" db.test
	has "$kind: a query and its answer" \
		"kdig@client > dnsmasq@app udp 53 answered over $over"
	waits "$kind: a query" "$APP"
	waits "$kind: its answer" "$CLIENT"
	traced "$kind-passed-on" kdig +timeout=2 "@$PROXY_IP" db.test
	has "$kind: a query that is passed on" \
		"kdig@client > dnsmasq@proxy udp 53 answered over $over" \
		"dnsmasq@proxy > dnsmasq@app udp 53 answered over $over"
	traced "$kind-libc" getent ahostsv4 db.test
	has "$kind: libc's resolver" "getent@client > dnsmasq@app udp 53 answered over $over"
	traced "$kind-curl" curl -s --max-time 20 http://db.test:8080/
	like "$(cat "$CW_OUT/$CW_NAME.$kind-curl.out")" "$PROXY_IP" "$kind: curl gets its page"
	has "$kind: curl resolves and asks; the service resolves for it" \
		"curl@client > dnsmasq@app udp 53 answered over $over" \
		"curl@client > python3@proxy tcp 8080 answered over $over" \
		"python3@proxy > dnsmasq@app udp 53 answered over $over"
	stop "${pids[0]}"
	stop "${pids[1]}"
	stop "${pids[2]}"
	must dtctl policy del all
	topology_remove
}

load_module
overlay flannel vxlan
overlay calico ipip
done_testing
