/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel TLS takes records off a connection with a parser.  Until 5.19 that is the stream parser,
 * which other users share.  Since 6.0 it is one of its own, which leaves a record in TCP's queue
 * if that can hold it.
 */
#ifndef CW_COMPAT_TLS_H
#define CW_COMPAT_TLS_H

#include <linux/skbuff.h>
#include <linux/version.h>
#include <net/strparser.h>
#include <net/tls.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 0, 0)
/* The function, of one argument, the parser, that a reader calls when it has read a record. */
#define CW_TLS_RECORD_READ "tls_strp_msg_done"
#define CW_TLS_RECORD_READ_NEW "tls_strp_msg_consume"	/* since 7.2 */

static inline struct sock *cw_tls_parser_sock(const void *parser)
{
	return ((const struct tls_strparser *)parser)->sk;
}

static inline u32 cw_tls_record_left(const void *parser)
{
	const struct tls_strparser *strp = parser;

	return strp->copy_mode ? 0 : strp->stm.full_len;
}

static inline bool cw_tls_rest_waits(const struct tls_sw_context_rx *rx)
{
	return !skb_queue_empty_lockless(&rx->rx_list);
}
#else
#define CW_TLS_RECORD_READ "__strp_unpause"

static inline struct sock *cw_tls_parser_sock(const void *parser)
{
	return ((const struct strparser *)parser)->sk;
}

/* How many bytes of the record that was just read are still in TCP's queue. */
static inline u32 cw_tls_record_left(const void *parser)
{
	return 0;
}

/* Does a record wait of which a thread may have read a part? */
static inline bool cw_tls_rest_waits(const struct tls_sw_context_rx *rx)
{
	return READ_ONCE(rx->recv_pkt) || !skb_queue_empty_lockless(&rx->rx_list);
}
#endif

#endif
