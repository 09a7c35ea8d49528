/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Prototypes of tracepoints' probes, which change between kernels.  Each CW_ARGS_* is the list of
 * a probe's arguments after the first one, void *data.
 */
#ifndef CW_COMPAT_TRACE_H
#define CW_COMPAT_TRACE_H

#include <linux/kprobes.h>
#include <linux/version.h>
#include <trace/events/net.h>
#include <trace/events/qdisc.h>
#include <trace/events/sched.h>
#include <trace/events/skb.h>
#include <trace/events/sock.h>
#include <trace/events/tcp.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
#define CW_ARGS_SCHED_PROCESS_EXIT struct task_struct *task, bool group_dead
#else
#define CW_ARGS_SCHED_PROCESS_EXIT struct task_struct *task
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
#define CW_ARGS_TCP_RETRANSMIT_SKB const struct sock *sk, const struct sk_buff *skb, int err
#define CW_RETRANSMIT_FAILED err
#else
#define CW_ARGS_TCP_RETRANSMIT_SKB const struct sock *sk, const struct sk_buff *skb
#define CW_RETRANSMIT_FAILED 0
#endif

/* Until 6.4 sendfile() calls a function of its own in TCP, and not tcp_sendmsg_locked(). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define CW_HAVE_SENDPAGES 1
#endif

/* kfree_skb has a reason since 5.17, and the socket that received the packet since 6.11. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
#define CW_ARGS_KFREE_SKB \
	struct sk_buff *skb, void *location, enum skb_drop_reason reason, const struct sock *rx_sk
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define CW_ARGS_KFREE_SKB \
	struct sk_buff *skb, void *location, enum skb_drop_reason reason, struct sock *rx_sk
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
#define CW_ARGS_KFREE_SKB struct sk_buff *skb, void *location, enum skb_drop_reason reason
#else
#define CW_ARGS_KFREE_SKB struct sk_buff *skb, void *location
#define CW_NO_DROP_REASON 1
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define CW_ARGS_CONSUME_SKB struct sk_buff *skb, void *location
#else
#define CW_ARGS_CONSUME_SKB struct sk_buff *skb
#endif

/* Since 6.3 a tracepoint says that a socket has data; before, sock_def_readable() is probed. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define CW_HAVE_DATA_READY 1
#endif

#endif
