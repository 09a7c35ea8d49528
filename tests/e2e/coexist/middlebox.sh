#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=180
# debug: no, its verdict is about times, which such a kernel stretches
#
# Connections through middleboxes that know nothing of Causeway, and may drop its option, all
# complete, at most two retransmission timeouts later than with the carrier off.  Marking stops for
# the service behind the box, and goes on to other services at the same address.
#
#   client eth0 --------- eth0  box  eth1 --------- eth0 app
#     10.1.0.2       10.1.0.1 (router)  10.2.0.1      10.2.0.2 (and DNAT, proxy: at 10.1.0.1)
#
# Tested: a server without policy, and one that does not accept; the box strips the option, drops packets that have it
# (also in answers only), translates addresses (SNAT, DNAT), is an untraced proxy.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

REQUESTS=6 SIZE=3000
CONNECTIONS=6
PORTS='8000 8001 8002 8003 8004 8005 8006 8007 8008'

router() {
	CLIENT=client APP=app APP_IP=10.2.0.2 BOX_IP=10.1.0.1
	netns client box app
	veth client eth0 box eth0 1500
	veth box eth1 app eth0 1500
	ip_in client <<-END
		addr add 10.1.0.2/24 dev eth0
		route add default via 10.1.0.1
	END
	ip_in box <<-END
		addr add 10.1.0.1/24 dev eth0
		addr add 10.2.0.1/24 dev eth1
	END
	ip_in app <<-END
		addr add 10.2.0.2/24 dev eth0
		route add default via 10.2.0.1
	END
	in_ns box sysctl -qw net.ipv4.ip_forward=1
}

# rules RULE...: what the box does with packets that it forwards
rules() {
	in_ns box nft -f - <<-END || bail "nft refuses: $*"
		flush ruleset
		table ip cw {
			chain forward {
				type filter hook forward priority 0
				$(printf '%s\n' "$@")
			}
		}
	END
}

no_rules() {
	must in_ns box nft flush ruleset
}

# transfer ADDRESS PORT: "ok" and the longest connection's time; in a context of its own
transfer() {
	in_ns client dtctl exec --print /dev/null -- \
		middlebox_traffic client "$1" "$2" "$CONNECTIONS" "$REQUESTS" "$SIZE"
}

# baseline ADDRESS PORT: the same with the carrier off
baseline() {
	local result

	must dtctl policy pause
	result=$(transfer "$1" "$2")
	must dtctl policy resume
	read -r _ _ _ base _ rto <<<"$result"
	[[ $result == ok* ]] || bail "the baseline fails: $result"
}

# completes ADDRESS PORT DESCRIPTION
completes() {
	local result longest

	counters_keep
	result=$(transfer "$1" "$2")
	read -r _ _ _ longest _ <<<"$result"
	like "$result" '^ok' "$3: every connection completes"
	# A timeout, and another one of twice the time.
	between "${longest:-none}" 0 $((base + 3 * rto)) \
		"$3: in $base ms as without, and two timeouts of $rto ms at most"
}

# stopped_at ADDRESS PORT: a connection that is open there is stopped
stopped_at() {
	local state

	start held ip netns exec client dtctl exec --print /dev/null -- middlebox_traffic endless "$1" "$2" 1 100
	wait_for 10 socket_state "$2" '"stopped"'
	state=$?
	stop "$started_pid"
	return "$state"
}

# socket_state PORT REGEX
socket_state() {
	dtctl -j socket list | tr '{' '\n' | grep "\"destination_port\":$1,.*\"client\"" | grep -q "$2"
}

# others_marked DESCRIPTION: another port of the same address, with nothing in its way
others_marked() {
	local longs result

	counters_keep
	result=$(in_ns client dtctl exec --print /dev/null -- \
		middlebox_traffic client "$APP_IP" 8008 2 "$REQUESTS" "$SIZE")
	longs=$(rose tx_long)
	like "$result" '^ok' "$1: another service at the address works"
	# Each request and each answer, of two connections.
	ok "$1: ... and is marked, both ways: $longs" [ "$longs" -ge $((2 * 2 * REQUESTS)) ]
	is "$(rose tx_stopped) $(rose tx_backoff)" "0 0" "$1: ... and nothing stops there"
}

# given_up PORT DESCRIPTION: three connections had to find out, the others did not try
given_up() {
	is "$(rose tx_stopped) $(rose tx_backoff)" "3 $((CONNECTIONS - 3))" \
		"$2: three connections stop marking, the others do not try"
	ok "$2: a connection's state says so" stopped_at "$APP_IP" "$1"
}

# A namespace without any policy is as a host without the module: plain TCP.
no_module() {
	start plain ip netns exec box middlebox_traffic server "$BOX_IP" 8009
	wait_for 10 listening box 8009 || bail "no server in the box"
	ok "the box has no hooks" without_hooks box
	baseline "$BOX_IP" 8009
	completes "$BOX_IP" 8009 "no module there"
	is "$(rose tx_stopped) $(rose tx_backoff)" "3 $((CONNECTIONS - 3))" \
		"no module there: three connections stop marking, the others do not try"
	others_marked "no module there"
}

without_hooks() {
	dtctl netns list | grep " $1" | grep -vq hooks
}

# Policy there, but it accepts nothing on this port; other ports are another matter.
not_accepted() {
	baseline "$APP_IP" 8000
	completes "$APP_IP" 8000 "not accepted there"
	given_up 8000 "not accepted there"
	others_marked "not accepted there"
}

stripped() {
	baseline "$APP_IP" 8001
	rules 'tcp dport 8001 reset tcp option 253' 'tcp sport 8001 reset tcp option 253'
	completes "$APP_IP" 8001 "option stripped"
	is "$(rose rx_long)" 0 "option stripped: none arrives"
	given_up 8001 "option stripped"
	others_marked "option stripped"
	no_rules
}

dropped() {
	baseline "$APP_IP" 8002
	rules 'tcp dport 8002 tcp option 253 exists counter drop' \
		'tcp sport 8002 tcp option 253 exists counter drop'
	completes "$APP_IP" 8002 "packets with it dropped"
	ok "packets with it dropped: some were" rule_counted
	given_up 8002 "packets with it dropped"
	others_marked "packets with it dropped"
	no_rules
}

rule_counted() {
	in_ns box nft list ruleset | grep -Eq 'packets [1-9]'
}

# The client's own marks pass, the answers' do not: the server has to find out.
dropped_answers() {
	baseline "$APP_IP" 8003
	rules 'tcp sport 8003 tcp option 253 exists counter drop'
	completes "$APP_IP" 8003 "answers with it dropped"
	ok "answers with it dropped: some were" rule_counted
	others_marked "answers with it dropped"
	no_rules
}

# The server begins traces itself; it has to find out, and to remember for later clients.
dropped_server() {
	local rule result longest

	rule=$(dtctl policy add root server port 8004 netns app) || bail "no rule"
	baseline_plain "$APP_IP" 8004
	rules 'tcp sport 8004 tcp option 253 exists counter drop'
	counters_keep
	result=$(in_ns client middlebox_traffic client "$APP_IP" 8004 "$CONNECTIONS" "$REQUESTS" "$SIZE")
	read -r _ _ _ longest _ <<<"$result"
	like "$result" '^ok' "server's roots dropped: every connection completes"
	between "${longest:-none}" 0 $((base + 3 * rto)) "server's roots dropped: in time"
	ok "server's roots dropped: some were" rule_counted
	is "$(rose tx_stopped) $(rose tx_backoff)" "3 $((CONNECTIONS - 3))" \
		"server's roots dropped: three connections find out, the others do not try"
	no_rules
	must dtctl policy del "$rule"
}

baseline_plain() {
	local result

	must dtctl policy pause
	result=$(in_ns client middlebox_traffic client "$1" "$2" "$CONNECTIONS" "$REQUESTS" "$SIZE")
	must dtctl policy resume
	read -r _ _ _ base _ rto <<<"$result"
	[[ $result == ok* ]] || bail "the baseline fails: $result"
}

# translated DESCRIPTION ADDRESS PORT: address translation is no obstacle
translated() {
	baseline "$2" "$3"
	completes "$2" "$3" "$1"
	ok "$1: marks arrive: $(rose rx_long)" [ "$(rose rx_long)" -ge $((2 * CONNECTIONS * REQUESTS)) ]
	is "$(rose tx_stopped) $(rose tx_backoff)" "0 0" "$1: marking goes on"
}

nat() {
	must in_ns box nft -f - <<-END
		table ip cw {
			chain pre {
				type nat hook prerouting priority dstnat
				ip daddr 10.1.0.1 tcp dport 9005 dnat to 10.2.0.2:8005
			}
			chain post {
				type nat hook postrouting priority srcnat
				tcp dport 8006 masquerade
			}
		}
	END
	translated "DNAT" "$BOX_IP" 9005
	translated "SNAT" "$APP_IP" 8006
	no_rules
}

# A proxy that is not traced: the request goes on, its context does not.
proxied() {
	start proxy ip netns exec box middlebox_traffic proxy "$BOX_IP" 9007 "$APP_IP" 8007
	wait_for 10 listening box 9007 || bail "no proxy"
	baseline "$BOX_IP" 9007
	completes "$BOX_IP" 9007 "proxy"
	is "$(rose tx_stopped) $(rose tx_backoff)" "3 $((CONNECTIONS - 3))" \
		"proxy: three connections stop marking, the others do not try"
	is "$(rose rx_long)" 0 "proxy: nothing comes out behind it"
	others_marked "proxy"
}

load_module
router
# The box has no policy: plain TCP there.  The app accepts all but port 8000.
must dtctl policy add peer any netns client
for port in $PORTS; do
	[ "$port" = 8000 ] || must dtctl policy add peer any port "$port" netns app
	start "server$port" ip netns exec app middlebox_traffic server 10.2.0.2 "$port"
done
for port in $PORTS; do
	wait_for 10 listening app "$port" || bail "no server on port $port"
done
SECONDS=0
for part in no_module not_accepted stripped dropped dropped_answers dropped_server nat proxied; do
	$part
	diag "$part: until $SECONDS s"
done
done_testing
