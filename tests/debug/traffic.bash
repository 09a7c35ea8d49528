# shellcheck shell=bash disable=SC2154 # guest.sh sets it
# SPDX-License-Identifier: GPL-2.0
#
# Traffic over an overlay that goes on while a script does what it tests: TCP connections that
# live long and ones that come and go, datagrams.  Sourced after guest.sh and rules_actor.bash.
# At low priorities, since a machine of one CPU has other things to do: the lowest for what
# never waits, so that it leaves something to the others.

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
		nice -n 10 ip netns exec "$CLIENT" middlebox_traffic client "$APP_IP" 7000 2 2 500 || exit
	done
}

# By turns in one piece, and in pieces that have to be put together for the trailer.  Without a module both
# ends end at once: they ask it for contexts.
datagrams_for_ever() {
	local server port=5000 way

	while :; do
		port=$((port < 5900 ? port + 1 : 5001))
		nice -n 10 ip netns exec "$APP" udp_peer serve from "$APP_IP" "$port" &
		server=$!
		way=to
		[ $((port % 2)) -eq 0 ] || way=cork
		wait_for 2 udp_listening "$APP" "$port" &&
			timeout 60 nice -n 10 ip netns exec "$CLIENT" udp_peer ask "$way" "$APP_IP" "$port" 16 600
		kill "$server"
		wait "$server"
		sleep 0.2 # where both ends end at once, others need the CPU
	done
}

# datagrams_right N: so many ends of runs saw a context arrive
datagrams_right() {
	[ "$(grep -c '^right [1-9]' "$CW_OUT/$CW_NAME.datagrams.log")" -ge "$1" ]
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
	runs=$(grep -c '^right' "$CW_OUT/$CW_NAME.datagrams.log")
	between "$runs" 2 1000000 "$runs runs of datagrams"
	is "$(grep -c ' wrong [1-9]' "$CW_OUT/$CW_NAME.datagrams.log")" 0 "... in which none had a wrong context"
}
