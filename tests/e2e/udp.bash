# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Datagrams between pods and what was read of them (udp_peer.c); sourced after guest.sh and
# rules_actor.bash.
# shellcheck disable=SC2154 # guest.sh sets it

port=5000
asked='' served=''

# exchange SERVE_WAY ASK_WAY COUNT SIZE [ADDRESS [ASKED]]: the writer asks the reader at ADDRESS or
# ASKED; sets $served to the reader's verdicts, and $asked to the writer's on the answers.  Each exchange
# has a port of its own.
exchange() {
	local pid address=${5:-$APP_IP}

	port=$((port + 1))
	start "server$port" ip netns exec "$APP" udp_peer serve "$1" "$address" "$port"
	pid=$started_pid
	wait_for 10 udp_listening "$APP" "$port" || bail "no server on port $port"
	asked=$(in_ns "$CLIENT" udp_peer ask "$2" "${6:-$address}" "$port" "$3" "$4" 2>&1)
	[ "$2" != burst ] || wait_for 5 queue_empty "$port"
	stop "$pid"
	served=$(cat "$CW_OUT/$CW_NAME.server$port.log")
}

queue_empty() {
	ip netns exec "$APP" ss -Hlun "sport = :$1" | awk '{ exit $2 != 0 }'
}

# all_right DESCRIPTION COUNT: of which every fourth has no context
all_right() {
	local line="right $(($2 - $2 / 4)) none 0 untraced $(($2 / 4)) wrong 0 mixed 0 lost 0"

	is "$served" "$line" "$1: each datagram gives its writer's context" || all_rose
	is "$asked" "$line" "$1: each answer leaves it as it was"
}

# all_bare DESCRIPTION COUNT: all arrive, without their contexts
all_bare() {
	is "$served" "right 0 none $(($2 - $2 / 4)) untraced $(($2 / 4)) wrong 0 mixed 0 lost 0" \
		"$1: all datagrams arrive, without a context"
	like "$asked" ' lost 0$' "$1: and so do all answers"
}

table_empty() {
	[ "$(counter datagram_kept)" = "$(counter datagram_left)" ]
}

# nothing_wrong DESCRIPTION: after any traffic
nothing_wrong() {
	local ns

	ok "$1: no datagram is kept in the table" wait_for 5 table_empty
	is "$(rose datagram_expired)" 0 "$1: none left it by age"
	is "$(rose rx_trailer_malformed)" 0 "$1: no trailer was taken for a wrong one"
	for ns in "$CLIENT" "$APP" $NODES; do
		is "$(wrong_checksums "$ns")" 0 "$1: no checksum was wrong in $ns"
	done
}

# Packets with a wrong checksum, or dropped for what they looked like, of both families.
wrong_checksums() {
	# shellcheck disable=SC2016 # awk's fields
	in_ns "$1" awk '
		FILENAME ~ /snmp6$/ {
			if ($1 ~ /^(Udp6|Ip6)(InErrors|InCsumErrors|InHdrErrors)$/)
				sum += $2
			next
		}
		!($1 in head) { head[$1] = $0; next }
		{
			n = split(head[$1], name)
			for (i = 2; i <= n; i++)
				if (name[i] ~ /^(InErrors|InErrs|InCsumErrors|InHdrErrors)$/)
					sum += $i
		}
		END { print sum + 0 }' /proc/net/snmp /proc/net/snmp6
}
