// SPDX-License-Identifier: GPL-2.0
/*
 * Taps of TLS in the kernel.  TLS takes records off TCP's queue for its readers in softirq, in a
 * worker or in the system call that reads the record before.  So the thread that takes the bytes
 * need not be their reader.  The reader calls a function of the TLS module when it has read a
 * record, with the socket's own lock held; that function is tapped.  Preemption off.
 */
#include <net/tcp.h>

#include "propagation/read.h"
#include "tap/module.h"
#include "tap/tls.h"

#if IS_ENABLED(CONFIG_TLS)
#include "compat/tls.h"

static bool reads_by_record(const struct sock *sk)
{
	const struct tcp_ulp_ops *ulp = inet_csk(sk)->icsk_ulp_ops;
	const struct tls_context *context = tls_get_ctx(sk);

	if (!ulp || strcmp(ulp->name, "tls") || !context)
		return false;
	return context->rx_conf == TLS_SW || context->rx_conf == TLS_HW;
}

static int record_read(struct kprobe *kprobe, struct pt_regs *regs)
{
	const void *parser = (void *)regs_get_kernel_argument(regs, 0);
	struct sock *sk = cw_tls_parser_sock(parser);

	rcu_read_lock();
	if (reads_by_record(sk))
		cw_propagate_read_record(sk, cw_tls_record_left(parser));
	rcu_read_unlock();
	return 0;
}

/* A read begins; the socket's lock is not held. */
static int rest_read(struct kprobe *kprobe, struct pt_regs *regs)
{
	struct sock *sk = (struct sock *)regs_get_kernel_argument(regs, 0);

	rcu_read_lock();
	if (cw_tls_rest_waits(tls_sw_ctx_rx(tls_get_ctx(sk))))
		cw_propagate_read_rest(sk);
	rcu_read_unlock();
	return 0;
}

static struct cw_tap taps[] = {
	{ .name = CW_TLS_RECORD_READ, .handler = record_read, .module = "tls" },
#ifdef CW_TLS_RECORD_READ_NEW
	{ .name = CW_TLS_RECORD_READ_NEW, .handler = record_read, .module = "tls" },
#endif
	{ .name = "tls_sw_recvmsg", .handler = rest_read, .module = "tls" },
};

const struct cw_tap_group cw_taps_tls = { taps, ARRAY_SIZE(taps) };

static bool records_seen(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(taps); i++)
		if (taps[i].handler == record_read && READ_ONCE(taps[i].registered))
			return true;
	return false;
}

/* If the TLS module has just come and its taps are not registered yet, a reader gets no context. */
bool cw_tap_by_record(struct sock *sk)
{
	if (!reads_by_record(sk))
		return false;
	if (records_seen())
		return true;
	if (!cw_tap_module_pending())
		return false;
	if (in_task())
		cw_propagate_read_unseen(sk);
	return true;
}
#else
const struct cw_tap_group cw_taps_tls;

bool cw_tap_by_record(struct sock *sk)
{
	return false;
}
#endif
