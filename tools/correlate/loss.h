/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets that were lost on the way and sent again, and how much of the time between two
 * hops the loss explains.  Pure.
 */
#ifndef CW_LOSS_H
#define CW_LOSS_H

#include "trace.h"

/**
 * struct cw_loss - a run's first bytes did not get from one hop to the next at once
 * @again: the retransmission that got there
 * @drop: where a copy of them died; NULL: not seen
 * @retransmits: how many retransmissions it took
 * @ns: from the first copy at the one hop to @again
 */
struct cw_loss {
	const struct cw_hop *again;
	const struct cw_hop *drop;
	u32 retransmits;
	u64 ns;
};

/**
 * cw_loss_between - was a run's beginning lost between two hops?
 * @trace: of the chain
 * @chain: of the hops
 * @from: a hop
 * @to: the next one
 * @loss: result
 *
 * A retransmission in between is no proof: it may have been needless, and something else
 * took the time.  Its copy must have been seen to pass where the first one did not.
 *
 * Return: whether it was lost.
 * Context: any.
 */
bool cw_loss_between(const struct cw_trace *trace, const struct cw_chain *chain,
		     const struct cw_hop *from, const struct cw_hop *to, struct cw_loss *loss);

/**
 * cw_loss_rest - what retransmissions cost the rest of a run
 * @trace: of the chain
 * @chain: of the run
 * @from: time from which its reader waits for more
 * @to: time of the last byte
 * @ns: result, by CW_RETRANSMIT_*: sum of the silences that such retransmissions ended; all
 *	together at most @to - @from
 *
 * Return: how many there were.
 * Context: any.
 */
u32 cw_loss_rest(const struct cw_trace *trace, const struct cw_chain *chain, u64 from, u64 to,
		 u64 ns[CW_RETRANSMIT_PROBE + 1]);

/**
 * cw_loss_hole - was there a hole before a run that came out of order?
 * @trace: of all messages
 * @chain: of the run
 * @from: its TCP_IN
 * @to: its READY
 *
 * Looks among the messages of the same trace on the same connection.
 *
 * Return: the retransmission that filled it, or NULL.
 * Context: any.
 */
const struct cw_hop *cw_loss_hole(const struct cw_trace *trace, const struct cw_chain *chain,
				  const struct cw_hop *from, const struct cw_hop *to);

/**
 * cw_loss_kind - why TCP sent something again
 * @again: a RETRANSMIT
 *
 * Return: words, such as "timeout"; "?" where the kernel did not say.
 * Context: any.
 */
const char *cw_loss_kind(const struct cw_hop *again);

#endif
