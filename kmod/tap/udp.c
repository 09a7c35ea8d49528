// SPDX-License-Identifier: GPL-2.0
/*
 * Taps of sockets that send and receive datagrams, and of skbs that are freed.  Taps of writes and
 * reads run in the thread's process context, preemption off, and no lock of the socket is held;
 * skbs are freed in any context.
 */
#include <linux/compat.h>
#include <linux/unistd.h>
#include <net/sock.h>

#include <asm/syscall.h>

#include "base/net.h"
#include "compat/trace.h"
#include "netfilter/datagram.h"
#include "propagation/udp.h"
#include "state/channel.h"
#include "tap/udp.h"

/* The probed function's arguments: (sk, message, size) */
static int datagram_write(struct kprobe *kprobe, struct pt_regs *regs)
{
	const struct sock *sk = (const void *)regs_get_kernel_argument(regs, 0);

	rcu_read_lock();
	cw_udp_write(sk);
	rcu_read_unlock();
	return 0;
}

/* Is it recvmmsg()?  32-bit calls have other numbers: any of them is taken for recvmmsg(). */
static bool in_batch(void)
{
	int number = syscall_get_nr(current, current_pt_regs());

#ifdef CONFIG_COMPAT
	if (in_compat_syscall())
		return true;
#endif
#ifdef __NR_recvmmsg
	if (number == __NR_recvmmsg)
		return true;
#endif
#ifdef __NR_recvmmsg_time64
	if (number == __NR_recvmmsg_time64)
		return true;
#endif
	return false;
}

/*
 * The probed function's arguments: (sk, skb, length).  After a look only (MSG_PEEK) the length is
 * negative; if the datagram is empty, a look is known by the reference that the queue still holds.
 */
static int datagram_read(struct kprobe *kprobe, struct pt_regs *regs)
{
	struct sock *sk = (struct sock *)regs_get_kernel_argument(regs, 0);
	struct sk_buff *skb = (struct sk_buff *)regs_get_kernel_argument(regs, 1);
	int length = regs_get_kernel_argument(regs, 2);

	if (length < 0 || (!length && skb_shared(skb)) || !in_task() ||
	    !cw_net_active(sock_net(sk)))
		return 0;
	rcu_read_lock();
	cw_packet_read(sk, skb, in_batch());
	rcu_read_unlock();
	return 0;
}

static int batch_read(struct kprobe *kprobe, struct pt_regs *regs)
{
	if (cw_net_active(current->nsproxy->net_ns))
		cw_batch_begin();
	return 0;
}

static void skb_consumed(void *data, CW_ARGS_CONSUME_SKB)
{
	cw_datagram_consumed(skb);
}

static void skb_freed(void *data, CW_ARGS_KFREE_SKB)
{
	cw_datagram_dropped(skb);
}

static struct cw_tap taps[] = {
	{ .name = "consume_skb", .probe = skb_consumed, .last = true },
	{ .name = "kfree_skb", .probe = skb_freed, .last = true },
	{ .name = "udp_sendmsg", .handler = datagram_write },
	{ .name = "raw_sendmsg", .handler = datagram_write, .optional = true },
	{ .name = "ping_v4_sendmsg", .handler = datagram_write, .optional = true },
	{ .name = "udpv6_sendmsg", .handler = datagram_write, .optional = true },
	{ .name = "rawv6_sendmsg", .handler = datagram_write, .optional = true },
	{ .name = "ping_v6_sendmsg", .handler = datagram_write, .optional = true },
	{ .name = "skb_consume_udp", .handler = datagram_read },
	{ .name = "do_recvmmsg", .handler = batch_read, .optional = true },
};

const struct cw_tap_group cw_taps_udp = { taps, ARRAY_SIZE(taps) };

static inline void __maybe_unused check_prototypes(void)
{
	check_trace_callback_type_consume_skb(skb_consumed);
	check_trace_callback_type_kfree_skb(skb_freed);
}
