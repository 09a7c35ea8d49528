// SPDX-License-Identifier: GPL-2.0
/*
 * Finds losses in the incidents that a chain has beside its hops.  Devices count the copies
 * of a packet that they see, which tells a loss from a retransmission that was needless.
 * Pure, no locks.
 */
#include "loss.h"

#include "chain.h"

/* A shorter wait may be TCP's own work: only a longer one is blamed on a hole. */
#define HOLE_LEAST 1000000 /* ns */

static bool is_retransmit(const struct cw_hop *note)
{
	return note->stage == CW_STAGE_RETRANSMIT;
}

static bool is_socket(u8 stage)
{
	switch (stage) {
	case CW_STAGE_SEND:
	case CW_STAGE_TCP_OUT:
	case CW_STAGE_TCP_IN:
	case CW_STAGE_READY:
	case CW_STAGE_WAKE:
	case CW_STAGE_RECV:
		return true;
	}
	return false;
}

static bool is_within(u64 time, const struct cw_hop *from, const struct cw_hop *to)
{
	return time > from->first && time <= to->first;
}

/* Finds the retransmissions of the run's beginning; the last one counts. */
static void find_retransmits(const struct cw_trace *trace, const struct cw_chain *chain,
			     const struct cw_hop *from, const struct cw_hop *to,
			     struct cw_loss *loss)
{
	const struct cw_hop *note = cw_chain_notes(trace, chain);
	u32 i;

	for (i = 0; i < chain->notes; i++) {
		if (!is_within(note[i].first, from, to))
			continue;
		if (!is_retransmit(&note[i])) {
			loss->drop = &note[i];
		} else if (note[i].flags & CW_EVENT_RUN_START) {
			loss->again = &note[i];
			loss->retransmits++;
		}
	}
}

/* Sockets see a packet once, whatever becomes of it. */
static bool is_missing(const struct cw_hop *from, const struct cw_hop *to, u32 retransmits)
{
	u32 copies = is_socket(from->stage) ? 1 + retransmits : from->count;

	if (!is_socket(to->stage))
		return copies > to->count;
	return copies > 1 && (is_socket(from->stage) || from->last <= to->first);
}

bool cw_loss_between(const struct cw_trace *trace, const struct cw_chain *chain,
		     const struct cw_hop *from, const struct cw_hop *to, struct cw_loss *loss)
{
	memset(loss, 0, sizeof(*loss));
	if (!chain->retransmits)
		return false;
	find_retransmits(trace, chain, from, to, loss);
	if (!loss->again || (!loss->drop && !is_missing(from, to, loss->retransmits)))
		return false;
	loss->ns = loss->again->first - from->first;
	return true;
}

u32 cw_loss_rest(const struct cw_trace *trace, const struct cw_chain *chain, u64 from, u64 to,
		 u64 ns[CW_RETRANSMIT_PROBE + 1])
{
	const struct cw_hop *note = cw_chain_notes(trace, chain);
	u64 covered = from;
	u32 i, found = 0;

	memset(ns, 0, (CW_RETRANSMIT_PROBE + 1) * sizeof(*ns));
	for (i = 0; i < chain->notes; i++) {
		u64 kind = note[i].detail <= CW_RETRANSMIT_PROBE ? note[i].detail : 0;
		u64 silent = note[i].last > covered ? note[i].last : covered;

		if (!is_retransmit(&note[i]) || note[i].first <= from || note[i].first > to)
			continue;
		found++;
		ns[kind] += note[i].first > silent ? note[i].first - silent : 0;
		covered = note[i].first > covered ? note[i].first : covered;
	}
	return found;
}

/* Whether a retransmission brought earlier bytes of the connection while these waited. */
static bool fills_hole(const struct cw_hop *note, const struct cw_hop *sender,
		       const struct cw_hop *from, const struct cw_hop *to)
{
	return is_retransmit(note) && note->host == sender->host && note->flow == sender->flow &&
	       (s32)(note->seq - sender->seq) < 0 && is_within(note->first, from, to);
}

static const struct cw_hop *find_filler(const struct cw_trace *trace, const struct cw_chain *chain,
					const struct cw_hop *sender, const struct cw_hop *from,
					const struct cw_hop *to)
{
	const struct cw_hop *note = cw_chain_notes(trace, chain), *found = NULL;
	u32 i;

	for (i = 0; i < chain->notes; i++)
		if (fills_hole(&note[i], sender, from, to))
			found = &note[i];
	return found;
}

const struct cw_hop *cw_loss_hole(const struct cw_trace *trace, const struct cw_chain *chain,
				  const struct cw_hop *from, const struct cw_hop *to)
{
	const struct cw_hop *sender, *found;
	u32 i;

	if (from->stage != CW_STAGE_TCP_IN || to->stage != CW_STAGE_READY ||
	    to->first < from->first + HOLE_LEAST)
		return NULL;
	sender = cw_chain_find(trace, chain, CW_STAGE_TCP_OUT);
	for (i = 0; i < trace->messages && sender && sender->flow; i++) {
		const struct cw_message *message = &trace->message[i];

		found = find_filler(trace, &message->chain[CW_REQUEST], sender, from, to);
		if (!found)
			found = find_filler(trace, &message->chain[CW_RESPONSE], sender, from, to);
		if (found)
			return found;
	}
	return NULL;
}

const char *cw_loss_kind(const struct cw_hop *again)
{
	static const char *const KINDS[] = {
		[CW_RETRANSMIT_FAST] = "fast",
		[CW_RETRANSMIT_TIMEOUT] = "timeout",
		[CW_RETRANSMIT_PROBE] = "tail loss probe",
	};

	return again->detail && again->detail <= CW_RETRANSMIT_PROBE ? KINDS[again->detail] : "?";
}
