#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# debug: rules
#
# Rules that are wrong or not allowed are refused with a reason, each user may do what its rights
# allow, and the host-wide switch works.
#
#   client eth0 10.9.0.1 ------------- eth0 10.9.0.2 app
#
# Tested: wrong rules and the errors for them; a user without rights; an administrator of a user
# namespace; a rule is deleted by a user who may; "policy pause" (and "carrier off", which does the
# same) ends marking and taking at once and gives the room back, "policy resume" goes on.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

# refused CODE REGEX DESCRIPTION COMMAND...: with that exit code and words, and a remedy
refused() {
	local code=$1 words=$2 description=$3 output status

	shift 3
	output=$("$@" 2>&1)
	status=$?
	is "$status" "$code" "$description: exit code $code"
	like "$output" "$words" "$description: ${output%%$'\n'*}"
}

wrong_rules() {
	refused 1 'ratio "150%" is not valid' "a ratio above 100 %" \
		dtctl policy add root server port 80 ratio 150%
	refused 1 'port "70000"' "a port that does not exist" dtctl policy add root server port 70000
	refused 1 'prefix' "a prefix with bits of a host" dtctl policy add peer 10.1.2.3/8
	refused 1 'prefix' "a prefix that is too long" dtctl policy add peer 10.0.0.0/33
	refused 1 'class' "a class that does not exist" dtctl policy add root server class 8
	refused 1 'nowhere' "a namespace that does not exist" \
		dtctl policy add root server netns nowhere
	refused 1 'cgroup' "a cgroup that does not exist" \
		dtctl policy add root server cgroup /sys/fs/cgroup/nowhere
	refused 1 'obi' "a word of peer rules in a root rule" dtctl policy add root server obi on
	refused 2 'rule' "a rule that does not exist" dtctl policy del 4711
	refused 2 'no policy rule is in force' "a context while nothing would carry it" \
		dtctl exec -- true
	is "$(dtctl policy list)" "" "no rule came of it"
}

nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"
}

without_rights() {
	local rule words='CAP_NET_ADMIN|Operation not permitted|permission'

	rule=$(dtctl policy add peer any all-netns) || bail "no rule"
	refused 2 "$words" "a user adds a rule" nobody dtctl policy add peer any
	refused 2 "$words" "a user deletes one" nobody dtctl policy del "$rule"
	refused 2 "$words" "a user lists them" nobody dtctl policy list
	refused 2 "$words" "a user looks at sockets" nobody dtctl socket list
	refused 2 "$words" "a user reads events" nobody dtctl monitor --duration 1s
	refused 2 "$words" "a user pauses the rules" nobody dtctl policy pause
	refused 2 "$words" "a user looks at another's context" nobody dtctl context get 1
	refused 2 'by root only' "a user unloads the module" nobody dtctl unload
	ok "a user sees the status" nobody dtctl status
	ok "a user runs a command in a context of its own" nobody dtctl exec -- true
	like "$(dtctl policy list)" "^$rule: peer" "the rule is still there"
	must dtctl policy del all
}

# Runs a command as root of a new user namespace.
alone() {
	unshare -Urn "$@"
}

# alone_script LINES: runs several commands there, and prints all their output
alone_script() {
	unshare -Urn bash -c "$1" 2>&1
}

container() {
	local rule output words='CAP_NET_ADMIN|initial'

	rule=$(dtctl policy add peer 10.9.0.0/24 all-netns) || bail "no rule"
	output=$(alone_script 'dtctl policy add root server port 80 && dtctl policy list')
	like "$output" 'root server' "a container's administrator makes rules for its namespace"
	ok "... sees no others" [ "$(grep -c ': peer' <<<"$output")" -eq 0 ]
	refused 2 "$words" "... none for all namespaces" alone dtctl policy add peer any all-netns
	exec 9</proc/self/ns/net
	refused 2 "$words" "... none for the host's" alone dtctl policy add peer any netns /proc/self/fd/9
	refused 2 "" "... deletes no rule of the host" alone dtctl policy del "$rule"
	refused 2 "$words" "... does not pause the rules" alone dtctl policy pause
	is "$(alone_script 'dtctl socket list')" "" "... sees no socket of others"
	is "$(alone_script 'dtctl netns list' | grep -c .)" 1 "... and one namespace"
	ok "its rules are gone with it" wait_for 10 rules_are 1
	like "$(dtctl -j status)" '"carrier":true' "the carrier is on"
	must dtctl policy del all
}

# in_box COMMAND...: as root of the container whose first process is $box
in_box() {
	nsenter --target "$box" --user --net --preserve-credentials "$@"
}

box_ready() {
	[ "$(cat "/proc/$box/comm")" = sleep ]
}

# The host strips what one container sends and takes; its root has a rule, too.
ownership() {
	local box host own seen

	start box unshare -Urn sleep 1000
	box=$started_pid
	wait_for 10 box_ready || bail "no container"
	host=$(dtctl policy add strip any netns "$box") || bail "no rule"
	own=$(in_box dtctl policy add peer 10.9.0.0/24) || bail "no rule of the container's"
	seen=$(in_box dtctl policy list)
	like "$seen" "$host: strip any .* made by host" "a container sees which rule the host made for it"
	like "$seen" "$own: peer 10.9.0.0/24 .* made by container" "... and which is its own"
	like "$(dtctl -j policy list)" '"made_by":"host".*"made_by":"container"' "... JSON says it, too"
	refused 2 "the host's administrator made this rule" "a container deletes the host's rule for it" \
		in_box dtctl policy del "$host"
	ok "... may delete all of its own" in_box dtctl policy del all
	is "$(dtctl policy list | cut -d' ' -f1)" "$host:" "... which leaves the host's rule, and that only"
	own=$(in_box dtctl policy add peer 10.9.0.0/24) || bail "no rule of the container's"
	ok "... one of its own by number" in_box dtctl policy del "$own"
	must in_box dtctl policy add peer 10.9.0.0/24
	host=$(dtctl policy add peer any all-netns) || bail "no rule"
	ok "the host's administrator may delete all in the container's namespace" \
		nsenter --target "$box" --net dtctl policy del all
	is "$(dtctl policy list | cut -d' ' -f1)" "$host:" "... which leaves what is for others"
	stop "$box"
	must dtctl policy del all
}

rules_are() {
	[ "$(dtctl policy list | grep -c .)" = "$1" ]
}

# mss: the lowest that the client's connections have
mss() {
	mss_of "$CW_OUT/$CW_NAME.client.log" "$client" | cut -d' ' -f1
}

carrier() {
	local client room

	must dtctl policy add peer any all-netns
	must dtctl policy add root client port 7000 netns "$CLIENT"
	start server ip netns exec "$APP" middlebox_traffic server "$APP_IP" 7000
	wait_for 10 listening "$APP" 7000 || bail "no server"
	start client ip netns exec "$CLIENT" middlebox_traffic endless "$APP_IP" 7000 2 3000
	client=$started_pid
	ok "traffic is marked" wait_for 10 counter_above tx_long 20
	room=$(mss)
	must dtctl policy pause
	counters_keep
	ok "paused: packets go bare" wait_for 10 counter_above tx_bare_carrier $((before[tx_bare_carrier] + 20))
	is "$(rose tx_long) $(rose tx_none) $(rose tx_boundary) $(rose tx_ack)" "0 0 0 0" "... all of them, at once"
	is "$(rose rx_long) $(rose rx_ack)" "0 0" "... and none is taken in"
	is "$(dtctl policy list | grep -c .)" 2 "... the rules are kept"
	is "$(($(mss) - room))" 28 "... the option's room is given back"
	like "$(dtctl -j status)" '"carrier":false' "... and status says so"
	like "$(dtctl status)" 'carrier +off: all packets go without' "... for people, too"
	must dtctl policy resume
	counters_keep
	ok "resumed: they are marked again" wait_for 10 counter_above tx_long $((before[tx_long] + 20))
	is "$(mss)" "$room" "... with room for the option"
	must dtctl carrier off
	like "$(dtctl -j status)" '"carrier":false' "carrier off is the same as pause"
	must dtctl carrier on
	like "$(dtctl -j status)" '"carrier":true' "carrier on as resume"
	stop "$client"
	like "$(tail -n 1 "$CW_OUT/$CW_NAME.client.log")" '^ok' "no byte was lost over it"
}

load_module tenant_rules=1
topology_plain
wrong_rules
without_rights
container
ownership
carrier
done_testing
