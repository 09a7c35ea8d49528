#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: smp=2 timeout=400 mem=2048
# debug: no, its verdict is about times, which such a kernel stretches
#
# Processes that policy does not concern do not wait for its locks.  No topology: a host, and
# containers whose root is the user "nobody" outside.
#
# Tested: root of a container may not add rules, and registers nothing, unless the module's
# parameter lets it; the taps of rules that come and go all the time stay for a while; such rules,
# of the host or of containers, do not slow down the making of namespaces; a sender that sits in a
# page fault holds up neither "policy del" nor a new namespace; loading a module under a socket's
# lock is no deadlock; taps of a module that goes and comes again are those of the new one.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

NAMESPACES=40 over=/tmp/over
[ -z "${CW_FULL:-}" ] || NAMESPACES=1000
CONTAINER=(setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urn)

# Users who may not read this tree run dtctl, too.
must install -D -m 755 "$(command -v dtctl)" /tmp/bin/dtctl
PATH=/tmp/bin:$PATH

taps_are() {
	status_is taps "$1"
}

# within SECONDS COMMAND...: it comes back by then, in a machine that may be slow
within() {
	timeout -s KILL $(($1 * 4 * ${CW_PATIENCE:-1})) "${@:2}"
}

tenants() {
	local output

	output=$("${CONTAINER[@]}" dtctl policy add peer any 2>&1)
	is "$?" 2 "root of a container adds no rule"
	like "$output" 'tenant_rules=1' "... and is told what allows it: ${output%%$'\n'*}"
	like "$(dtctl status)" 'policies +0.*taps +0 .*hooks +in 0 ' "... nothing is registered for it"
	like "$(dtctl status)" 'policies +0' "... and no rule is left"
	must tee /sys/module/causeway/parameters/tenant_rules <<<1
	ok "tenant_rules=1: it adds one" "${CONTAINER[@]}" dtctl policy add peer any
	ok "... which goes with its namespace" wait_for 20 status_is policies 0
	ok "... and with it the taps" wait_for 20 taps_are 0
}

# --- loops beside ------------------------------------------------------------------------

# beside COMMAND...: again and again, twice at once, until it is told to end
beside() {
	rm -f "$over"
	for name in one two; do
		start "$name" "$@" bash -c "$round" "$over"
		loops+=("$started_pid")
	done
}

beside_ends() {
	touch "$over"
	wait "${loops[@]}"
	loops=()
}

# making: namespaces; "SUM MEDIAN LONGEST", us
making() {
	locks_netns "$NAMESPACES" || bail "no namespaces"
}

alone_again() {
	[ "$(dtctl netns list | grep -c .)" = "$known" ]
}

# The loops end with the file $0, and take the CPU alike: only the latter changes anything.
# shellcheck disable=SC2016
idle_round='until [ -e "$0" ]; do dtctl policy list; dtctl policy list; done >/dev/null 2>&1'
# shellcheck disable=SC2016
rules_round='until [ -e "$0" ]; do dtctl policy add peer any $all; dtctl policy del all; done >/dev/null 2>&1'

# idle: how long they take beside loops that only look; added to $idle
idle_time() {
	local took

	round=$idle_round
	beside env
	took=$(making)
	beside_ends
	diag "$NAMESPACES namespaces beside two who look: $took us in all, median, longest"
	idle=$((idle + ${took%% *}))
	wait_for 60 alone_again || bail "namespaces stay"
}

taps_kept() {
	dtctl status | grep -q '^kept'
}

# rules_time DESCRIPTION COMMAND...: how long they take while rules come and go; $busy
rules_time() {
	local took

	round=$rules_round
	beside "${@:2}"
	ok "$1 in a loop: the taps stay" wait_for 60 taps_kept_or_used
	took=$(making)
	beside_ends
	diag "$NAMESPACES namespaces beside two, $1: $took us in all, median, longest"
	busy=${took%% *}
	dtctl policy del all
	wait_for 60 alone_again || bail "namespaces stay"
}

# They were registered often, and so are there whether a rule is or not.
taps_kept_or_used() {
	for _ in {1..20}; do
		taps_kept && return
	done
	return 1
}

loops=()
making_namespaces() {
	local idle=0 busy known

	known=$(dtctl netns list | grep -c .)
	must tee /sys/module/causeway/parameters/tenant_rules <<<1
	idle_time
	rules_time "rules for all" env all=all-netns
	host=$busy
	rules_time "containers' rules" "${CONTAINER[@]}" env all=
	idle_time
	idle=$((idle / 2))
	between "$host" 0 $((idle * 2)) "namespaces take no more than twice as long while rules for all come and go"
	between "$busy" 0 $((idle * 2)) "... and while containers' do"
	ok "the taps go when it is over" wait_for 20 taps_are 0
}

come_and_go() {
	dtctl policy add peer any && dtctl policy del all && taps_kept
}

damping() {
	ok "the last rule goes: so do the taps, at once" taps_are 0
	must dtctl policy add peer any
	must dtctl policy del all
	ok "... once more" taps_are 0
	ok "rules come and go again and again: then the taps stay" wait_for 60 come_and_go
	is "$(status_of policies)" 0 "... though there is none"
	like "$(dtctl -j status)" '"taps_kept_ms":[1-9]' "... and status says for how long"
	ok "... which ends" wait_for 20 taps_are 0
	ok "they stay again" wait_for 60 come_and_go
	ok "... but do not keep the module" unload_module
	is "$(wc -l </sys/kernel/debug/kprobes/list)" 0 "... which takes them with it"
	load_module
}

# --- waits under a lock --------------------------------------------------------------------

# server PORT: answers once on one connection
server() {
	start "server$1" python3 -c 'import socket, sys
connection, _ = socket.create_server(("127.0.0.1", int(sys.argv[1]))).accept()
connection.sendall(connection.recv(10))
connection.recv(10)' "$1"
	wait_for 10 ss_listens "$1" || bail "no server"
}

ss_listens() {
	[ -n "$(ss -Htln "sport = :$1")" ]
}

in_fault() {
	grep -q handle_userfault "/proc/$1/wchan"
}

# From here on taps go with the last rule, however often they came.
page_fault() {
	must tee /sys/module/causeway/parameters/taps_keep_ms <<<0
	must dtctl policy add peer any all-netns
	server 9999
	start hold dtctl exec -- locks_hold 127.0.0.1 9999
	hold=$started_pid
	wait_for 20 grep -q holding "$CW_OUT/$CW_NAME.hold.log" || bail "nobody holds"
	wait_for 20 in_fault "$hold" || bail "no page fault"
	like "$(dtctl -j socket list)" '"reserved"' "a sender sits in a page fault, with room for the option reserved"
	start del dtctl policy del all
	del=$started_pid
	ok "a namespace is made meanwhile" within 5 unshare -n true
	ok "\"policy del all\" comes back meanwhile" wait_for 5 process_gone "$del"
	stop "$hold" KILL
	wait "$del"
	ok "the taps go" wait_for 20 taps_are 0
}

# setsockopt(TCP_ULP) loads a module under the socket's lock.
request_module() {
	local modprobe

	modprobe=$(cat /proc/sys/kernel/modprobe)
	modprobe -qr tls
	cat >/tmp/slow <<-END
		#!/bin/bash
		[[ \$* != *tcp-ulp-tls* ]] || touch /tmp/loading
		[[ \$* != *tcp-ulp-tls* ]] || sleep 3
		exec $modprobe "\$@"
	END
	chmod 755 /tmp/slow
	echo /tmp/slow >/proc/sys/kernel/modprobe
	must dtctl policy add peer any all-netns
	server 9997
	start ulp dtctl exec -- python3 -c 'import socket
connection = socket.create_connection(("127.0.0.1", 9997))
connection.sendall(b"x")
connection.recv(1)
connection.setsockopt(6, 31, b"tls")
print("loaded", flush=True)'
	wait_for 20 [ -e /tmp/loading ] || bail "nobody loads"
	start del dtctl policy del all
	ok "a module is loaded under a socket's lock while the last rule goes" \
		wait_for 20 grep -q loaded "$CW_OUT/$CW_NAME.ulp.log"
	ok "\"policy del all\" comes back" wait_for 20 process_gone "$started_pid"
	echo "$modprobe" >/proc/sys/kernel/modprobe
}

# --- a module that comes and goes ------------------------------------------------------------

tls_kprobes() {
	grep -E ' tls_(strp_msg_done|rx_msg_ready|sw_recvmsg)\+' /sys/kernel/debug/kprobes/list
}

tls_tapped() {
	[ "$(tls_kprobes | grep -vc GONE)" = "$tls_taps" ] && ! tls_kprobes | grep -q GONE
}

# Often enough that it goes and comes again before the work for it has run.
module_again() {
	local i

	must modprobe tls
	must dtctl policy add peer any all-netns
	tls_taps=$(tls_kprobes | wc -l)
	ok "kTLS's module is tapped: $tls_taps" [ "$tls_taps" -ge 2 ]
	round=$rules_round
	all=all-netns beside env
	for ((i = 0; i < 10; i++)); do
		must wait_for 20 modprobe -r tls
		must modprobe tls
	done
	beside_ends
	must dtctl policy add peer any all-netns
	ok "it went and came while rules did: the taps are those of the module that is there" wait_for 10 tls_tapped
	must wait_for 20 modprobe -r tls
	ok "without it there is none" wait_for 10 no_tls_kprobe
	must dtctl policy del all
}

no_tls_kprobe() {
	! tls_kprobes
}

load_module
ip link set lo up
for part in tenants damping making_namespaces page_fault request_module module_again; do
	SECONDS=0
	$part
	diag "$part: $SECONDS s"
done
ok "the module can be unloaded" unload_module
done_testing
