/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sending half of TCP's carrier: decides which segment takes which form of the option.  Takes
 * and returns plain values, and changes the socket's state; netfilter/ writes the bytes.
 */
#ifndef CW_PROPAGATION_SEND_H
#define CW_PROPAGATION_SEND_H

#include "lib/option.h"
#include "state/sock.h"

/**
 * struct cw_segment - a segment that is about to leave
 * @seq: of its first byte
 * @length: of its payload; for a GSO skb, of the payload of all its segments
 * @room: bytes free for options
 * @mtu_room: bytes by which each packet may grow
 * @known: it belongs to a run, from which the next three members are copied
 * @start: first byte of the run
 * @message: its message id; 0: none
 * @run: its number
 * @option: what it shall carry; type ABSENT: nothing
 *
 * No lock is held from the choice of an option until it is written and reported.  So the structure
 * holds values, and no pointer to a run.
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

/* Does the segment begin with its run's first byte? */
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
 * Return: false: the segment carries nothing, so cw_carry_choose() need not be called.  A segment
 *	leaves after the write that began its run, so what is read here is not older than that.
 * Context: process or softirq, RCU read lock.
 */
static inline bool cw_carry_due(const struct cw_sock *s, u32 seq, u32 length)
{
	u8 last = READ_ONCE(s->tx_last);

	if (READ_ONCE(s->peer.ack_due))
		return true;
	if (!length || last == CW_LAST_NONE)
		return false;
	/* False if the segment is behind the last run's first byte, which left with its mark. */
	return last == CW_LAST_BARE || READ_ONCE(s->policy.mark_every) ||
	       !cw_after(seq, READ_ONCE(s->tx_last_start));
}

/**
 * cw_carry_choose() - choose what a segment shall carry
 * @s: state of its socket
 * @segment: seq, length and rooms are given; the other members are filled in
 *
 * Also counts why a mark that was due cannot go.
 *
 * Context: process or softirq, RCU read lock; takes cw_sock.lock.
 */
void cw_carry_choose(struct cw_sock *s, struct cw_segment *segment);

/**
 * cw_carry_sent() - the segment leaves
 * @s: state of its socket
 * @segment: as cw_carry_choose() filled it in; option.type is ABSENT if it could not be written
 *
 * Counts the option, notes in the run that it left, and emits the TCP_OUT event, unless the run is
 * gone by now.
 *
 * Context: process or softirq, RCU read lock; takes cw_sock.lock.
 */
void cw_carry_sent(struct cw_sock *s, struct cw_segment *segment);

/**
 * cw_carry_window_wait() - how long a connection has waited for its receiver's window
 * @sk: established socket
 *
 * Return: jiffies in all (as tcpi_rwnd_limited), modulo 2^32.  Without the socket's own lock the
 *	number may be wrong for a moment while a wait begins or ends.
 * Context: any.
 */
u32 cw_carry_window_wait(const struct sock *sk);

/* Updates what cw_carry_due() reads, after a change of the last run or its mark.  Lock held. */
void cw_carry_run_changed(struct cw_sock *s);

/**
 * cw_carry_retransmitted() - TCP has sent bytes again
 * @sk: established socket
 * @seq: first of them
 * @length: how many
 *
 * Emits the RETRANSMIT event with the time at which TCP decided to send them, which is before the
 * times of the packet's own stages.
 *
 * Context: softirq or process, the socket's own lock held, RCU read lock.
 */
void cw_carry_retransmitted(const struct sock *sk, u32 seq, u32 length);

#endif
