/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The carrier's decisions, for the TCP option: which segment takes which form of it,
 * and what a received option means for a socket.  Values in, values out and state
 * changed; the bytes are netfilter's business.
 */
#ifndef CW_CARRY_H
#define CW_CARRY_H

#include "lib/option.h"
#include "sock.h"

/**
 * struct cw_segment - a segment that is about to leave
 * @seq: of its first byte
 * @length: of its payload; of a GSO skb, of all of it
 * @room: bytes free for options
 * @mtu_room: bytes by which each packet may grow
 * @mark: the run that it belongs to; NULL: none
 * @first: it begins with the run's first byte
 * @option: what it is to carry; type ABSENT: nothing
 */
struct cw_segment {
	u32 seq;
	u32 length;
	unsigned int room;
	unsigned int mtu_room;
	struct cw_mark *mark;
	bool first;
	struct cw_option option;
};

/**
 * cw_carry_due() - quick test: may a segment have to carry anything
 * @s: state of its socket
 * @seq: of its first byte
 * @length: of its payload
 *
 * Return: false for what is certainly none of cw_carry_choose()'s business.
 * Context: process or softirq, the socket's own lock held, under which alone the marks of
 *	what is sent change.
 */
static inline bool cw_carry_due(const struct cw_sock *s, u32 seq, u32 length)
{
	const struct cw_mark *last = s->tx.last;
	u32 flags = READ_ONCE(s->flags);

	if (flags & CW_S_ACK_DUE)
		return true;
	if (!length || !last)
		return false;
	/* Behind the first byte of the last run, which left with its mark. */
	return flags & CW_S_MARK_EVERY || !last->sent || !cw_after(seq, last->start);
}

/**
 * cw_carry_choose() - what a segment is to carry
 * @s: state of its socket
 * @segment: seq, length and rooms given; the rest is filled in
 *
 * Also counts why a mark that was due cannot go.
 *
 * Context: process or softirq, the socket's own lock held (so that the mark stays);
 *	takes cw_sock.lock.
 */
void cw_carry_choose(struct cw_sock *s, struct cw_segment *segment);

/**
 * cw_carry_sent() - the segment leaves
 * @s: state of its socket
 * @segment: as cw_carry_choose() left it; option.type set to ABSENT where it could not be written
 *
 * Counts, remembers, and emits the TCP_OUT event.
 *
 * Context: as cw_carry_choose().
 */
void cw_carry_sent(struct cw_sock *s, struct cw_segment *segment);

/**
 * cw_carry_receive() - a segment with our option has come
 * @sk: established socket that it is for
 * @option: decoded; not ABSENT
 * @seq: of its first byte
 * @length: of its payload
 *
 * The checksum has been verified.
 *
 * Context: softirq, RCU read lock; the socket's own lock is not held.
 */
void cw_carry_receive(struct sock *sk, const struct cw_option *option, u32 seq, u32 length);

/**
 * cw_carry_window_wait() - how long a connection has waited for its receiver's window
 * @sk: established socket
 *
 * Return: jiffies in all (as tcpi_rwnd_limited), modulo 2^32.
 * Context: the socket's own lock held.
 */
u32 cw_carry_window_wait(const struct sock *sk);

/**
 * cw_carry_ready() - data went in order into a socket's queue; its readers are woken
 * @sk: established socket
 *
 * Context: softirq or process, the socket's own lock held, RCU read lock.
 */
void cw_carry_ready(struct sock *sk);

/* A segment of a socket with state is sent again.  The socket's own lock held. */
void cw_carry_retransmitted(struct cw_sock *s, u32 seq, u32 length);

#endif
