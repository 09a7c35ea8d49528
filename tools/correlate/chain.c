// SPDX-License-Identifier: GPL-2.0
/*
 * The way of one message: which direction each of its events belongs to, and the
 * hops of each direction in order.  Sockets say the direction themselves; a device
 * does not know it, so there the start of the run decides, else the addresses.
 * Pure, no locks.
 */
#include "trace.h"

#define MEMO 8

/* What tells the two directions of one message apart. */
struct clues {
	const struct cw_hosts *hosts;
	bool known[2];
	u32 start[2];			 /* sequence number of the run's first byte */
	const struct cw_seen *socket[4]; /* by direction and by being the sender's side */
	struct {
		u32 host;
		u32 flow;
		u8 direction;
	} memo[MEMO];
	u32 memos;
};

static bool is_device(const struct cw_event *event)
{
	return event->stage >= CW_STAGE_DEV_QUEUE && event->stage <= CW_STAGE_DEV_RX;
}

static bool is_sender(const struct cw_event *event)
{
	return event->stage == CW_STAGE_SEND || event->stage == CW_STAGE_TCP_OUT ||
	       event->stage == CW_STAGE_RETRANSMIT;
}

static bool names_start(const struct cw_event *event)
{
	return event->flags & CW_EVENT_RUN_START || event->stage == CW_STAGE_TCP_OUT ||
	       event->stage == CW_STAGE_TCP_IN;
}

static void find_clues(struct clues *clues, const struct cw_seen *seen, u32 events)
{
	u32 i;

	for (i = 0; i < events; i++) {
		const struct cw_event *event = &seen[i].event;
		unsigned int direction = !!(event->flags & CW_EVENT_RESPONSE);
		unsigned int side = direction * 2 + is_sender(event);

		if (is_device(event))
			continue;
		if (event->flow && !clues->socket[side])
			clues->socket[side] = &seen[i];
		if (names_start(event) && !clues->known[direction]) {
			clues->known[direction] = true;
			clues->start[direction] = event->seq;
		}
	}
}

static bool same_way(const struct cw_flow_def *a, const struct cw_flow_def *b)
{
	return a->source_port == b->source_port && a->destination_port == b->destination_port &&
	       !memcmp(a->source, b->source, sizeof(a->source)) &&
	       !memcmp(a->destination, b->destination, sizeof(a->destination));
}

static bool opposite_way(const struct cw_flow_def *a, const struct cw_flow_def *b)
{
	return a->source_port == b->destination_port && a->destination_port == b->source_port &&
	       !memcmp(a->source, b->destination, sizeof(a->source)) &&
	       !memcmp(a->destination, b->source, sizeof(a->destination));
}

static const struct cw_flow_def *find_flow(const struct cw_hosts *hosts, const struct cw_seen *seen)
{
	const union cw_record *record;

	record = cw_host_lookup(hosts, seen->host, CW_RECORD_FLOW, seen->event.flow);
	return record ? &record->flow : NULL;
}

static u8 place_by_address(const struct clues *clues, const struct cw_seen *seen)
{
	const struct cw_flow_def *packet = find_flow(clues->hosts, seen), *socket;
	unsigned int side;

	for (side = 0; side < 4 && packet; side++) {
		if (!clues->socket[side])
			continue;
		socket = find_flow(clues->hosts, clues->socket[side]);
		/* A socket's flow runs from its own address: along what it sends. */
		if (socket && same_way(packet, socket))
			return side & 1 ? side / 2 : !(side / 2);
		if (socket && opposite_way(packet, socket))
			return side & 1 ? !(side / 2) : side / 2;
	}
	return CW_UNPLACED;
}

static u8 recall(const struct clues *clues, const struct cw_seen *seen)
{
	u32 i;

	for (i = 0; i < clues->memos; i++)
		if (clues->memo[i].host == seen->host && clues->memo[i].flow == seen->event.flow)
			return clues->memo[i].direction;
	return CW_UNPLACED;
}

static void remember(struct clues *clues, const struct cw_seen *seen, u8 direction)
{
	if (clues->memos == MEMO || !seen->event.flow || recall(clues, seen) != CW_UNPLACED)
		return;
	clues->memo[clues->memos].host = seen->host;
	clues->memo[clues->memos].flow = seen->event.flow;
	clues->memo[clues->memos++].direction = direction;
}

static u8 place_by_start(const struct clues *clues, u32 seq)
{
	bool request = clues->known[CW_REQUEST] && clues->start[CW_REQUEST] == seq;
	bool response = clues->known[CW_RESPONSE] && clues->start[CW_RESPONSE] == seq;

	if (request == response)
		return CW_UNPLACED;
	return request ? CW_REQUEST : CW_RESPONSE;
}

static void place(struct clues *clues, struct cw_seen *seen)
{
	u8 direction;

	if (!is_device(&seen->event)) {
		seen->direction = !!(seen->event.flags & CW_EVENT_RESPONSE);
		return;
	}
	direction = place_by_start(clues, seen->event.seq);
	if (direction == CW_UNPLACED)
		direction = recall(clues, seen);
	if (direction == CW_UNPLACED)
		direction = place_by_address(clues, seen);
	if (direction != CW_UNPLACED)
		remember(clues, seen, direction);
	seen->direction = direction;
}

static bool same_place(const struct cw_hop *hop, const struct cw_seen *seen)
{
	if (hop->stage != seen->event.stage || hop->host != seen->host)
		return false;
	return !is_device(&seen->event) ||
	       (hop->device == seen->event.device && hop->netns == seen->event.netns);
}

static void add_event(struct cw_hop *hop, const struct cw_event *event)
{
	/* Events come by time: the first one stands. */
	if (!hop->count++) {
		hop->first = event->time;
		hop->late = event->flags & CW_EVENT_LATE;
		hop->bare = event->flags & CW_EVENT_BARE;
	}
	hop->last = event->time;
	hop->bytes += event->length;
	if (!hop->task)
		hop->task = event->task;
	if (!hop->flow)
		hop->flow = event->flow;
}

static void add_hop(struct cw_trace *trace, struct cw_chain *chain, const struct cw_seen *seen)
{
	struct cw_hop *hop = trace->hop + chain->hop;
	u32 i;

	if (seen->event.stage == CW_STAGE_RETRANSMIT) {
		chain->retransmits++;
		chain->retransmitted = seen->event.time;
		return;
	}
	for (i = 0; i < chain->hops; i++)
		if (same_place(&hop[i], seen))
			break;
	if (i == chain->hops) {
		memset(&hop[i], 0, sizeof(hop[i]));
		hop[i].stage = seen->event.stage;
		hop[i].host = (u16)seen->host;
		hop[i].netns = seen->event.netns;
		hop[i].device = is_device(&seen->event) ? seen->event.device : 0;
		chain->hops++;
		trace->hops++;
	}
	add_event(&hop[i], &seen->event);
}

const struct cw_hop *cw_chain_find(const struct cw_trace *trace, const struct cw_chain *chain,
				   u8 stage)
{
	u32 i;

	for (i = 0; i < chain->hops; i++)
		if (trace->hop[chain->hop + i].stage == stage)
			return &trace->hop[chain->hop + i];
	return NULL;
}

static s32 end_host(const struct cw_trace *trace, const struct cw_chain *chain, u8 stage, u8 other)
{
	const struct cw_hop *hop = cw_chain_find(trace, chain, stage);

	if (!hop)
		hop = cw_chain_find(trace, chain, other);
	return hop ? hop->host : CW_NONE;
}

/*
 * Ends are ends whatever the clocks say, and a device of the sender's host comes
 * before one of the receiver's; between hops of equal rank time decides.
 */
static unsigned int rank(const struct cw_hop *hop, s32 sender, s32 receiver)
{
	switch (hop->stage) {
	case CW_STAGE_SEND:
		return 0;
	case CW_STAGE_TCP_OUT:
		return 1;
	case CW_STAGE_TCP_IN:
		return 5;
	case CW_STAGE_RECV:
		return 6;
	}
	if (sender == receiver)
		return 3;
	if (hop->host == sender)
		return 2;
	return hop->host == receiver ? 4 : 3;
}

static void sort_chain(struct cw_trace *trace, const struct cw_chain *chain)
{
	s32 sender = end_host(trace, chain, CW_STAGE_SEND, CW_STAGE_TCP_OUT);
	s32 receiver = end_host(trace, chain, CW_STAGE_RECV, CW_STAGE_TCP_IN);
	struct cw_hop *hop = trace->hop + chain->hop;
	u32 i, j;

	/* Few and nearly sorted. */
	for (i = 1; i < chain->hops; i++) {
		struct cw_hop moved = hop[i];

		for (j = i;
		     j && rank(&hop[j - 1], sender, receiver) > rank(&moved, sender, receiver); j--)
			hop[j] = hop[j - 1];
		hop[j] = moved;
	}
}

void cw_chain_build(struct cw_trace *trace, struct cw_message *message, struct cw_seen *seen,
		    u32 events, const struct cw_hosts *hosts)
{
	struct clues clues = { .hosts = hosts };
	unsigned int direction;
	u32 i;

	find_clues(&clues, seen, events);
	for (i = 0; i < events; i++)
		place(&clues, &seen[i]);
	for (direction = CW_REQUEST; direction <= CW_RESPONSE; direction++) {
		struct cw_chain *chain = &message->chain[direction];

		chain->hop = trace->hops;
		for (i = 0; i < events; i++)
			if (seen[i].direction == direction)
				add_hop(trace, chain, &seen[i]);
		sort_chain(trace, chain);
	}
	for (i = 0; i < events; i++)
		message->unplaced += seen[i].direction == CW_UNPLACED;
}
