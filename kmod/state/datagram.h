/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts of datagrams on their way: a bounded table keyed by skb.  A routed packet loses
 * its socket at the first IP input, so the context is kept here from the writer's
 * LOCAL_OUT (or from the trailer's reading) until the skb is freed.
 *
 * An entry leaves with its skb (cw_datagram_consumed, _dropped), so no later packet at its address
 * finds it.  A few ways of freeing an skb have no tracepoint; so an entry also counts only for a
 * packet with its fingerprint, and only for CW_DATAGRAM_AGE.
 */
#ifndef CW_DATAGRAM_H
#define CW_DATAGRAM_H

#include <linux/atomic.h>
#include <linux/jiffies.h>

#include "lib/context.h"

/* Longer than a datagram waits anywhere, except for a reader that has stopped. */
#define CW_DATAGRAM_AGE (30 * HZ)

/**
 * struct cw_datagram - what is kept
 * @context: its context; message is that of the datagram, or of the request that it answers
 * @sent: when its trailer was written, on the sender's clock; 0: it had none
 * @ready: when the readers of the socket whose queue it is in were woken for it; ns,
 *	monotonic; 0: that was not seen
 * @response: it answers context.message
 */
struct cw_datagram {
	struct cw_context context;
	u64 sent;
	u64 ready;
	bool response;
};

/* How many contexts are kept now. */
extern atomic_t cw_datagram_count;

/**
 * cw_datagram_known() - quick test: may there be an entry
 * @skb: only its address counts
 *
 * Return: false where there is none, or where it cannot be this packet's.
 * Context: any; the caller has the skb.
 */
bool cw_datagram_known(const void *skb);

/**
 * cw_datagram_keep() - keep a context until the skb is freed
 * @skb: only its address counts
 * @print: fingerprint of the packet
 * @datagram: copied; replaces what was kept for the skb
 *
 * If there is no room the datagram goes on without its context, and a counter is raised.
 *
 * Context: any.
 */
void cw_datagram_keep(const void *skb, u64 print, const struct cw_datagram *datagram);

/**
 * cw_datagram_find() - find the context that is kept for a packet
 * @skb: only its address counts
 * @print: fingerprint of the packet as it is now
 * @out: result
 *
 * Return: true if the context is this packet's.
 * Context: any.
 */
bool cw_datagram_find(const void *skb, u64 print, struct cw_datagram *out);

/**
 * cw_datagram_arrives() - find the context of a packet that has arrived, and note that it has
 * @skb: only its address counts
 * @print: fingerprint of the packet as it is now
 * @out: result
 *
 * Return: true if the context is this packet's.
 * Context: any.
 */
bool cw_datagram_arrives(const void *skb, u64 print, struct cw_datagram *out);

/**
 * cw_datagram_same() - is a packet still the one that a context is kept for?
 * @skb: only its address counts
 * @print: fingerprint of the packet as it is now
 *
 * Return: true if so; nothing is counted otherwise.
 * Context: any.
 */
bool cw_datagram_same(const void *skb, u64 print);

/**
 * cw_datagram_ready() - note that readers are woken for a datagram in their socket's queue
 * @skb: only its address counts
 * @print: fingerprint of the packet
 * @message: of its context
 * @time: when they are woken; ns, monotonic
 *
 * Return: false: nothing is kept for this packet any more.
 * Context: any.
 */
bool cw_datagram_ready(const void *skb, u64 print, u64 message, u64 time);

/* The skb was dropped, or its context ends here.  Any context. */
void cw_datagram_forget(const void *skb);

/* The skb was consumed, which is counted if it had not arrived.  Any context. */
void cw_datagram_consume(const void *skb);

static inline void cw_datagram_dropped(const void *skb)
{
	if (unlikely(atomic_read(&cw_datagram_count)))
		cw_datagram_forget(skb);
}

static inline void cw_datagram_consumed(const void *skb)
{
	if (unlikely(atomic_read(&cw_datagram_count)))
		cw_datagram_consume(skb);
}

/* Make the table (without memory nothing is kept); free it when no hook and no tap runs. */
void cw_datagram_open(void);
void cw_datagram_close(void);

#endif
