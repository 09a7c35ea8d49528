# shellcheck shell=bash disable=SC2034,SC2154 # for, and from, the scripts that source this
# SPDX-License-Identifier: GPL-2.0
#
# The states: each runs something beside the work that is measured.  Sourced by guest.sh and
# events.sh of this directory, after guest.sh of tests/vm.  "begin STATE" and "end STATE" bail out
# with the reason if a state cannot run, or did not do its work.
#
#   nothing; hook: netfilter chains without a rule, in and out, everywhere; nftcounter: the same
#   with a counter; conntrack: the same with a look at the connection; sockops_write: BPF puts
#   an option on each segment; sockops_parse: and reads it; tcpdump: of all devices, to memory;
#   bpftrace_count, bpftrace_hist: at six probes, the latter of the time since the last one
#
#   loaded: without policy; elsewhere: a policy for another namespace; nomatch: for these,
#   that does not match; sampled: one in a hundred; context: all, carried only; histograms: and
#   counted; stages: carried, and read by dtctl record to memory; every: the same, each
#   segment marked
#
#   ringbuf: BPF at four of the probes, a record of 64 bytes each, read to memory;
#   perf: perf record of the same four; stuck: stages whose reader never reads; stopped:
#   whose dtctl record is stopped meanwhile

PATH=$CW_TREE/build/bench:$CW_TREE/build/e2e:$PATH
PORT=9000
MEMORY=/dev/shm
READ=$MEMORY/bench

# How many events the state's reader got, and how many of them were lost; - in a state without a
# reader.
events=- lost=-

log_says() {
	grep -q "$2" "$CW_OUT/$CW_NAME.$1.log"
}

# log_tail NAME: the last lines of a log, to be printed as a reason
log_tail() {
	tail -n 3 "$CW_OUT/$CW_NAME.$1.log" | tr '\n' ' '
}

# needs PROGRAM...: each is in a package of Debian; see tests/packages
needs() {
	local program

	for program in "$@"; do
		command -v "$program" >/dev/null ||
			bail "$state: there is no $program; install what 'tests/packages list bench' names"
	done
}

# runs NAME SECONDS COMMAND...: waits until the command succeeds, or bails out
runs() {
	wait_for "$2" "${@:3}" || bail "$state: $1 did not start: $(log_tail "$1")"
}

# halt PID SIGNAL: ends a process and waits for it: some need long to write what they have
halt() {
	kill -s "$2" "$1" || bail "$state: what was to run beside died"
	wait_for 120 process_gone "$1" || bail "$state: does not end on SIG$2"
	wait "$1"
}

policy() {
	local rule words

	for rule in "$@"; do
		read -ra words <<<"$rule"
		must dtctl policy add "${words[@]}"
	done
}

# --- netfilter --------------------------------------------------------------------------

TABLE='table inet bench {
	chain out {
		type filter hook output priority 300
		RULE
	}
	chain in {
		type filter hook input priority 300
		RULE
	}
}'

# nft_all RULE
nft_all() {
	local name

	needs nft
	for name in "${namespaces[@]}"; do
		must in_ns "$name" nft -f - <<<"${TABLE//RULE/$1}"
	done
}

nft_none() {
	local name

	for name in "${namespaces[@]}"; do
		must in_ns "$name" nft flush ruleset
	done
}

nft_counted() {
	[[ "$(in_ns "$APP" nft list table inet bench)" =~ packets\ [1-9] ]] || bail "$state: counted nothing"
}

tracked() {
	[ "$(in_ns "$APP" cat /proc/sys/net/netfilter/nf_conntrack_count)" -gt 0 ] ||
		bail "$state: tracks no connection"
}

# --- BPF, perf, tcpdump -------------------------------------------------------------------

# bpf_begin OBJECT [PROGRAM]
bpf_begin() {
	[ -r /sys/kernel/btf/vmlinux ] || bail "$state: this kernel has no BTF (CONFIG_DEBUG_INFO_BTF)"
	start bpf bpfrun "$CW_TREE/build/bench/$1.bpf.o" "${@:2}"
	helper=$started_pid
	runs bpf 60 log_says bpf ready
}

# bpf_end: sets first and second to what was counted, and read to what was read
bpf_end() {
	halt "$helper" TERM || bail "$state: $(log_tail bpf)"
	read -r first second read < <(tail -n 1 "$CW_OUT/$CW_NAME.bpf.log")
}

sockops_end() {
	bpf_end
	[ "$first" -gt 1000 ] || bail "$state: wrote $first options only"
	[ "$1" != sockops_parse ] || [ "$second" -gt 1000 ] || bail "$state: parsed $second options only"
}

ringbuf_end() {
	bpf_end
	[ "$read" -eq "$first" ] || bail "$state: wrote $first records, read $read"
	events=$read lost=$second
}

TRACEPOINTS=(net:net_dev_queue net:net_dev_start_xmit net:netif_rx net:netif_receive_skb)
KPROBE=tcp_sendmsg_locked
KPROBES=/sys/kernel/debug/kprobes/list

# bpftrace_begin ACTION: bpftrace attaches the kprobe last, so all probes are there when it is
bpftrace_begin() {
	local probes

	needs bpftrace
	probes="$(printf 'tracepoint:%s, ' "${TRACEPOINTS[@]}" tcp:tcp_rcv_space_adjust) kprobe:$KPROBE"
	start bpftrace bpftrace -e "$probes { $1 }"
	helper=$started_pid
	runs bpftrace 120 grep -q " $KPROBE+" $KPROBES
}

bpftrace_end() {
	halt "$helper" INT || bail "$state: $(log_tail bpftrace)"
	log_says bpftrace 'net_dev_queue\]:' || bail "$state: counted nothing: $(log_tail bpftrace)"
	events=$(sed -n 's/^@.*\]: \([0-9]*\)$/\1/p' "$CW_OUT/$CW_NAME.bpftrace.log" |
		awk '{ sum += $1 } END { print sum ? sum : "-" }')
}

perf_begin() {
	local words=() name

	needs perf
	for name in "${TRACEPOINTS[@]}"; do
		words+=(-e "$name")
	done
	# The ring of each CPU is as large as those of the other readers.
	start perf perf record -a -m 64 -o "$READ" "${words[@]}"
	helper=$started_pid
	runs perf 60 test -s "$READ"
	# perf has enabled its events when it waits in poll().
	wait_for 30 grep -q poll "/proc/$helper/stack" || bail "perf does not wait"
}

perf_end() {
	kill -s INT "$helper"
	wait_for 120 process_gone "$helper" || bail "perf does not end"
	wait "$helper"
	events=$(sed -n 's/.*(\([0-9]*\) samples) \]$/\1/p' "$CW_OUT/$CW_NAME.perf.log")
	[ "${events:-0}" -gt 0 ] || bail "perf recorded nothing: $(log_tail perf)"
	lost=$(perf report -i "$READ" --stats 2>/dev/null |
		awk '/LOST events|LOST_SAMPLES events/ { sum += $NF } END { print sum + 0 }')
}

tcpdump_begin() {
	local name

	needs tcpdump
	helpers=()
	for name in "${namespaces[@]}"; do
		start "tcpdump.$name" ip netns exec "$name" tcpdump -n -i any -s 96 -w "$READ.$name"
		helpers+=("$started_pid")
	done
	for name in "${namespaces[@]}"; do
		runs "tcpdump.$name" 30 log_says "tcpdump.$name" 'listening on'
	done
}

tcpdump_end() {
	local pid

	for pid in "${helpers[@]}"; do
		halt "$pid" TERM
	done
	events=$(sed -n 's/ packets captured$//p' "$CW_OUT/$CW_NAME.tcpdump."*.log |
		awk '{ sum += $1 } END { print sum + 0 }')
	[ "$events" -gt 1000 ] || bail "$state: captured $events packets only"
}

# --- the module -------------------------------------------------------------------------

PEER='peer 10.0.0.0/8 all-netns'

trace_all() {
	load_module "$@"
	policy "${peer:-$PEER}" "root client port $PORT all-netns"
}

record_begin() {
	trace_all histograms=0
	start record dtctl record -w "$READ"
	helper=$started_pid
	runs record 20 session_open
}

# record_end: sets events and lost, as dtctl record says itself
record_end() {
	halt "$helper" INT
	read -r events lost < <(sed -n 's/^\([0-9]*\) events, \([0-9]*\) lost$/\1 \2/p' \
		"$CW_OUT/$CW_NAME.record.log")
	[ "${lost:-}" ] || bail "$state: no account: $(log_tail record)"
}

# Prints how many events the one open session has produced so far.
produced() {
	dtctl session list | awk '{ print $5 }'
}

stuck_begin() {
	trace_all histograms=0
	start stuck readers_stuck
	helper=$started_pid
	runs stuck 20 log_says stuck open
}

# Each event produced was sent or counted as dropped, and each one sent was received.
stuck_end() {
	local words

	halt "$helper" TERM
	read -ra words < <(tail -n 1 "$CW_OUT/$CW_NAME.stuck.log")
	account "${words[1]}" "${words[3]}" "${words[5]}" "${words[7]}"
}

stopped_begin() {
	record_begin
	kill -s STOP "$helper"
}

stopped_end() {
	local words

	kill -s CONT "$helper"
	record_end
	read -ra words < <(sed -n \
		's/^ *produced \([0-9]*\), sent \([0-9]*\), dropped in the kernel \([0-9]*\), received \([0-9]*\);.*/\1 \2 \3 \4/p' \
		"$CW_OUT/$CW_NAME.record.log")
	[ "${#words[@]}" -eq 4 ] || bail "stopped: lost nothing, or no account: $(log_tail record)"
	account "${words[@]}"
}

# account PRODUCED SENT DROPPED RECEIVED
account() {
	is "$1" $(($2 + $3)) "$state: produced $1 = sent $2 + dropped $3"
	is "$4" "$2" "$state: received $4 = sent $2"
	ok "$state: it lost some, $3" [ "$3" -gt 0 ]
	events=$1 lost=$3
}

# ----------------------------------------------------------------------------------------

begin() {
	state=$1 events=- lost=- peer=''
	case $state in
	nothing) ;;
	hook) nft_all '' ;;
	nftcounter) nft_all counter ;;
	conntrack) nft_all 'ct state invalid counter' ;;
	sockops_*) bpf_begin sockops "$state" ;;
	tcpdump) tcpdump_begin ;;
	bpftrace_count) bpftrace_begin '@[probe] = count();' ;;
	bpftrace_hist) bpftrace_begin '@[probe] = hist(nsecs - @last); @last = nsecs;' ;;
	loaded) load_module ;;
	elsewhere)
		load_module
		policy 'peer 10.0.0.0/8 netns other'
		;;
	nomatch)
		load_module
		policy 'peer 172.31.0.0/16 all-netns' 'root client port 1 all-netns'
		;;
	sampled)
		load_module histograms=0
		policy "$PEER" "root client port $PORT ratio 1% all-netns"
		;;
	context) trace_all histograms=0 ;;
	histograms) trace_all ;;
	stages) record_begin ;;
	every) peer='peer 10.0.0.0/8 mark every all-netns' record_begin ;;
	ringbuf) bpf_begin ringbuf ;;
	perf) perf_begin ;;
	stuck) stuck_begin ;;
	stopped) stopped_begin ;;
	*) bail "$state: no such state" ;;
	esac
}

end() {
	case $state in
	hook) nft_none ;;
	nftcounter)
		nft_counted
		nft_none
		;;
	conntrack)
		tracked
		nft_none
		;;
	sockops_*) sockops_end "$state" ;;
	tcpdump) tcpdump_end ;;
	bpftrace_*) bpftrace_end ;;
	stages | every) record_end ;;
	ringbuf) ringbuf_end ;;
	perf) perf_end ;;
	stuck) stuck_end ;;
	stopped) stopped_end ;;
	esac
	unload_module || bail "$state: the module does not unload"
	rm -f "$READ"* $MEMORY/bpfrun.records
}

# The server of pingpong, in the state that has begun.
server_begin() {
	start server ip netns exec "$APP" pingpong serve "$APP_IP" "$PORT"
	server=$started_pid
	runs server 20 log_says server ready
}
