# shellcheck shell=bash disable=SC2034,SC2154 # variables shared with guest.sh and the scripts
# SPDX-License-Identifier: GPL-2.0
#
# For chain*.sh and hosts*.sh: client -> nginx -> application on three nodes over VXLAN, with
# a peer rule for the pods.  Sourced after guest.sh.  Clients and servers write a line for each
# request to files, which chain_verify.py compares with the record file.

E2E=$CW_TREE/build/e2e
NGINX_DIR=/tmp/chain-nginx

# chain_start: network, module, policy
chain_start() {
	topology_flannel
	load_module
	must dtctl policy add peer 10.244.0.0/16 all-netns
}

# nginx_start [KEEPALIVE_CONNECTIONS]: on port 80 and, with TLS, on 443
nginx_start() {
	local keepalive='' version=''

	mkdir -p "$NGINX_DIR"
	[ "${1:-0}" -eq 0 ] || {
		keepalive="keepalive $1;"
		version='proxy_http_version 1.1; proxy_set_header Connection "";'
	}
	nginx_config "$keepalive" "$version" >"$NGINX_DIR/nginx.conf"
	must certificate
	start nginx ip netns exec "$PROXY" nginx -p "$NGINX_DIR" -c "$NGINX_DIR/nginx.conf" -g 'daemon off;'
	nginx_pid=$started_pid
	must wait_for 20 listening "$PROXY" 80
}

nginx_config() {
	cat <<-END
		user root;
		worker_processes 1;
		pid nginx.pid;
		error_log stderr;
		events { worker_connections 1024; }
		http {
			log_format numbers '\$arg_n \$remote_port \$status';
			access_log $NGINX_DIR/access.log numbers;
			client_body_temp_path body;
			proxy_temp_path proxy;
			fastcgi_temp_path fastcgi;
			uwsgi_temp_path uwsgi;
			scgi_temp_path scgi;
			keepalive_requests 10000;
			upstream application { server $APP_IP:8000; $1 }
			server {
				listen 80;
				listen 443 ssl;
				ssl_certificate $NGINX_DIR/cert.pem;
				ssl_certificate_key $NGINX_DIR/key.pem;
				location / { proxy_pass http://application; $2 ${NGINX_LOCATION:-} }
			}
		}
	END
}

certificate() {
	[ -e "$NGINX_DIR/cert.pem" ] ||
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
			-subj /CN=proxy -keyout "$NGINX_DIR/key.pem" -out "$NGINX_DIR/cert.pem"
}

nginx_stop() {
	stop "$nginx_pid" QUIT
}

# app_start: the counting server of ours
app_start() {
	start app ip netns exec "$APP" "$E2E/chain_app" "$APP_IP" 8000 "$CW_OUT/$CW_NAME.app"
	app_pid=$started_pid
	must wait_for 10 listening "$APP" 8000
}

# httpbin_start [OPTION...]: gunicorn and Debian's httpbin, which know nothing of us
httpbin_start() {
	start httpbin ip netns exec "$APP" gunicorn "$@" --workers 1 --bind "$APP_IP:8000" \
		--worker-tmp-dir /tmp --access-logfile "$CW_OUT/$CW_NAME.app" \
		--access-logformat '%(q)s - - %({REMOTE_PORT}e)s 0' httpbin:app
	app_pid=$started_pid
	must wait_for 60 in_ns "$APP" curl -sf -o /dev/null --max-time 30 "http://$APP_IP:8000/anything"
}

# recording_start NAME: to $recording, from now on
recording_start() {
	recording=$CW_OUT/$CW_NAME.$1.cw
	: >"$NGINX_DIR/access.log"
	: >"$CW_OUT/$CW_NAME.app"
	start "record-$1" dtctl record --quiet -w "$recording"
	record_pid=$started_pid
	must wait_for 10 session_open
}

recording_stop() {
	stop "$record_pid" INT || bail "dtctl record failed: $(cat "$CW_OUT/$CW_NAME.record-"*.log)"
}

# judge NAME CLIENT_LOG [OPTION...]: what was said against what was recorded, as results
judge() {
	cp "$NGINX_DIR/access.log" "$CW_OUT/$CW_NAME.$1.nginx"
	verdicts "$1" < <(python3 "$CW_TREE/tests/e2e/chain_verify.py" "${@:3}" --netns "$CLIENT=$(netns_inum "$CLIENT")" \
		--netns "$PROXY=$(netns_inum "$PROXY")" --netns "$APP=$(netns_inum "$APP")" \
		--client-log "$2" --nginx-log "$CW_OUT/$CW_NAME.$1.nginx" \
		--app-log "$CW_OUT/$CW_NAME.app" "$recording")
	[ "$verdicts" -gt 0 ] || not_ok "$1: chain_verify.py gave no verdict" "see $CW_OUT/$CW_NAME.log"
}

netns_inum() {
	stat -Lc %i "/run/netns/$1"
}

# client_to LOG ARGUMENT...: chain_client in the client's pod
client_to() {
	in_ns "$CLIENT" "$E2E/chain_client" "${@:2}" >"$1"
}
