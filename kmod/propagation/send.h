/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sending half of the carrier: which segment takes which form of the TCP option.  Values
 * in, values out and state changed; the bytes are netfilter's business.
 */
#ifndef CW_PROPAGATION_SEND_H
#define CW_PROPAGATION_SEND_H

#include "lib/option.h"
#include "state/sock.h"

/**
 * struct cw_segment - a segment that is about to leave
 * @seq: of its first byte
 * @length: of its payload; of a GSO skb, of all of it
 * @room: bytes free for options
 * @mtu_room: bytes by which each packet may grow
 * @known: it belongs to a run, of which the next three are copies
 * @start: first byte of the run
 * @message: its message id; 0: none
 * @run: its number
 * @option: what it is to carry; type ABSENT: nothing
 *
 * It is chosen, written and reported without a lock held all the while: so it holds values,
 * and no pointer to a run.
 */
struct cw_segment {
	u32 seq;
	u32 length;
	unsigned int room;
	unsigned int mtu_room;
	u32 start;
	u64 message;
	u8 run;
	bool known;
	struct cw_option option;
};

/* Does it begin with its run's first byte? */
static inline bool cw_segment_first(const struct cw_segment *segment)
{
	return segment->known && segment->start == segment->seq;
}

/**
 * cw_carry_due() - quick test: may a segment have to carry anything
 * @s: state of its socket
 * @seq: of its first byte
 * @length: of its payload
 *
 * Return: false for what is none of cw_carry_choose()'s business.  A segment leaves after the
 *	write that began its run, so what is read here is not older than that.
 * Context: process or softirq, RCU read lock.
 */
static inline bool cw_carry_due(const struct cw_sock *s, u32 seq, u32 length)
{
	u8 last = READ_ONCE(s->tx_last);

	if (READ_ONCE(s->peer.ack_due))
		return true;
	if (!length || last == CW_LAST_NONE)
		return false;
	/* Behind the first byte of the last run, which left with its mark. */
	return last == CW_LAST_BARE || READ_ONCE(s->policy.mark_every) ||
	       !cw_after(seq, READ_ONCE(s->tx_last_start));
}

/**
 * cw_carry_choose() - what a segment is to carry
 * @s: state of its socket
 * @segment: seq, length and rooms given; the rest is filled in
 *
 * Also counts why a mark that was due cannot go.
 *
 * Context: process or softirq, RCU read lock; takes cw_sock.lock.
 */
void cw_carry_choose(struct cw_sock *s, struct cw_segment *segment);

/**
 * cw_carry_sent() - the segment leaves
 * @s: state of its socket
 * @segment: as cw_carry_choose() left it; option.type set to ABSENT where it could not be written
 *
 * Counts, remembers, and emits the TCP_OUT event, unless its run is gone by now.
 *
 * Context: as cw_carry_choose().
 */
void cw_carry_sent(struct cw_sock *s, struct cw_segment *segment);

/**
 * cw_carry_window_wait() - how long a connection has waited for its receiver's window
 * @sk: established socket
 *
 * Return: jiffies in all (as tcpi_rwnd_limited), modulo 2^32; without the socket's own lock
 *	perhaps too few or too many, while that begins or ends.
 * Context: any.
 */
u32 cw_carry_window_wait(const struct sock *sk);

/* The last run, or whether it was marked, has changed: cw_carry_due() reads both.  Lock held. */
void cw_carry_run_changed(struct cw_sock *s);

/**
 * cw_carry_retransmitted() - TCP has sent bytes again
 * @sk: established socket
 * @seq: first of them
 * @length: how many
 *
 * Emits the RETRANSMIT event, with the time at which TCP decided so: it comes before those of
 * the packet's own stages.
 *
 * Context: softirq or process, the socket's own lock held, RCU read lock.
 */
void cw_carry_retransmitted(const struct sock *sk, u32 seq, u32 length);

#endif
