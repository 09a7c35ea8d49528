/* SPDX-License-Identifier: GPL-2.0 */
/*
 * UDP sockets as channels: the tables remember which thread is about to write on which socket,
 * which requests it wrote and read there, and which requests wait for a response.  The tables have
 * a fixed size, and a new entry displaces the one used longest ago, whose messages are then not
 * linked.  No entry counts for longer than CW_CHANNEL_AGE.
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
 * @exchange: the context is a root of the exchange, not the thread's
 */
struct cw_asked {
	struct cw_context context;
	bool exchange;
};

/* current is about to write on @sk: the next skb of @sk that leaves in this thread is its own. */
void cw_writer_begin(const struct sock *sk);

/**
 * cw_writer_end() - has the current thread begun to write on this socket
 * @sk: the socket of the skb that leaves
 * @since: result: when it began; ns, monotonic
 *
 * Return: true, once for each cw_writer_begin().
 */
bool cw_writer_end(const struct sock *sk, u64 *since);

/* Notes that current wrote a request on @sk. */
void cw_channel_wrote(struct sock *sk, const struct cw_asked *asked);

/**
 * cw_channel_asked() - which request did current write on this socket
 * @sk: socket
 * @asked: result; not valid: no request, or requests of different traces, so that an unmarked
 *	answer may be to any of them
 *
 * Return: true if it wrote a request, or may have: a channel of its set was displaced since.
 */
bool cw_channel_asked(const struct sock *sk, struct cw_asked *asked);

/* Notes that current read a datagram from @flow's destination; @request: valid if it is traced. */
void cw_channel_read(struct sock *sk, const struct cw_flow_key *flow,
		     const struct cw_context *request);

/**
 * cw_channel_request() - is a write an answer
 * @sk: socket
 * @flow: its destination is the peer that is written to
 * @request: result
 *
 * Return: true if the last datagram that current read on @sk is a traced request of that peer.
 */
bool cw_channel_request(const struct sock *sk, const struct cw_flow_key *flow,
			struct cw_context *request);

/**
 * cw_asked_find() - find the request that a response answers
 * @context: of the response
 * @asked: result
 *
 * Return: true if the request was written on this host.
 */
bool cw_asked_find(const struct cw_context *context, struct cw_asked *asked);

/* Notes that current begins recvmmsg(). */
void cw_batch_begin(void);

/**
 * cw_batch_mixed() - one more datagram is read by the same recvmmsg()
 * @message: its message id, 0: none
 *
 * Return: true if it is not of the same message as those before it.
 */
bool cw_batch_mixed(u64 message);

/*
 * Make the tables (without memory nothing is remembered); free them when no hook and no tap runs.
 * Process context, cw_control_mutex held.
 */
void cw_channel_open(void);
void cw_channel_close(void);

#endif
