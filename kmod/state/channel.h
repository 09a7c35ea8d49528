/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is remembered of UDP sockets as channels: which thread is about to write on which,
 * what it asked and was asked there, and whose messages wait for a response.  All in
 * tables of a fixed size, where a newcomer displaces one that was used longest ago: what is lost
 * that way goes unlinked.  Nothing counts for longer than CW_CHANNEL_AGE.
 *
 * Process context, by the thread concerned; each set of places has a lock, innermost.
 */
#ifndef CW_CHANNEL_H
#define CW_CHANNEL_H

#include <linux/jiffies.h>
#include <net/sock.h>

#include "event/event.h"

#define CW_CHANNEL_AGE (30 * HZ)

/**
 * struct cw_asked - a request that was written
 * @context: message, and span of the writer
 * @exchange: a root of its own, not the thread's context
 */
struct cw_asked {
	struct cw_context context;
	bool exchange;
};

/* current is about to write on @sk: the next skb of its that leaves is its own. */
void cw_writer_begin(const struct sock *sk);

/**
 * cw_writer_end() - has the current thread begun to write on this socket
 * @sk: the skb's
 * @since: result: when; ns, monotonic
 *
 * Return: true, once for each cw_writer_begin().
 */
bool cw_writer_end(const struct sock *sk, u64 *since);

/* A request was written by current on @sk. */
void cw_channel_wrote(struct sock *sk, const struct cw_asked *asked);

/**
 * cw_channel_asked() - what did current ask on this socket
 * @sk: socket
 * @asked: result; not valid: nothing, or different things, so that an answer that does not
 *	say may be to any
 *
 * Return: true if it asked anything, or may have: somebody of its set lost his place since.
 */
bool cw_channel_asked(const struct sock *sk, struct cw_asked *asked);

/* current read a datagram from @flow's destination; @request: not valid: not a traced one. */
void cw_channel_read(struct sock *sk, const struct cw_flow_key *flow,
		     const struct cw_context *request);

/**
 * cw_channel_request() - is a write an answer
 * @sk: socket
 * @flow: its destination is who is written to
 * @request: result
 *
 * Return: true if the last datagram that current read on @sk is a traced request of his.
 */
bool cw_channel_request(const struct sock *sk, const struct cw_flow_key *flow,
			struct cw_context *request);

/**
 * cw_asked_find() - whose request is answered
 * @context: of the response
 * @asked: result
 *
 * Return: true if it was written here.
 */
bool cw_asked_find(const struct cw_context *context, struct cw_asked *asked);

/* recvmmsg() begins, by current. */
void cw_batch_begin(void);

/**
 * cw_batch_mixed() - one more datagram is read by the same recvmmsg()
 * @message: its message id, 0: none
 *
 * Return: true if it is not of the same message as those before it.
 */
bool cw_batch_mixed(u64 message);

/* As cw_datagram_open(), _close(). */
void cw_channel_open(void);
void cw_channel_close(void);

#endif
