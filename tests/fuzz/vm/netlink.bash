# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Requests of the family "causeway" that are wrong in every way, from a process without any
# capability, from the root of a user namespace, and from root; traffic and a reader
# meanwhile.  Sourced by tests/e2e/policy/netlink_fuzz.sh and tests/fuzz/vm/netlink.sh.  CW_MESSAGES: how
# many of each; CW_SEED: else by chance.
#
#   client eth0 ------- eth0 app
#     actor c             actor a
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
PATH=$CW_TREE/build/fuzz/bin:$PATH

seed=${CW_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
NOBODY=(setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all)
exchanges=0 locked_out=0

# state: prints the state that only root may change
state() {
	dtctl -j policy list | sed -E 's/"matched": ?[0-9]+/"matched": 0/g'
	dtctl -j session list | grep -oE '"id": ?[0-9]+'
	dtctl status | grep -E '^(policies|carrier|sessions|hooks|taps) '
}

slab_total() {
	awk '/^SUnreclaim:/ { print $2 }' /proc/meminfo
}

exchange() {
	do_it c write 1 10
	do_it a read 1 10
	do_it a write 1 10
	do_it c read 1 10
	exchanges=$((exchanges + 1))
}

# fuzz NAME MESSAGES COMMAND...: runs the fuzzer as COMMAND does; exchanges go on meanwhile
fuzz() {
	local name=$1 messages=$2 pid log

	shift 2
	exchanges=0
	diag "seed $seed, $messages messages, $name"
	start "$name" "$@" netlink "$messages" "$seed"
	# shellcheck disable=SC2154
	pid=$started_pid log=$CW_OUT/$CW_NAME.$name.log
	while ! process_gone "$pid"; do
		exchange
		[ "$name" = root ] || dtctl monitor --duration 100ms >/dev/null || locked_out=1
		read -rt 0.1 <> <(:)
	done
	stop "$pid"
	is "$?" 0 "$name: the fuzzer stands"
	said=$(cat "$log")
	diag "$said"
	ok "$name: $exchanges exchanges on a connection meanwhile" [ "$exchanges" -gt 0 ]
	seed=$((seed + 1))
}

# said_some WORD DESCRIPTION
said_some() {
	like "$said" " $1 [1-9]" "$2"
}

state_is_back() {
	[ "$(state)" = "$had" ]
}

load_module tenant_rules=1
topology_plain
must dtctl policy add peer 10.9.0.0/24 all-netns
must dtctl policy add root client port 7000 all-netns
actor a "$APP"
actor c "$CLIENT"
pids=("${started[@]: -2}")
do_it a listen 100 "$APP_IP" 7000
do_it c connect 1 "$APP_IP" 7000
do_it a accept 1 100
exchange
dtctl record --quiet -w - >/dev/null 2>"$CW_OUT/$CW_NAME.record.log" &
recorder=$!
started+=("$recorder")
wait_for 10 status_is sessions 1 || bail "no session"
had=$(state)
had_slab=$(slab_total)

fuzz nobody "${CW_MESSAGES:?}" "${NOBODY[@]}"
said_some EPERM "most of it is refused"
is "$(state)" "$had" "nobody: policies, sessions and carrier are as before"
fuzz container "$CW_MESSAGES" "${NOBODY[@]}" unshare --user --map-root-user --net
said_some taken "some of it is taken"
wait_for 20 state_is_back
is "$(state)" "$had" "container: what it made is gone with its namespace, and the rest as before"
stop "$recorder" INT
is "$?" 0 "the reader ends well"

fuzz root "$((${CW_MESSAGES:?} / 4))"
said_some taken "some of it is taken"
is "$locked_out" 0 "neither nobody nor the container has kept the host from reading"
must dtctl policy del all
must dtctl policy resume
for pid in "${pids[@]}"; do
	stop "$pid" KILL
done
wait_for 30 none_of sockets tasks runs sessions
is "$(dtctl status | awk '$1 ~ /^(policies|sockets|tasks|runs|sessions)$/ { print $1, $2 }' | tr '\n' ' ')" \
	"policies 0 sockets 0 tasks 0 runs 0 sessions 0 " "root: it can all be cleared"
# Freed memory that KASAN keeps back is not a leak.
slack=8192
! grep -qw kasan_report /proc/kallsyms || slack=65536
between "$(slab_total)" 0 $((had_slab + slack)) "kB of slab memory: $had_slab before"
ok "the module unloads" unload_module
done_testing
