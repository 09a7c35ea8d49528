// SPDX-License-Identifier: GPL-2.0
/*
 * Sorts the events of one message into its two directions, and makes the hops of each
 * direction in order.  Sockets tell the direction themselves; a device does not know it,
 * so there the start of the run decides, else the addresses.
 * Pure, no locks.
 */
#include "chain.h"

#include <netinet/in.h>

#define MEMO 8

/* Clues that tell the two directions of one message apart. */
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

/* The order of the stages on a packet's way; 0: the stage does not lie on it. */
static const u8 ORDER[CW_STAGE_MAX + 1] = {
	[CW_STAGE_SEND] = 1,	   [CW_STAGE_TCP_OUT] = 2,     [CW_STAGE_RETRANSMIT] = 3,
	[CW_STAGE_DEV_QUEUE] = 4,  [CW_STAGE_DEV_DEQUEUE] = 5, [CW_STAGE_DEV_XMIT] = 6,
	[CW_STAGE_DEV_ARRIVE] = 7, [CW_STAGE_DEV_RX] = 8,      [CW_STAGE_DROP] = 9,
	[CW_STAGE_TCP_IN] = 10,	   [CW_STAGE_READY] = 11,      [CW_STAGE_WAKE] = 12,
	[CW_STAGE_RECV] = 13,
};

unsigned int cw_stage_order(u8 stage)
{
	return stage <= CW_STAGE_MAX ? ORDER[stage] : 0;
}

/* Whether a device saw the packet, which tells nothing of the socket. */
static bool is_device(const struct cw_event *event)
{
	switch (event->stage) {
	case CW_STAGE_DEV_QUEUE:
	case CW_STAGE_DEV_DEQUEUE:
	case CW_STAGE_DEV_XMIT:
	case CW_STAGE_DEV_ARRIVE:
	case CW_STAGE_DEV_RX:
	case CW_STAGE_DROP:
		return true;
	}
	return false;
}

/* Whether the event is an incident, not a hop of the way. */
static bool is_note(const struct cw_event *event)
{
	return event->stage == CW_STAGE_RETRANSMIT || event->stage == CW_STAGE_DROP;
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
		/* A socket's flow runs from its own address, like the packets that it sends. */
		if (socket && same_way(packet, socket))
			return side & 1 ? side / 2 : !(side / 2);
		if (socket && opposite_way(packet, socket))
			return side & 1 ? !(side / 2) : side / 2;
	}
	return CW_UNPLACED;
}

static u8 recall_direction(const struct clues *clues, const struct cw_seen *seen)
{
	u32 i;

	for (i = 0; i < clues->memos; i++)
		if (clues->memo[i].host == seen->host && clues->memo[i].flow == seen->event.flow)
			return clues->memo[i].direction;
	return CW_UNPLACED;
}

static void remember_direction(struct clues *clues, const struct cw_seen *seen, u8 direction)
{
	if (clues->memos == MEMO || !seen->event.flow ||
	    recall_direction(clues, seen) != CW_UNPLACED)
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

/* Whether the packet has no sequence number: then its trailer tells the direction. */
static bool is_datagram(const struct clues *clues, const struct cw_seen *seen)
{
	const struct cw_flow_def *flow;

	if (seen->event.seq)
		return false;
	flow = find_flow(clues->hosts, seen);
	return flow && flow->protocol && flow->protocol != IPPROTO_TCP;
}

static void place_event(struct clues *clues, struct cw_seen *seen)
{
	u8 direction;

	if (!is_device(&seen->event) || seen->event.flags & CW_EVENT_RESPONSE ||
	    is_datagram(clues, seen)) {
		seen->direction = !!(seen->event.flags & CW_EVENT_RESPONSE);
		return;
	}
	direction = place_by_start(clues, seen->event.seq);
	if (direction == CW_UNPLACED)
		direction = recall_direction(clues, seen);
	if (direction == CW_UNPLACED)
		direction = place_by_address(clues, seen);
	if (direction != CW_UNPLACED)
		remember_direction(clues, seen, direction);
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
	/* Events come in the order of time: the first one counts. */
	if (!hop->count++) {
		hop->first = event->time;
		hop->detail = event->detail;
		hop->seq = event->seq;
		hop->flags = event->flags;
		hop->late = event->flags & CW_EVENT_LATE;
		hop->bare = event->flags & CW_EVENT_BARE;
	}
	if ((s32)(event->seq - hop->seq) < 0)
		hop->seq = event->seq;
	hop->last = event->time;
	hop->bytes += event->length;
	if (!hop->task)
		hop->task = event->task;
	if (!hop->flow)
		hop->flow = event->flow;
}

static u8 protocol_of(const struct cw_hosts *hosts, const struct cw_seen *seen)
{
	const struct cw_flow_def *flow = find_flow(hosts, seen);

	return flow && flow->protocol != IPPROTO_TCP ? flow->protocol : 0;
}

static void begin_hop(struct cw_hop *hop, const struct cw_seen *seen, const struct cw_hosts *hosts)
{
	memset(hop, 0, sizeof(*hop));
	hop->stage = seen->event.stage;
	hop->host = (u16)seen->host;
	hop->netns = seen->event.netns;
	hop->device = is_device(&seen->event) ? seen->event.device : 0;
	hop->protocol = protocol_of(hosts, seen);
}

/* Whether an empty queue let the run pass at once: only a packet behind it waited there. */
static bool is_passed(const struct cw_trace *trace, const struct cw_chain *chain,
		      const struct cw_seen *seen)
{
	const struct cw_hop *hop = trace->hop + chain->hop;
	struct cw_seen sent = *seen;
	u32 i;

	sent.event.stage = CW_STAGE_DEV_XMIT;
	for (i = 0; seen->event.stage == CW_STAGE_DEV_DEQUEUE && i < chain->hops; i++)
		if (same_place(&hop[i], &sent))
			return true;
	return false;
}

static void add_hop(struct cw_trace *trace, struct cw_chain *chain, const struct cw_seen *seen,
		    const struct cw_hosts *hosts)
{
	struct cw_hop *hop = trace->hop + chain->hop;
	u32 i;

	for (i = 0; i < chain->hops; i++)
		if (same_place(&hop[i], seen))
			break;
	if (i == chain->hops && is_passed(trace, chain, seen)) {
		chain->beside++;
		return;
	}
	if (i == chain->hops) {
		begin_hop(&hop[i], seen, hosts);
		chain->hops++;
		trace->hops++;
	}
	add_event(&hop[i], &seen->event);
}

static void add_note(struct cw_trace *trace, struct cw_chain *chain, const struct cw_seen *seen,
		     const struct cw_hosts *hosts, u64 before)
{
	struct cw_hop *note = trace->hop + chain->hop + chain->hops + chain->notes++;

	trace->hops++;
	begin_hop(note, seen, hosts);
	add_event(note, &seen->event);
	note->last = before ? before : note->first;
	if (note->stage == CW_STAGE_RETRANSMIT) {
		chain->retransmits++;
		chain->retransmitted = note->first;
	}
}

static bool is_device_hop(const struct cw_hop *hop)
{
	const struct cw_event event = { .stage = hop->stage };

	return is_device(&event);
}

/*
 * Leaves out devices that only later packets passed, by another way than the first one (a
 * bond's other member): they tell nothing of the first packet's time, and the last packet may
 * leave them after the first one has arrived.
 */
static void leave_out_others(struct cw_trace *trace, struct cw_chain *chain)
{
	struct cw_hop *hop = trace->hop + chain->hop;
	bool known = false;
	u32 i, first = 0, kept = 0;

	for (i = 0; i < chain->hops; i++) {
		if (!is_device_hop(&hop[i]) || (known && (s32)(hop[i].seq - first) >= 0))
			continue;
		first = hop[i].seq;
		known = true;
	}
	for (i = 0; i < chain->hops; i++)
		if (!is_device_hop(&hop[i]) || hop[i].seq == first)
			hop[kept++] = hop[i];
		else
			chain->beside += hop[i].count;
	trace->hops -= chain->hops - kept;
	chain->hops = kept;
}

static void build_chain(struct cw_trace *trace, struct cw_chain *chain, unsigned int direction,
			const struct cw_seen *seen, u32 events, const struct cw_hosts *hosts)
{
	u64 before = 0;
	u32 i;

	chain->hop = trace->hops;
	for (i = 0; i < events; i++)
		if (seen[i].direction == direction && !is_note(&seen[i].event))
			add_hop(trace, chain, &seen[i], hosts);
	leave_out_others(trace, chain);
	for (i = 0; i < events; i++) {
		if (seen[i].direction != direction)
			continue;
		if (is_note(&seen[i].event))
			add_note(trace, chain, &seen[i], hosts, before);
		before = seen[i].event.time;
	}
}

const struct cw_hop *cw_chain_notes(const struct cw_trace *trace, const struct cw_chain *chain)
{
	return trace->hop + chain->hop + chain->hops;
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
 * The ends stay the ends whatever the clocks say, and a device of the sender's host comes
 * before one of the receiver's; between hops of equal rank time decides.
 */
static unsigned int rank_hop(const struct cw_hop *hop, s32 sender, s32 receiver)
{
	switch (hop->stage) {
	case CW_STAGE_SEND:
		return 0;
	case CW_STAGE_TCP_OUT:
		return 1;
	case CW_STAGE_TCP_IN:
		return 5;
	case CW_STAGE_READY:
		return 6;
	case CW_STAGE_WAKE:
		return 7;
	case CW_STAGE_RECV:
		return 8;
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

	/* An insertion sort: the hops are few and nearly sorted. */
	for (i = 1; i < chain->hops; i++) {
		struct cw_hop moved = hop[i];

		for (j = i; j && rank_hop(&hop[j - 1], sender, receiver) >
					 rank_hop(&moved, sender, receiver);
		     j--)
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
		place_event(&clues, &seen[i]);
	for (direction = CW_REQUEST; direction <= CW_RESPONSE; direction++) {
		struct cw_chain *chain = &message->chain[direction];

		build_chain(trace, chain, direction, seen, events, hosts);
		sort_chain(trace, chain);
	}
	for (i = 0; i < events; i++)
		message->unplaced += seen[i].direction == CW_UNPLACED;
}
