// SPDX-License-Identifier: GPL-2.0
/*
 * Builds the messages of a trace and links them: a message's parent is the message
 * whose server span wrote it.  Where the parent was not seen, the message stays a
 * tree of its own.  Pure, no locks.
 */
#include "trace.h"

#include <stdlib.h>

#include "chain.h"

static int compare_u64(u64 a, u64 b)
{
	return (a > b) - (a < b);
}

static int compare_seen(const void *a, const void *b)
{
	const struct cw_event *x = &((const struct cw_seen *)a)->event;
	const struct cw_event *y = &((const struct cw_seen *)b)->event;
	int order = compare_u64(x->message, y->message);

	if (!order)
		order = compare_u64(x->time, y->time);
	if (order)
		return order;
	/* Two stages may fall within one tick of the clock. */
	return (int)cw_stage_order(x->stage) - (int)cw_stage_order(y->stage);
}

static int compare_message(const void *a, const void *b)
{
	const struct cw_message *x = a, *y = b;
	int order = compare_u64(x->first, y->first);

	return order ? order : compare_u64(x->id, y->id);
}

static int compare_span(const void *a, const void *b)
{
	const struct cw_span_ref *x = a, *y = b;
	int order = compare_u64(x->span, y->span);

	return order ? order : (x->message > y->message) - (x->message < y->message);
}

/* Takes the first event at an end that knows its thread, else the first one. */
static void set_actor(struct cw_actor *actor, const struct cw_seen *seen)
{
	if (actor->known && (actor->task || !seen->event.task))
		return;
	actor->known = true;
	actor->task = seen->event.task;
	actor->host = (u16)seen->host;
	actor->netns = seen->event.netns;
	if (seen->event.flow)
		actor->flow = seen->event.flow;
}

static void set_ends(struct cw_message *message, const struct cw_seen *seen)
{
	const struct cw_event *event = &seen->event;
	bool response = event->flags & CW_EVENT_RESPONSE;
	bool sends = event->stage == CW_STAGE_SEND || event->stage == CW_STAGE_TCP_OUT;
	bool application = event->stage == CW_STAGE_SEND || event->stage == CW_STAGE_RECV;

	message->root |= !!(event->flags & CW_EVENT_ROOT);
	if (!sends && event->stage != CW_STAGE_TCP_IN && event->stage != CW_STAGE_RECV)
		return;
	if (sends != response) {
		set_actor(&message->client, seen);
		if (application && event->span)
			message->parent_span = event->span;
	} else {
		set_actor(&message->server, seen);
		if (application && event->span)
			message->server_span = event->span;
	}
}

static void build_message(struct cw_trace *trace, struct cw_seen *seen, u32 events,
			  const struct cw_hosts *hosts)
{
	struct cw_message *message = &trace->message[trace->messages++];
	u32 i;

	memset(message, 0, sizeof(*message));
	message->id = seen->event.message;
	message->first = seen->event.time;
	message->last = seen[events - 1].event.time;
	message->parent = message->child = message->sibling = CW_NONE;
	for (i = 0; i < events; i++)
		set_ends(message, &seen[i]);
	cw_chain_build(trace, message, seen, events, hosts);
}

static u32 index_spans(struct cw_trace *trace)
{
	u32 i, spans = 0;

	for (i = 0; i < trace->messages; i++) {
		if (!trace->message[i].server_span)
			continue;
		trace->span[spans].span = trace->message[i].server_span;
		trace->span[spans++].message = (s32)i;
	}
	qsort(trace->span, spans, sizeof(*trace->span), compare_span);
	return spans;
}

static s32 find_span(const struct cw_trace *trace, u32 spans, u64 span)
{
	u32 from = 0, to = spans;

	while (from < to) {
		u32 middle = from + (to - from) / 2;

		if (trace->span[middle].span < span)
			from = middle + 1;
		else
			to = middle;
	}
	return from < spans && trace->span[from].span == span ? trace->span[from].message : CW_NONE;
}

/* Damaged or forged spans may claim a ring or no end; a tree has neither. */
static bool is_above(const struct cw_trace *trace, s32 message, s32 of)
{
	u32 steps;

	for (steps = 0; of != CW_NONE; of = trace->message[of].parent)
		if (of == message || ++steps == CW_DEPTH_MAX)
			return true;
	return false;
}

static void link_messages(struct cw_trace *trace)
{
	u32 spans = index_spans(trace), i;

	/* Backwards, so that each list of children is by time. */
	for (i = trace->messages; i-- > 0;) {
		struct cw_message *message = &trace->message[i], *parent;
		s32 found;

		if (!message->parent_span)
			continue;
		found = find_span(trace, spans, message->parent_span);
		if (found == CW_NONE || is_above(trace, (s32)i, found))
			continue;
		parent = &trace->message[found];
		message->parent = found;
		message->sibling = parent->child;
		parent->child = (s32)i;
	}
}

static void set_depths(struct cw_trace *trace)
{
	s32 up;
	u32 i;

	for (i = 0; i < trace->messages; i++) {
		struct cw_message *message = &trace->message[i];

		for (up = message->parent; up != CW_NONE; up = trace->message[up].parent)
			if (++message->depth == CW_DEPTH_MAX)
				break;
	}
}

int cw_trace_build(struct cw_trace *trace, const struct cw_hosts *hosts)
{
	u32 from, to;

	if (!trace->events)
		return -ENODATA;
	if (trace->events > trace->capacity)
		return -ENOSPC;
	qsort(trace->seen, trace->events, sizeof(*trace->seen), compare_seen);
	memcpy(trace->id, trace->seen->event.trace_id, CW_TRACE_ID_LEN);
	trace->messages = trace->hops = 0;
	trace->first = ~0ULL;
	trace->last = 0;
	for (from = 0; from < trace->events; from = to) {
		const struct cw_message *message = &trace->message[trace->messages];

		for (to = from + 1; to < trace->events; to++)
			if (trace->seen[to].event.message != trace->seen[from].event.message)
				break;
		build_message(trace, trace->seen + from, to - from, hosts);
		if (message->first < trace->first)
			trace->first = message->first;
		if (message->last > trace->last)
			trace->last = message->last;
	}
	qsort(trace->message, trace->messages, sizeof(*trace->message), compare_message);
	link_messages(trace);
	set_depths(trace);
	return 0;
}

static u64 clip_time(u64 time, u64 from, u64 to)
{
	if (time < from)
		return from;
	return time > to ? to : time;
}

bool cw_trace_own_time(const struct cw_trace *trace, s32 index, u64 *own, u64 *children)
{
	const struct cw_message *message = &trace->message[index];
	const struct cw_hop *read, *write;
	u64 covered, from, to;
	s32 child;

	read = cw_chain_find(trace, &message->chain[CW_REQUEST], CW_STAGE_RECV);
	write = cw_chain_find(trace, &message->chain[CW_RESPONSE], CW_STAGE_SEND);
	if (!read || !write || write->first < read->first)
		return false;
	covered = read->first;
	*children = 0;
	/* The children stand in the order of their beginning: one sweep unites them. */
	for (child = message->child; child != CW_NONE; child = trace->message[child].sibling) {
		from = clip_time(trace->message[child].first, covered, write->first);
		to = clip_time(trace->message[child].last, covered, write->first);
		*children += to - from;
		covered = to;
	}
	*own = write->first - read->first - *children;
	return true;
}
