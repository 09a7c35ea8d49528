#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=600 append=slab_nomerge
# debug: unload
#
# The module is loaded and unloaded under traffic, and no connection suffers.  One CPU: an emulated
# machine with several mistranslates code that is patched under it.
#
#   client eth0 10.9.0.1 ------------- eth0 10.9.0.2 app
#     long-lived connections, opened before all     server
#     a stream of new ones
#
# Tested: without policy nothing is registered, by what the kernel's memory says; with
# policy for one namespace only there; a connection from before the module is traced;
# load and unload under traffic, with policy in force and a reader reading: no connection
# breaks, the MSS comes back, no memory stays (own slab caches: slab_nomerge, and the
# kernel complains of one that is not empty).
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"

ROUNDS=20
[ -z "${CW_FULL:-}" ] || ROUNDS=100

TRACEPOINTS='sched_process_exit sched_process_fork inet_sock_set_state tcp_destroy_sock
	tcp_rcv_space_adjust tcp_retransmit_skb net_dev_queue qdisc_dequeue net_dev_start_xmit netif_rx
	napi_gro_receive_entry napi_gro_frags_entry netif_receive_skb kfree_skb consume_skb'
# Since 6.3; before, a kprobe takes its place.
! grep -q ' __tracepoint_sk_data_ready$' /proc/kallsyms || TRACEPOINTS+=' sk_data_ready'

# Where the kernel counts: a tracepoint's probes in its static key, 8 bytes from its start;
# netfilter's hooks of all namespaces in struct static_key nf_hooks_needed[13][5], 16 bytes
# each: LOCAL_IN (1) and LOCAL_OUT (3) of IPv4 (2) and IPv6 (10), and FORWARD (2) of IPv6.
find_counts() {
	local name base place

	kallsyms=$(grep -E " (__tracepoint_(${TRACEPOINTS//[$'\n\t ']/|})|nf_hooks_needed)\$" /proc/kallsyms)
	base=$(address_of nf_hooks_needed) hooks_at='' tracepoints_at=''
	for place in '2 * 5 + 1' '2 * 5 + 3' '10 * 5 + 1' '10 * 5 + 2' '10 * 5 + 3'; do
		hooks_at+=" $(printf %x $((0x$base + (place) * 16)))"
	done
	for name in $TRACEPOINTS; do
		base=$(address_of "__tracepoint_$name")
		tracepoints_at+=" $(printf %x $((0x$base + 8)))"
	done
}

address_of() {
	local line

	line=$(grep -m 1 " $1$" <<<"$kallsyms")
	echo "${line%% *}"
}

hooks_now() {
	# shellcheck disable=SC2086
	lifecycle_kernel $hooks_at | tr '\n' ' '
}

# How many probes each of our tracepoints has.
tracepoints_now() {
	# shellcheck disable=SC2086
	lifecycle_kernel $tracepoints_at | tr '\n' ' '
}

kprobes_now() {
	sort /sys/kernel/debug/kprobes/list
}

registered_now() {
	echo "hooks $(hooks_now)tracepoints $(tracepoints_now)kprobes $(kprobes_now | wc -l)"
}

mss_is() {
	[ "$(mss_of "$long_log" "$long_lived")" = "$1" ]
}

nothing_registered() {
	local bare loaded

	bare=$(registered_now)
	like "$bare" '^hooks( [0-9]+){5} tracepoints' "the kernel's own counts can be read: $bare"
	load_module
	loaded=$(registered_now)
	is "$loaded" "$bare" "loaded, no policy: no hook, tracepoint or kprobe more than before"
	like "$(dtctl status)" 'taps +0 .*hooks +in 0 ' "dtctl status says the same"
	is "$(mss_of "$long_log" "$long_lived")" "$mss" "and the MSS of connections is what it was"
	baseline=$bare
}

# one_more LIST: each number is one more
one_more() {
	local n

	for n in $1; do
		printf '%s ' $((n + 1))
	done
}

one_namespace() {
	local rule before_hooks before_tracepoints

	before_hooks=$(hooks_now) before_tracepoints=$(tracepoints_now)
	rule=$(dtctl policy add root server port 9999 netns "$APP") || bail "no rule"
	is "$(hooks_now)" "$(one_more "$before_hooks")" "a rule for one namespace: one hook more at each place"
	is "$(tracepoints_now)" "$(one_more "$before_tracepoints")" "... one probe more at each tracepoint"
	is "$(dtctl netns list | grep hooks)" "$(dtctl netns list | grep " $APP ")" "... and they are in that namespace"
	ok "dtctl status names the kprobes that the kernel lists" same_kprobes
	must dtctl policy del "$rule"
	is "$(registered_now)" "$baseline" "without the rule all is as before"
	rule=$(dtctl policy add root server port 9999 all-netns) || bail "no rule"
	# The initial one, client and app.
	is "$(hooks_now)" "$(one_more "$(one_more "$(one_more "$before_hooks")")")" "a rule for all namespaces: hooks in three"
	must dtctl policy del "$rule"
	is "$(registered_now)" "$baseline" "without it all is as before"
}

same_kprobes() {
	local name kprobes

	kprobes=$(kprobes_now)
	for name in $(dtctl status | sed -n 's/^taps *[0-9]* //p'); do
		case " ${TRACEPOINTS//[$'\n\t']/ } " in
		*" $name "*) ;;
		*)
			[[ $kprobes == *" $name+"* ]] || {
				echo "no kprobe $name among: $kprobes"
				return 1
			}
			;;
		esac
	done
	[ -n "$kprobes" ]
}

# The server's side is found by its listener; the client's is of unknown role, so that only
# a context that its thread was given counts.
older_connections() {
	local trace=4bf92f3577b34da6a3ce929d0e0e4736

	must dtctl policy add peer any all-netns
	must dtctl policy add root server port 7000 netns "$APP"
	ok "requests on connections from before the module begin traces" wait_for 20 traces_begin
	ok "their answers are marked, and the marks arrive" wait_for 20 counter_above rx_long 10
	like "$(dtctl -j socket list | tr '{' '\n' | grep '"source_port":7000')" '"role":"server"' \
		"the accepted side is known by its listener"
	start monitor dtctl monitor --trace-id $trace
	wait_for 10 session_open || bail "dtctl monitor does not start"
	must dtctl context set "$long_lived" 00-$trace-00f067aa0ba902b7-01
	ok "a context that its thread was given reaches the server on such a connection" \
		wait_for 20 grep -q "recv .* $trace .* request .*:7000 > .* server" "$CW_OUT/$CW_NAME.monitor.log"
	stop "$started_pid"
	is "$(mss_of "$long_log" "$long_lived")" "$(reserved "$mss")" "the marked connections cut their segments shorter"
	must dtctl context clear "$long_lived"
	must dtctl policy del all
	ok "without policy the MSS is what it was" wait_for 20 mss_is "$mss"
	is "$(registered_now)" "$baseline" "and nothing is registered"
	must unload_module
}

traces_begin() {
	[ "$(counter root_server)" -ge 10 ]
}

# reserved "LOW HIGH": 28 bytes less
reserved() {
	local low high

	read -r low high <<<"$1"
	echo "$((low - 28)) $((high - 28))"
}

# A policy that concerns all of the traffic, at both ends.
all_policy() {
	dtctl policy add peer any all-netns &&
		dtctl policy add root server port 7000 netns "$APP" &&
		dtctl policy add root client port 7000 netns "$CLIENT"
}

# slab_kb: all of the kernel's, after what can be dropped is
slab_kb() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^(Slab|VmallocUsed|Percpu):/ { sum += $2 } END { print sum }' /proc/meminfo
}

rounds() {
	local i half=0 end unmarked=0 reader

	for ((i = 1; i <= ROUNDS; i++)); do
		must insmod "$CW_MODULE"
		must all_policy
		if [ $((i % 4)) -eq 0 ]; then
			start reader dtctl monitor
			reader=$started_pid
		fi
		wait_for 20 counter_above rx_long 8 || unmarked=$((unmarked + 1))
		[ $((i % 2)) -eq 0 ] || must dtctl policy del all
		unload_module || bail "round $i: the module cannot be unloaded"
		[ $((i % 4)) -ne 0 ] || stop "$reader"
		[ "$i" -ne $((ROUNDS / 2)) ] || half=$(slab_kb)
	done
	end=$(slab_kb)
	is "$unmarked" 0 "$ROUNDS times loaded and unloaded under traffic: it was traced each time"
	ok "memory does not grow: $half KB after half of them, $end KB at the end" [ $((end - half)) -lt 1024 ]
	is "$(grep -c '^cw_' /proc/slabinfo)" 0 "no slab cache of ours is left"
	is "$(registered_now)" "$baseline" "nothing is registered"
}

connections_live() {
	is "$(mss_of "$long_log" "$long_lived")" "$mss" "the long-lived connections' MSS is what it was at first"
	stop "$long_lived"
	like "$(tail -n 1 "$long_log")" '^ok [1-9][0-9]+ ' "they never broke: $(tail -n 1 "$long_log")"
	stop "$short_lived"
	is "$(grep -vc '^ok' "$CW_OUT/$CW_NAME.short.log")" 0 "nor did any of $(grep -c '^ok' "$CW_OUT/$CW_NAME.short.log") runs of new ones"
}

# Connections that come and go all the time.
come_and_go() {
	while :; do
		ip netns exec "$CLIENT" middlebox_traffic client "$APP_IP" 7000 3 2 500 || exit
	done
}

find_counts
topology_plain
start server ip netns exec "$APP" middlebox_traffic server "$APP_IP" 7000
wait_for 10 listening "$APP" 7000 || bail "no server"
start long ip netns exec "$CLIENT" middlebox_traffic endless "$APP_IP" 7000 3 20000
long_lived=$started_pid long_log=$CW_OUT/$CW_NAME.long.log
wait_for 10 grep -q ^mss "$long_log" || bail "no traffic"
mss=$(mss_of "$long_log" "$long_lived")
start short come_and_go
short_lived=$started_pid
nothing_registered
one_namespace
older_connections
SECONDS=0
rounds
diag "$ROUNDS rounds: $SECONDS s"
connections_live
done_testing
