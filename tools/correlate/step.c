// SPDX-License-Identifier: GPL-2.0
/*
 * Cuts a message's time into steps.  Pure, no locks.
 */
#include "step.h"

#include "chain.h"
#include "gap.h"
#include "loss.h"

static const struct {
	const char *key;
	const char *name;
} CAUSES[] = {
	[CW_CAUSE_UNKNOWN] = { "unknown", NULL },
	[CW_CAUSE_SENDER] = { "sender", NULL },
	[CW_CAUSE_WINDOW] = { "window", "receiver's window closed" },
	[CW_CAUSE_FAST] = { "retransmission_fast", "retransmission (fast)" },
	[CW_CAUSE_TIMEOUT] = { "retransmission_timeout", "retransmission (timeout)" },
	[CW_CAUSE_PROBE] = { "retransmission_probe", "retransmission (tail loss probe)" },
	[CW_CAUSE_HOLE] = { "hole", "head-of-line blocking: what came before was lost" },
	[CW_CAUSE_STACK] = { "stack", NULL },
	[CW_CAUSE_QDISC] = { "qdisc", NULL },
	[CW_CAUSE_DRIVER] = { "driver", NULL },
	[CW_CAUSE_WIRE] = { "wire", NULL },
	[CW_CAUSE_BACKLOG] = { "backlog", NULL },
	[CW_CAUSE_ORDER] = { "socket", NULL },
	[CW_CAUSE_SCHEDULING] = { "scheduling", NULL },
	[CW_CAUSE_APPLICATION] = { "application", NULL },
	[CW_CAUSE_OTHERS] = { "others", NULL },
	[CW_CAUSE_TRANSFER] = { "transfer", NULL },
};

/* A walk over one message. */
struct walk {
	const struct cw_hosts *hosts;
	const struct cw_trace *trace;
	const struct cw_message *message;
	cw_step_visit visit;
	void *user;
};

const char *cw_cause_key(unsigned int cause)
{
	return CAUSES[cause <= CW_CAUSE_MAX ? cause : CW_CAUSE_UNKNOWN].key;
}

const char *cw_cause_name(unsigned int cause)
{
	return CAUSES[cause <= CW_CAUSE_MAX ? cause : CW_CAUSE_UNKNOWN].name;
}

struct cw_place cw_step_place(const struct cw_hop *hop)
{
	struct cw_place place = { .stage = hop->stage };

	if (hop->device) {
		place.host = hop->host;
		place.netns = hop->netns;
		place.device = hop->device;
	} else if (hop->stage == CW_STAGE_TCP_OUT || hop->stage == CW_STAGE_TCP_IN) {
		place.protocol = hop->protocol;
	}
	return place;
}

static u8 cause_at_socket(const struct cw_hop *from, const struct cw_hop *to)
{
	if (cw_gap_is_answer(from, to))
		return CW_CAUSE_STACK;
	if (from->stage == CW_STAGE_TCP_IN && to->stage == CW_STAGE_READY)
		return CW_CAUSE_ORDER;
	if (from->stage == CW_STAGE_TCP_IN || to->stage == CW_STAGE_WAKE)
		return CW_CAUSE_SCHEDULING;
	return CW_CAUSE_APPLICATION;
}

static u8 cause_of(const char *name, const struct cw_hop *from, const struct cw_hop *to)
{
	if (!name)
		return CW_CAUSE_UNKNOWN;
	switch (from->stage) {
	case CW_STAGE_SEND:
		return CW_CAUSE_SENDER;
	case CW_STAGE_DEV_QUEUE:
		return CW_CAUSE_QDISC;
	case CW_STAGE_DEV_DEQUEUE:
		return CW_CAUSE_DRIVER;
	case CW_STAGE_DEV_XMIT:
		if (to->stage == CW_STAGE_DEV_ARRIVE || to->stage == CW_STAGE_DEV_RX)
			return CW_CAUSE_WIRE;
		return CW_CAUSE_STACK;
	case CW_STAGE_DEV_ARRIVE:
		return CW_CAUSE_BACKLOG;
	case CW_STAGE_TCP_IN:
	case CW_STAGE_READY:
	case CW_STAGE_WAKE:
		return cause_at_socket(from, to);
	}
	return CW_CAUSE_STACK;
}

static u8 cause_of_retransmit(u64 kind)
{
	switch (kind) {
	case CW_RETRANSMIT_FAST:
		return CW_CAUSE_FAST;
	case CW_RETRANSMIT_PROBE:
		return CW_CAUSE_PROBE;
	}
	return CW_CAUSE_TIMEOUT;
}

/* Cuts a piece with a cause of its own off a step, which keeps the rest. */
static void cut_piece(const struct walk *walk, struct cw_step *step, u8 cause, u64 ns)
{
	struct cw_step piece = *step;

	piece.cause = cause;
	piece.name = cw_cause_name(cause);
	piece.ns = ns < step->ns ? ns : step->ns;
	step->ns -= piece.ns;
	if (piece.ns)
		walk->visit(walk->user, &piece);
}

static void cut_rest(const struct walk *walk, struct cw_step *step, const struct cw_chain *chain,
		     u64 from, u64 to)
{
	u64 ns[CW_RETRANSMIT_PROBE + 1];
	unsigned int kind;

	if (!chain->retransmits || !cw_loss_rest(walk->trace, chain, from, to, ns))
		return;
	for (kind = 0; kind <= CW_RETRANSMIT_PROBE; kind++)
		cut_piece(walk, step, cause_of_retransmit(kind), ns[kind]);
}

/* The piece belongs to the receiver, which keeps its window closed. */
static void cut_window(const struct walk *walk, struct cw_step *step, const struct cw_chain *chain)
{
	const struct cw_hop *sender = step->begin;
	const struct cw_hop *receiver = cw_chain_find(walk->trace, chain, CW_STAGE_RECV);

	if (receiver)
		step->begin = receiver;
	cut_piece(walk, step, CW_CAUSE_WINDOW, step->end->detail);
	step->begin = sender;
}

static void visit_gap(const struct walk *walk, const struct cw_chain *chain, u8 part,
		      const struct cw_hop *from, const struct cw_hop *to)
{
	const u64 begin = walk->trace->hop[chain->hop].first;
	struct cw_step step = { .part = part,
				.from = cw_step_place(from),
				.to = cw_step_place(to),
				.begin = from,
				.end = to,
				.name = cw_gap_name(walk->hosts, from, to) };
	struct cw_loss loss;

	step.cause = cause_of(step.name, from, to);
	step.backwards = to->first < from->first;
	step.ns = step.backwards ? 0 : to->first - from->first;
	step.offset = from->first > begin ? from->first - begin : 0;
	if (cw_loss_between(walk->trace, chain, from, to, &loss)) {
		step.drop = loss.drop;
		cut_piece(walk, &step, cause_of_retransmit(loss.again->detail), loss.ns);
		step.drop = NULL;
	}
	if (from->stage == CW_STAGE_SEND && to->stage == CW_STAGE_TCP_OUT && !to->protocol)
		cut_window(walk, &step, chain);
	if (cw_loss_hole(walk->trace, chain, from, to))
		cut_piece(walk, &step, CW_CAUSE_HOLE, step.ns);
	walk->visit(walk->user, &step);
}

static void visit_chain(const struct walk *walk, const struct cw_chain *chain, u8 part)
{
	const struct cw_hop *hop = walk->trace->hop + chain->hop;
	u32 i;

	for (i = 0; i + 1 < chain->hops; i++)
		visit_gap(walk, chain, part, &hop[i], &hop[i + 1]);
}

/* No process reads an echo request: the answer follows at once. */
static void visit_answer(const struct walk *walk)
{
	const struct cw_chain *request = &walk->message->chain[CW_REQUEST];
	const struct cw_chain *response = &walk->message->chain[CW_RESPONSE];
	const struct cw_hop *asked, *answered;

	if (!request->hops || !response->hops)
		return;
	asked = &walk->trace->hop[request->hop + request->hops - 1];
	answered = &walk->trace->hop[response->hop];
	if (cw_gap_is_answer(asked, answered))
		visit_gap(walk, request, CW_PART_REQUEST, asked, answered);
}

static void visit_application(const struct walk *walk)
{
	const struct cw_chain *request = &walk->message->chain[CW_REQUEST];
	struct cw_step own = { .part = CW_PART_OWN,
			       .cause = CW_CAUSE_APPLICATION,
			       .name = "the application itself" };
	struct cw_step others = { .part = CW_PART_CHILDREN,
				  .cause = CW_CAUSE_OTHERS,
				  .name = "the application waits for others" };

	if (!cw_trace_own_time(walk->trace, (s32)(walk->message - walk->trace->message), &own.ns,
			       &others.ns))
		return;
	own.begin = others.begin = cw_chain_find(walk->trace, request, CW_STAGE_RECV);
	own.end = others.end =
		cw_chain_find(walk->trace, &walk->message->chain[CW_RESPONSE], CW_STAGE_SEND);
	/* The application could not work on bytes of the request that had not come. */
	cut_rest(walk, &own, request, own.begin->first,
		 own.begin->last < own.end->first ? own.begin->last : own.end->first);
	walk->visit(walk->user, &own);
	if (walk->message->child != CW_NONE)
		walk->visit(walk->user, &others);
}

static void visit_transfer(const struct walk *walk)
{
	const struct cw_chain *response = &walk->message->chain[CW_RESPONSE];
	const struct cw_hop *read = cw_chain_find(walk->trace, response, CW_STAGE_RECV);
	struct cw_step step = { .part = CW_PART_TRANSFER,
				.cause = CW_CAUSE_TRANSFER,
				.name = "reading the response",
				.begin = read,
				.end = read };

	if (!read)
		return;
	step.ns = read->last - read->first;
	cut_rest(walk, &step, response, read->first, read->last);
	walk->visit(walk->user, &step);
}

void cw_step_walk(const struct cw_hosts *hosts, const struct cw_trace *trace, s32 message,
		  cw_step_visit visit, void *user)
{
	const struct walk walk = { hosts, trace, &trace->message[message], visit, user };

	visit_chain(&walk, &walk.message->chain[CW_REQUEST], CW_PART_REQUEST);
	visit_answer(&walk);
	visit_application(&walk);
	visit_chain(&walk, &walk.message->chain[CW_RESPONSE], CW_PART_RESPONSE);
	visit_transfer(&walk);
}
