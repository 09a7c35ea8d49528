# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Malformed and malicious packets, beside a connection that goes on working.  Sourced by
# tests/e2e/policy/packets.sh (a few) and tests/fuzz/vm/packets.sh (ten million).
#
#   client eth0 (10.9.0.77, fd00:9::77: no host) --------------- eth0 10.9.0.2 app
#     packets send                              packets read, port 7000, UDP 7002
#     actor c ---------------- port 7100 ------------- actor a
#                                      vxlan0 geneve0 gre0 gretap1 tunl0 sit0 ip6tnl0
#
# CW_PACKETS: how many; CW_SEED: of the first of them, else by chance; CW_ROUND: how many of
# one seed, so that what broke something is found again.

. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
PATH=$CW_TREE/build/fuzz/bin:$PATH

ROUND=${CW_ROUND:-200000}
seed=${CW_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
INNER_IP=10.8.0.2 INNER_IP6=fd00:8::2
TRACE=00-%032x-b7ad6b7169203331-01
exchanges=0 wrong=0

tunnels() {
	modprobe -qa vxlan geneve ip_gre ipip sit ip6_tunnel ip6_gre
	ip_in "$APP" <<-END
		link add vxlan0 type vxlan id 1 dev eth0 dstport 8472 nolearning
		link add geneve0 type geneve external
		link add gretap1 type gretap external
	END
	# The kernel has made the other devices itself; they take packets for any address.
	for device in vxlan0 geneve0 gretap1 gre0 tunl0 sit0 ip6tnl0; do
		ip -n "$APP" link set "$device" up 2>/dev/null || diag "no device $device"
	done
	ip_in "$APP" <<-END
		addr add $INNER_IP/24 dev vxlan0
		addr add $INNER_IP6/64 dev vxlan0 nodad
		neigh add 10.9.0.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent
		neigh add fd00:9::77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent
	END
	must in_ns "$APP" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.tcp_orphan_retries=1 \
		net.ipv4.tcp_fin_timeout=5
}

# objects CACHE: how many objects a cache has, with none held back for a CPU
objects() {
	echo 1 >"/sys/kernel/slab/$1/shrink"
	cut -d' ' -f1 "/sys/kernel/slab/$1/objects"
}

# Leaves out the kernel's memory of each address, which lasts for minutes: there are as many forged
# addresses as packets.
slab_total() {
	awk '/^SUnreclaim:/ { all = $2 } $1 == "inet_peer_cache" { peers = $3 * $4 / 1024 }
		END { printf "%.0f\n", all - peers }' /proc/meminfo /proc/slabinfo
}

# slab_caches: prints the kB of each cache
slab_caches() {
	awk 'NR > 2 { print $1, $3 * $4 / 1024 }' /proc/slabinfo | sort
}

# slab_grown: prints the caches that grew most
slab_grown() {
	diag "$(slab_caches | join "$CW_OUT/$CW_NAME.slab" - |
		awk '{ print $3 - $2, "kB", $1 }' | sort -rn | head -n 5)"
}

# exchange: a request with a trace of its own, and its response
exchange() {
	local trace

	exchanges=$((exchanges + 1))
	# shellcheck disable=SC2059
	printf -v trace "$TRACE" "$exchanges"
	do_it c set "$trace"
	do_it c write 1 10
	do_it a read 1 10
	context_of a
	# shellcheck disable=SC2154
	[ "$reply" = "${trace:3:32} read" ] || wrong=$((wrong + 1))
	do_it a write 1 10
	do_it c read 1 10
	context_of c
	[ "$reply" = "${trace:3:32} explicit" ] || wrong=$((wrong + 1))
}

# storm COUNT: sends so many packets by rounds, every other round through GRO; exchanges go on
# meanwhile
storm() {
	local left=$1 count pid log gro=on

	for ((; left > 0; left -= count)); do
		[ $gro = on ] && gro=off || gro=on
		must in_ns "$APP" ethtool -K eth0 gro $gro
		count=$((left < ROUND ? left : ROUND))
		diag "seed $seed, $count packets"
		start "send$seed" ip netns exec "$CLIENT" packets send eth0 "$count" "$seed" "$mac" \
			"$APP_IP" "$APP_IP6" "$INNER_IP" "$INNER_IP6" 7000
		# shellcheck disable=SC2154
		pid=$started_pid log=$CW_OUT/$CW_NAME.send$seed.log
		while ! process_gone "$pid"; do
			exchange
			read -rt "${CW_PAUSE:-0.1}" <> <(:)
		done
		stop "$pid" || not_ok "packets with seed $seed" "$(cat "$log")"
		while read -r word number; do
			total[$word]=$(awk "BEGIN { printf \"%.0f\", ${total[$word]:-0} + $number }")
		done <"$log"
		seed=$((seed + 1))
	done
}

# explained COUNTER OUTCOME: the counter rose by the packets that must rise it, and by no more than
# were sent
explained() {
	between "$(rose "$1")" "${total[$2]}" "${total[sent]}" \
		"$1 counts the ${total[$2]} packets made for it, and damaged ones"
	[ "${total[$2]}" -gt 0 ] || not_ok "some were made"
}

declare -A total=() had=()
load_module
topology_plain
tunnels
mac=$(in_ns "$APP" cat /sys/class/net/eth0/address)
must dtctl policy add peer 10.8.0.0/15 all-netns
must dtctl policy add peer fd00::/16 obi on all-netns
must dtctl policy add root server port 7000 ratio 1% all-netns

start read ip netns exec "$APP" packets read 7000
reader=$started_pid
wait_for 10 listening "$APP" 7000 || bail "nobody reads"
actor a "$APP"
actor c "$CLIENT"
actors_pids=("${started[@]: -2}")
do_it a listen 100 "$APP_IP" 7100
do_it c connect 1 "$APP_IP" 7100
do_it a accept 1 100
exchange
# This storm makes the kernel allocate all tables that it allocates once.
storm 2000
caches=(cw_sock cw_run cw_task TCP TCPv6 request_sock_TCP skbuff_head_cache)
counters_keep
for cache in "${caches[@]}"; do
	[ ! -e "/sys/kernel/slab/$cache" ] || had[$cache]=$(objects "$cache")
done
had_slab=$(slab_total)
slab_caches >"$CW_OUT/$CW_NAME.slab"
total=() exchanges=0 wrong=0

# One session records everything, to nowhere; the events to be looked at have a session of their
# own.
dtctl record --quiet -w - >/dev/null 2>"$CW_OUT/$CW_NAME.all.log" &
everything=$!
started+=("$everything")
start own dtctl record --quiet -w "$CW_OUT/$CW_NAME.cw" --port 7100
own=$started_pid
wait_for 10 status_is sessions 2 || bail "no sessions"
counters_keep
storm "${CW_PACKETS:?}"

diag "$(for word in "${!total[@]}"; do echo "$word ${total[$word]}"; done | sort | tr '\n' ' ')"
diag "$(dtctl -s status | sed '1,/^counters/d' | awk '$2 { print $1, $2 }' | tr '\n' ' ')"
ok "${total[sent]} packets were sent" [ "${total[sent]}" -ge "$CW_PACKETS" ]
ok "handshakes by hand: ${total[handshakes]}" [ "${total[handshakes]}" -ge 32 ]
explained rx_malformed malformed
explained rx_version version
explained rx_duplicate duplicate
explained rx_checksum checksum
explained rx_trailer trailer
explained rx_trailer_malformed trailer_malformed
for name in rx_long rx_window rx_late rx_repeated rx_obi rx_child_lost; do
	ok "some got as far as $name" [ "$(rose "$name")" -gt 0 ]
done
is "$wrong" 0 "$exchanges exchanges beside them: each read gave the right context"
stop "$own" INT
is "$?" 0 "their recorder ends well"
# Forged packets may have come to have its port, and are seen at devices.
like "$(dtctl report "$CW_OUT/$CW_NAME.cw" | grep 'messages')" \
	" messages, $exchanges of them seen at both ends" "... and each message was seen at both ends"
rm -f "$CW_OUT/$CW_NAME.cw"
stop "$everything" INT
is "$?" 0 "who reads everything ends well: $(tr '\n' ' ' <"$CW_OUT/$CW_NAME.all.log")"

# --- afterwards -------------------------------------------------------------------------

for pid in "$reader" "${actors_pids[@]}"; do
	stop "$pid" KILL
done
# No peer acknowledges the end of these connections, and TCP would go on sending it for minutes.
in_ns "$APP" ss -KHt >/dev/null
wait_for 30 none_of sockets tasks runs sessions
is "$(dtctl status | awk '$1 ~ /^(sockets|tasks|runs|sessions)$/ { print $1, $2 }' | tr '\n' ' ')" \
	"sockets 0 tasks 0 runs 0 sessions 0 " "nothing is held in memory when the sockets are gone"
for cache in cw_sock cw_run cw_task; do
	ok "$cache: as many objects as before, or fewer" [ "$(objects "$cache")" -le "${had[$cache]}" ]
done
wait_for 70 eval "[ \"\$(objects skbuff_head_cache)\" -le $((had[skbuff_head_cache] + 200)) ]"
between "$(objects skbuff_head_cache)" 0 $((had[skbuff_head_cache] + 200)) \
	"packets are freed: ${had[skbuff_head_cache]} before"
# Freed memory that KASAN keeps back is not a leak.
slack=4096
! grep -qw kasan_report /proc/kallsyms || slack=65536
between "$(slab_total)" 0 $((had_slab + slack)) "kB of slab memory: $had_slab before" || slab_grown
must dtctl policy del all
ok "the module unloads" unload_module
done_testing
