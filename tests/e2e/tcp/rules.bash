# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Steps of rules.sh: connections between its two actors, requests and answers on them.  Sourced after
# rules_actor.bash.

# trace N: its id, as 32 digits; traceparent N
trace() {
	printf '%032x' $((0xabc000 + $1))
}

traceparent() {
	printf '00-%s-00000000000000%02x-01' "$(trace "$1")" "$1"
}

# pair S [PORT [ADDRESS]]: a connection from c to a, number S at both ends; made without
# a context, since connect() would remember it
pair() {
	do_it c clear
	connection "$@"
}

connection() {
	do_it c connect "$1" "${3:-$APP_IP}" "${2:-7000}"
	do_it a accept "$1" $((${2:-7000} - 6900))
}

# lost S: its end, at both
lost() {
	do_it c close "$1"
	do_it a close "$1"
}

# request S N: c writes 10 bytes in trace N (0: in none), a reads them
request() {
	if [ "$2" -gt 0 ]; then
		do_it c set "$(traceparent "$2")"
	else
		do_it c clear
	fi
	do_it c write "$1" 10
	do_it a read "$1" 10
}

# answer S: a writes 10 bytes, c reads them
answer() {
	do_it a write "$1" 10
	do_it c read "$1" 10
}

# monitored REGEX: dtctl monitor showed an event like this
monitored() {
	grep -Eq "$1" "$CW_OUT/$CW_NAME.monitor.log"
}
