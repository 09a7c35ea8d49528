#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: timeout=600 append=slab_nomerge
# debug: others
#
# Traces go on over kinds of TCP that have options, bytes or a rhythm of their own: MD5, MPTCP, TFO,
# kTLS, BBR.
#
#   client eth0 10.9.0.1 ------------- eth0 10.9.0.2 app
#     actor c: connects                  actor a: accepts, and asks b
#
# Tested: signatures (TCP_MD5SIG), from the start and begun on an open connection; MPTCP at both
# ends and at either; data in the SYN (TFO); TLS in the kernel; BBR.  All bytes arrive; where
# the option cannot be, nothing is written, a counter tells, and the reader is left without a
# context, also without the one that it had.  Bytes that the kernel's own workers write have none.
. "$CW_TREE/tests/vm/guest.sh"
. "$CW_TREE/tests/e2e/rules_actor.bash"
. "$CW_TREE/tests/e2e/with.bash"

# held_before N: a has just served a request in trace N
held_before() {
	request c a 9 "$1"
	answer a c 9
	holds a "$(trace "$1") read" "(the reader holds what it served last)"
}

# unmarked S N DESCRIPTION: a request in trace N arrives, without its context
unmarked() {
	held_before 99
	request c a "$1" "$2"
	holds a none "$3: the bytes arrive, their reader has no context"
	answer a c "$1"
	holds c "$(trace "$2") explicit" "$3: and so does the answer"
}

# marked S N DESCRIPTION
marked() {
	request c a "$1" "$2"
	holds a "$(trace "$2") read" "$3"
	answer a c "$1"
}

# signatures: how many packets one of the ends refused for their signature
signatures_wrong() {
	local ns sum=0 name

	for ns in "$CLIENT" "$APP"; do
		for name in TcpExtTCPMD5NotFound TcpExtTCPMD5Unexpected TcpExtTCPMD5Failure; do
			sum=$((sum + $(stat_of "$ns" "$name")))
		done
	done
	echo "$sum"
}

md5() {
	do_it a listen 101 "$APP_IP" 7001 md5
	counters_keep
	connection c 1 "$APP_IP" 7001 a 101 md5
	is "$(rose tx_incapable)" 2 "MD5: both ends are counted"
	unmarked 1 1 "MD5"
	unmarked 1 2 "MD5, once more"
	is "$(signatures_wrong)" 0 "MD5: every signature is right"
	close_all 1 c a
}

md5_late() {
	connection c 1 "$APP_IP" 7000 a 100
	marked 1 3 "MD5 from now on: marked before"
	do_it c option 1 md5
	do_it a option 1 md5
	counters_keep
	unmarked 1 4 "MD5 from now on"
	unmarked 1 5 "MD5 from now on, once more"
	is "$(signatures_wrong)" 0 "MD5 from now on: every signature is right"
	between "$(rose tx_incapable)" 1 2 "MD5 from now on: counted"
	close_all 1 c a
}

mptcp() {
	local spoken

	spoken=$(stat_of "$APP" MPTcpExtMPCapableACKRX)
	do_it a listen 102 "$APP_IP" 7002 mptcp
	counters_keep
	connection c 1 "$APP_IP" 7002 a 102 mptcp
	unmarked 1 11 "MPTCP"
	is "$(stat_of "$APP" MPTcpExtMPCapableACKRX)" $((spoken + 1)) "MPTCP: it is spoken"
	between "$(rose tx_incapable)" 1 2 "MPTCP: counted"
	is "$(rose read_unseen)" 1 "MPTCP: that its reader had a context, too"
	do_it c write 1 10
	do_it a set "$(traceparent 14)"
	do_it a write 9 1
	do_it c read 9 1
	do_it a read 1 10
	holds a none "MPTCP: one that was set by hand ends there, too"
	do_it a set "$(traceparent 15)"
	do_it a write 1 10
	do_it c set "$(traceparent 16)"
	do_it c read 1 10
	holds c "$(trace 16) explicit" "MPTCP: an answer takes nothing from who asked"
	close_all 1 c a
	connection c 1 "$APP_IP" 7002 a 102
	marked 1 12 "MPTCP listens, the client does not know it: marked as any other"
	close_all 1 c a
	connection c 1 "$APP_IP" 7000 a 100 mptcp
	unmarked 1 13 "MPTCP connects, the server does not know it"
	close_all 1 c a
}

# opened S N HOW: c asks a with its SYN, in trace N
opened() {
	do_it c set "$(traceparent "$2")"
	case $3 in
	connect)
		do_it c connect "$1" "$APP_IP" 7003 fastopen
		do_it c write "$1" 10
		;;
	send) do_it c opensend "$1" "$APP_IP" 7003 10 ;;
	esac
	do_it a accept "$1" 103
	do_it a read "$1" 10
}

# The first connection learns the cookie; after that, requests come with the SYN.
fastopen() {
	local how number=20

	must in_ns "$CLIENT" sysctl -qw net.ipv4.tcp_fastopen=3
	must in_ns "$APP" sysctl -qw net.ipv4.tcp_fastopen=3
	do_it a listen 103 "$APP_IP" 7003 fastopen
	connection c 1 "$APP_IP" 7003 a 103 fastopen
	close_all 1 c a
	for how in connect send; do
		held_before 98
		counters_keep
		opened 1 "$number" "$how"
		holds a none "TFO ($how): the reader of what came with the SYN has no context"
		is "$(rose tx_bare_syn)" 1 "TFO ($how): counted"
		answer a c 1
		holds c "$(trace "$number") explicit" "TFO ($how): the answer arrives"
		marked 1 $((number + 1)) "TFO ($how): the next request, in another trace, is marked"
		request c a 1 0
		holds a none "TFO ($how): an untraced one is not"
		answer a c 1
		close_all 1 c a
		number=$((number + 5))
	done
	is "$(stat_of "$CLIENT" TcpExtTCPFastOpenActive) $(stat_of "$APP" TcpExtTCPFastOpenPassive)" "2 2" \
		"TFO: both requests came with the SYN"
	served_by_fastopen
}

# While a serves c, a asks b, first without a cookie, then with the SYN.
served_by_fastopen() {
	local how

	do_it b listen 104 "$APP_IP" 7004 fastopen
	for how in "no cookie yet" "with the SYN"; do
		request c a 9 30
		do_it a opensend 1 "$APP_IP" 7004 10
		do_it b accept 1 104
		do_it b read 1 10
		holds b none "TFO, $how: who is asked by a thread that serves has no context"
		answer b a 1
		holds a "$(trace 30) read" "TFO, $how: the answer leaves that thread what it serves"
		close_all 1 a b
		answer a c 9
	done
}

bbr() {
	must modprobe -a tcp_bbr sch_fq
	must in_ns "$CLIENT" sysctl -qw net.ipv4.tcp_congestion_control=bbr
	stream_right "BBR" 1500 "$CLIENT" "$APP" "$APP_IP" 60 20000
	tc -n "$CLIENT" qdisc add dev eth0 root fq
	stream_right "BBR, fq" 1500 "$CLIENT" "$APP" "$APP_IP" 60 20000
	tc -n "$CLIENT" qdisc del dev eth0 root
	must in_ns "$CLIENT" sysctl -qw net.ipv4.tcp_congestion_control=cubic
}

# tls S
tls() {
	do_it c option "$1" tls
	do_it a option "$1" tls
}

ktls() {
	must modprobe tls
	connection c 1 "$APP_IP" 7000 a 100
	tls 1
	held_before 97
	marked 1 31 "kTLS: a request in its context"
	request c a 1 0
	holds a none "kTLS: an untraced one after it has none"
	answer a c 1
	marked 1 32 "kTLS: a traced one again"
	do_it c set "$(traceparent 33)"
	do_it c writeall 1 50000
	do_it a read 1 50000
	holds a "$(trace 33) read" "kTLS: one of many records"
	answer a c 1
	close_all 1 c a
	ktls_by_kernel
	ktls_module
	ktls_under_traffic
}

# large N: c sends a record of 16,000 bytes, more than the receive buffer holds, in trace N (0: none)
large() {
	if [ "$1" -gt 0 ]; then
		do_it c set "$(traceparent "$1")"
	else
		do_it c clear
	fi
	tell c writeall 1 16000
}

# The receive buffer cannot hold this record: softirq and workers take it off the queue, and so does
# a thread that reads the record before.
ktls_by_kernel() {
	do_it a listen 105 "$APP_IP" 7005
	do_it a option 105 rcvbuf 4000
	connection c 1 "$APP_IP" 7005 a 105
	tls 1
	counters_keep
	held_before 96
	large 34
	ask a read 1 16000
	is "$reply" 16000 "kTLS, a record larger than the buffer: the bytes arrive"
	hear c
	holds a "$(trace 34) read" "kTLS, a record larger than the buffer: in its context"
	answer a c 1
	large 0
	do_it a read 1 16000
	hear c
	holds a none "kTLS, an untraced record larger than the buffer: none"
	answer a c 1
	ktls_in_parts
	ktls_waiting
	ktls_next
	is "$(rose read_by_kernel)" 0 "kTLS: no byte is taken without its reader being known"
	# With so small a buffer a FIN may wait for long, and its socket holds kTLS's module.
	do_it c option 1 reset
	do_it a option 1 reset
	close_all 1 c a
	do_it a close 105
}

# The rest of a record that was taken off the queue is not in TCP's queue any more.
ktls_in_parts() {
	do_it a thread 1
	do_it c set "$(traceparent 95)"
	do_it c write 9 10
	do_it a @1 read 9 10
	holds a @1 "$(trace 95) read" "(another thread holds what it served last)"
	large 35
	do_it a read 1 8000
	hear c
	holds a "$(trace 35) read" "kTLS, the first half of a record: in its context"
	do_it a read 1 4000
	holds a "$(trace 35) read" "kTLS, more of it, by the same thread: the same"
	do_it a @1 read 1 4000
	holds a @1 none "kTLS, the rest, by another thread: that has no context, also not the one it had"
	answer a c 9
	answer a c 1
}

# The thread waits in read() before any byte comes.
ktls_waiting() {
	held_before 94
	tell a read 1 16000
	large 36
	hear a
	is "$reply" 16000 "kTLS, a thread that waits: the bytes arrive"
	hear c
	holds a "$(trace 36) read" "kTLS, a thread that waits: what it reads, not what it held"
	answer a c 1
}

# Reading one record, a thread takes the beginning of the next off the queue.
ktls_next() {
	do_it c set "$(traceparent 37)"
	do_it c write 1 10
	large 38
	do_it a read 1 10
	holds a "$(trace 37) read" "kTLS, a small record before a large one: in its own context"
	do_it a read 1 16000
	hear c
	do_it a write 1 20
	do_it c read 1 20
}

taps_of_tls() {
	dtctl status | grep -oE "\b(tls_strp_msg_done|tls_sw_recvmsg)\b" | wc -l
}

taps_of_tls_are() {
	[ "$(taps_of_tls)" = "$1" ]
}

# kTLS's module is loaded and removed at any time; our taps in it follow.
ktls_module() {
	ok "the module of kTLS is tapped" wait_for 10 taps_of_tls_are 2
	ok "... and goes all the same" wait_for 45 modprobe -r tls || # when the last connection is gone
		diag "$(cat /sys/module/tls/refcnt) users" "$(in_ns "$APP" ss -tanpo)" "$(in_ns "$CLIENT" ss -tanpo)"
	ok "... and its taps with it" wait_for 10 taps_of_tls_are 0
	must modprobe tls
	ok "... which are there again when it comes" wait_for 10 taps_of_tls_are 2
	must dtctl policy del all
	ok "no rule: no tap of kTLS" wait_for 10 taps_of_tls_are 0
	must wait_for 45 modprobe -r tls
	must modprobe tls
	ok "... also not when it comes" wait_for 10 taps_of_tls_are 0
	must wait_for 45 modprobe -r tls
	must dtctl policy add peer 10.9.0.0/24 all-netns
	must modprobe tls
	ok "a rule first, then kTLS: tapped" wait_for 10 taps_of_tls_are 2
}

# Traffic by kTLS goes on while taps come and go, and its module too when no connection is open.
ktls_under_traffic() {
	local i

	rm -f "$CW_OUT/tls.stop"
	start tls ip netns exec "$APP" python3 "$CW_TREE/tests/e2e/coexist/with_tls.py" "$CW_OUT/tls.stop"
	for i in 1 2; do
		must dtctl policy del all
		must dtctl policy add peer 10.9.0.0/24 all-netns
		must dtctl policy add peer 127.0.0.0/8 all-netns
		must dtctl policy add root client prefix 127.0.0.0/8 all-netns
		sleep 0.3
		# modprobe is refused if a connection is open at just this moment.
		modprobe -qr tls
		sleep 0.3
	done
	touch "$CW_OUT/tls.stop"
	wait "$started_pid"
	is $? 0 "kTLS under all of that: every byte is right"
	diag "$(tail -1 "$CW_OUT/$CW_NAME.tls.log")"
	must dtctl policy del all
	must dtctl policy add peer 10.9.0.0/24 all-netns
}

# A file system's client: workers of the kernel write for the process that mounts, and for all
# others.
kernel_client() {
	if ! modprobe -a 9p 9pnet_fd; then
		skip "a mount over TCP writes as nobody" "this kernel has no 9pnet_fd (CONFIG_NET_9P_FD)"
		return
	fi
	start server ip netns exec "$APP" python3 -c 'import socket, sys
listener = socket.create_server((sys.argv[1], 7050))
connection, _ = listener.accept()
print(len(connection.recv(100)), flush=True)
connection.close()' "$APP_IP"
	must wait_for 10 listening "$APP" 7050
	counters_keep
	fails "a mount whose server gives up" in_ns "$CLIENT" dtctl exec -- \
		mount -t 9p -o trans=tcp,port=7050 "$APP_IP" /mnt
	must wait_for 10 process_gone "$started_pid"
	like "$(cat "$CW_OUT/$CW_NAME.server.log")" '^[1-9]' "what a kernel thread writes arrives"
	is "$(rose actor_unknown)" 1 "... as nobody's, which is counted"
	is "$(rose tx_marked)" 0 "... not in the trace of who mounts"
}

load_module
topology_plain
must dtctl policy add peer 10.9.0.0/24 all-netns
actor c "$CLIENT"
actor a "$APP"
actor b "$APP"
do_it a listen 100 "$APP_IP" 7000
connection c 9 "$APP_IP" 7000 a 100
SECONDS=0
for part in md5 md5_late mptcp fastopen ktls bbr kernel_client; do
	$part
	diag "$part: until $SECONDS s"
done
close_all 9 c a
nothing_left
unloads
done_testing
