# shellcheck shell=bash disable=SC2154 # guest.sh sets it
# SPDX-License-Identifier: GPL-2.0
#
# Traffic over an overlay that goes on while a script does what it tests: TCP connections that
# live long and ones that come and go, datagrams.  Sourced after guest.sh and rules_actor.bash.
# All at the lowest priority: a machine of one CPU has other things to do.

long_log='' long_lived='' short_lived=''

# traffic CONNECTIONS SIZE: from $CLIENT to $APP
traffic() {
	start server nice -n 19 ip netns exec "$APP" middlebox_traffic server "$APP_IP" 7000
	wait_for 10 listening "$APP" 7000 || bail "no server"
	start long nice -n 19 ip netns exec "$CLIENT" middlebox_traffic endless "$APP_IP" 7000 "$1" "$2"
	long_lived=$started_pid long_log=$CW_OUT/$CW_NAME.long.log
	wait_for 10 grep -q ^mss "$long_log" || bail "no traffic"
	start short come_and_go
	short_lived=$started_pid
	start datagrams datagrams_for_ever
}

come_and_go() {
	while :; do
		nice -n 19 ip netns exec "$CLIENT" middlebox_traffic client "$APP_IP" 7000 2 2 500 || exit
	done
}

# Without a module both ends end at once: they ask it for contexts.
datagrams_for_ever() {
	local server port=5000

	while :; do
		port=$((port < 5900 ? port + 1 : 5001))
		nice -n 19 ip netns exec "$APP" udp_peer serve from "$APP_IP" "$port" &
		server=$!
		wait_for 1 udp_listening "$APP" "$port" &&
			timeout 20 nice -n 19 ip netns exec "$CLIENT" udp_peer ask to "$APP_IP" "$port" 16 300
		kill "$server"
		wait "$server"
		sleep 0.2 # where both ends end at once, others need the CPU
	done
}

# alive: the long-lived connections' loop goes on
alive() {
	mss_of "$long_log" "$long_lived" >/dev/null
}

rules() {
	dtctl policy add peer any all-netns &&
		dtctl policy add root client port 7000 all-netns &&
		dtctl policy add root server port 7000 all-netns
} >&2

traffic_lived() {
	local runs

	stop "$long_lived"
	like "$(tail -n 1 "$long_log")" '^ok [1-9][0-9]+ ' "the long-lived connections never broke: $(tail -n 1 "$long_log")"
	stop "$short_lived"
	runs=$(grep -c '^ok' "$CW_OUT/$CW_NAME.short.log")
	between "$runs" 1 1000000 "$runs runs of new connections"
	is "$(grep -vc '^ok' "$CW_OUT/$CW_NAME.short.log")" 0 "... of which none broke"
}
