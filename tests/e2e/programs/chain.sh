#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=300
# debug: no, nginx, Python and DNS servers, or several machines: hours there; what they use is in rules, udp, tunnels
#
# Requests of curl are traced through an unmodified nginx to an unmodified application, each on its own
# node of a VXLAN overlay; four requests at once.
#
#   client (curl) --- VXLAN --- proxy (nginx) --- VXLAN --- app (gunicorn, httpbin)
#     n1: eth0 pod0 cni0 flannel.1   n2                       n3
#
# - plain HTTP, with every stage and every kind of device on the way; TLS at nginx;
#   gunicorn's thread pool with upstream keep-alive; both together
# - one trace id at all three, each message's parent the span that wrote it.  Which
#   connection served which request number, nginx and gunicorn log.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/chain.bash"

# request BASE N URL [CURL_OPTION...]: in a context of its own; leaves BASE.N.*
request() {
	in_ns "$CLIENT" dtctl exec --print "$1.$2.traceparent" -- curl -s --max-time 60 \
		-o "$1.$2.body" -w '%{local_port} %{size_request} %{size_header} %{size_download}' \
		"${@:4}" "$3?n=$2" >"$1.$2.sizes"
}

# request_result NAME BASE N: the answer, and a line in the client's log
request_result() {
	local trace span sent port header body

	ok "$1: request $3 is answered with its own number" grep -Eq "\"n\": ?\"$3\"" "$2.$3.body"
	IFS=- read -r _ trace span _ <"$2.$3.traceparent"
	read -r port sent header body <"$2.$3.sizes"
	echo "$3 $trace $span $port $sent $((header + body))" >>"$2.client"
}

# variant NAME URL OPTIONS_OF_JUDGE [CURL_OPTION...]: four requests at once
variant() {
	local base=$CW_OUT/$CW_NAME.$1 n pids=()

	: >"$base.client"
	recording_start "$1"
	for n in 101 102 103 104; do
		request "$base" "$n" "$2" "${@:4}" &
		pids+=($!)
	done
	wait "${pids[@]}"
	recording_stop
	for n in 101 102 103 104; do
		request_result "$1" "$base" "$n"
	done
	# shellcheck disable=SC2086 # options
	judge "$1" "$base.client" --unaware $3
}

chain_start
httpbin_start
nginx_start
variant plain "http://$PROXY_IP/anything" --stages
variant tls "https://$PROXY_IP/anything" --tls -k
nginx_stop
stop "$app_pid"
httpbin_start --threads 4 --keep-alive 30
nginx_start 4
variant threads "http://$PROXY_IP/anything" --stages
variant tls-threads "https://$PROXY_IP/anything" --tls -k
done_testing
