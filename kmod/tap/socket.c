// SPDX-License-Identifier: GPL-2.0
/*
 * Taps of TCP sockets, and of the waking of readers of UDP sockets.  Preemption is off, which is
 * no RCU read section for lockdep, so taps take the RCU read lock.  A TCP socket's own lock is
 * held in each tap but tcp_destroy_sock, when no other thread can have the socket.  For a UDP
 * socket no lock is held.
 */
#include <net/tcp.h>

#include "compat/trace.h"
#include "netfilter/receive.h"
#include "propagation/read.h"
#include "propagation/receive.h"
#include "propagation/send.h"
#include "propagation/udp.h"
#include "propagation/write.h"
#include "state/sock_table.h"
#include "tap/socket.h"
#include "tap/tls.h"

static void set_state(struct sock *sk, int before, int after)
{
	if (after == TCP_SYN_SENT && in_task()) {
		cw_propagate_connect(sk);
	} else if (after == TCP_ESTABLISHED) {
		cw_propagate_established(sk, before == TCP_SYN_RECV);
		if (before == TCP_SYN_RECV)
			cw_packet_accepted(sk);
	}
}

static void socket_set_state(void *data, const struct sock *sk, const int before, const int after)
{
	if (!cw_sk_is_tcp(sk) || !cw_net_active(sock_net(sk)))
		return;
	rcu_read_lock();
	set_state((struct sock *)sk, before, after);
	rcu_read_unlock();
}

static void socket_read(void *data, struct sock *sk)
{
	rcu_read_lock();
	/* In softirq users such as sockmap take bytes, and the reader is not known. */
	if (unlikely(inet_csk(sk)->icsk_ulp_ops) && cw_tap_by_record(sk))
		;
	else if (in_task())
		cw_propagate_read(sk);
	else
		cw_propagate_taken(sk);
	rcu_read_unlock();
}

/* The bytes of an MPTCP socket come by TCP sockets of its own, which no thread reads. */
static int mptcp_read(struct kprobe *kprobe, struct pt_regs *regs)
{
	rcu_read_lock();
	cw_propagate_read_unseen((struct sock *)regs_get_kernel_argument(regs, 0));
	rcu_read_unlock();
	return 0;
}

static void socket_destroy(void *data, struct sock *sk)
{
	cw_sock_destroy(sk);
}

/* The segment has been sent again, or (since 7.2) could not be sent. */
static void socket_retransmit(void *data, CW_ARGS_TCP_RETRANSMIT_SKB)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	if (!cw_event_wanted() || CW_RETRANSMIT_FAILED || !cw_net_active(sock_net(sk)))
		return;
	rcu_read_lock();
	cw_carry_retransmitted(sk, cb->seq, skb->len);
	rcu_read_unlock();
}

static void handle_ready(struct sock *sk)
{
	if (!cw_event_wanted())
		return;
	if (sk->sk_protocol == IPPROTO_UDP)
		return cw_udp_ready(sk);
	if (sk->sk_protocol != IPPROTO_TCP || sk->sk_state == TCP_LISTEN ||
	    !cw_net_active(sock_net(sk)))
		return;
	rcu_read_lock();
	cw_carry_ready(sk);
	rcu_read_unlock();
}

#ifdef CW_HAVE_DATA_READY
static void socket_ready(void *data, const struct sock *sk)
{
	handle_ready((struct sock *)sk);
}
#else
static int socket_ready(struct kprobe *kprobe, struct pt_regs *regs)
{
	handle_ready((struct sock *)regs_get_kernel_argument(regs, 0));
	return 0;
}
#endif

static void handle_write(struct pt_regs *regs, unsigned int size_argument)
{
	struct sock *sk = (struct sock *)regs_get_kernel_argument(regs, 0);

	rcu_read_lock();
	cw_propagate_write(sk, regs_get_kernel_argument(regs, size_argument));
	rcu_read_unlock();
}

/* The probed function's arguments: (sk, message, size) */
static int socket_write(struct kprobe *kprobe, struct pt_regs *regs)
{
	handle_write(regs, 2);
	return 0;
}

#ifdef CW_HAVE_SENDPAGES
/* The probed function is called for each page: (sk, page, offset, size, flags) */
static int socket_sendpages(struct kprobe *kprobe, struct pt_regs *regs)
{
	handle_write(regs, 3);
	return 0;
}
#endif

static struct cw_tap taps[] = {
	{ .name = "tcp_destroy_sock", .probe = socket_destroy, .last = true },
	{ .name = "inet_sock_set_state", .probe = socket_set_state },
	{ .name = "tcp_rcv_space_adjust", .probe = socket_read },
	{ .name = "tcp_retransmit_skb", .probe = socket_retransmit },
#ifdef CW_HAVE_DATA_READY
	{ .name = "sk_data_ready", .probe = socket_ready },
#else
	{ .name = "sock_def_readable", .handler = socket_ready },
#endif
	{ .name = "mptcp_recvmsg", .handler = mptcp_read, .optional = true },
	{ .name = "tcp_sendmsg_locked", .handler = socket_write },
#ifdef CW_HAVE_SENDPAGES
	{ .name = "do_tcp_sendpages", .handler = socket_sendpages },
#endif
};

const struct cw_tap_group cw_taps_socket = { taps, ARRAY_SIZE(taps) };

static inline void __maybe_unused check_prototypes(void)
{
	check_trace_callback_type_inet_sock_set_state(socket_set_state);
	check_trace_callback_type_tcp_rcv_space_adjust(socket_read);
	check_trace_callback_type_tcp_destroy_sock(socket_destroy);
	check_trace_callback_type_tcp_retransmit_skb(socket_retransmit);
#ifdef CW_HAVE_DATA_READY
	check_trace_callback_type_sk_data_ready(socket_ready);
#endif
}
