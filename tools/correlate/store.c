// SPDX-License-Identifier: GPL-2.0
/*
 * Traces in flight.  Two queues by the time of a trace's latest event: open ones
 * and those that look complete, which wait much less.  Index 0 of each pool is
 * never used and means none.  Pure, no locks.
 */
#include "store.h"

enum {
	OPEN,
	DONE,
};

struct cw_stored {
	struct cw_seen seen;
	u32 next;
};

/*
 * balance: per end of a message, runs begun there less runs ended there; a trace
 * looks complete when nothing that was begun is missing its end.
 */
struct cw_flight {
	u8 id[CW_TRACE_ID_LEN];
	u64 last;
	u32 first_event;
	u32 last_event;
	u32 events;
	s32 balance[2];
	u32 next_in_slot;
	u32 previous;
	u32 next;
	u8 queue;
};

int cw_store_init(struct cw_store *store, const struct cw_store_limits *limits,
		  const struct cw_memory *memory, cw_store_emit emit, void *user)
{
	memset(store, 0, sizeof(*store));
	store->limits = *limits;
	store->emit = emit;
	store->user = user;
	store->event = cw_memory_get(memory, (size_t)limits->events + 1, sizeof(*store->event));
	store->flight = cw_memory_get(memory, (size_t)limits->traces + 1, sizeof(*store->flight));
	store->slot = cw_memory_get(memory, limits->traces, sizeof(*store->slot));
	store->scratch = cw_memory_get(memory, limits->per_trace, sizeof(*store->scratch));
	if (!store->event || !store->flight || !store->slot || !store->scratch)
		return -ENOMEM;
	return 0;
}

/* Pools are used up once in order, then from their free lists: untouched memory costs nothing. */
static u32 take_event(struct cw_store *store)
{
	u32 index = store->free_event;

	if (index)
		store->free_event = store->event[index].next;
	else
		index = store->in_flight + 1;
	store->in_flight++;
	if (store->in_flight > store->peak)
		store->peak = store->in_flight;
	return index;
}

static u32 *find_slot(struct cw_store *store, const u8 *id)
{
	u64 a, b;

	memcpy(&a, id, sizeof(a));
	memcpy(&b, id + sizeof(a), sizeof(b));
	return &store->slot[cw_hash(a ^ cw_hash(b)) % store->limits.traces];
}

static void leave_queue(struct cw_store *store, u32 index)
{
	struct cw_flight *flight = &store->flight[index];
	struct cw_queue *queue = &store->queue[flight->queue];

	if (flight->previous)
		store->flight[flight->previous].next = flight->next;
	else
		queue->head = flight->next;
	if (flight->next)
		store->flight[flight->next].previous = flight->previous;
	else
		queue->tail = flight->previous;
}

static void join_queue(struct cw_store *store, u32 index)
{
	struct cw_flight *flight = &store->flight[index];
	struct cw_queue *queue;

	flight->queue = flight->balance[0] == 0 && flight->balance[1] == 0 ? DONE : OPEN;
	queue = &store->queue[flight->queue];
	flight->next = 0;
	flight->previous = queue->tail;
	if (queue->tail)
		store->flight[queue->tail].next = index;
	else
		queue->head = index;
	queue->tail = index;
}

/* Hands over and frees all events of a trace. */
static void emit(struct cw_store *store, struct cw_flight *flight)
{
	u32 count = 0, index, next;

	for (index = flight->first_event; index; index = next) {
		next = store->event[index].next;
		store->scratch[count++] = store->event[index].seen;
		store->event[index].next = store->free_event;
		store->free_event = index;
	}
	store->in_flight -= count;
	flight->first_event = flight->last_event = flight->events = 0;
	store->emit(store->user, store->scratch, count);
}

static void retire(struct cw_store *store, u32 index)
{
	struct cw_flight *flight = &store->flight[index];
	u32 *link = find_slot(store, flight->id);

	leave_queue(store, index);
	while (*link != index)
		link = &store->flight[*link].next_in_slot;
	*link = flight->next_in_slot;
	emit(store, flight);
	flight->next = store->free_flight;
	store->free_flight = index;
}

/* Makes room: a complete trace if there is one, else the quietest. */
static void evict(struct cw_store *store)
{
	u32 index = store->queue[DONE].head;

	if (!index) {
		index = store->queue[OPEN].head;
		store->early++;
	}
	retire(store, index);
}

static u32 take_flight(struct cw_store *store, const u8 *id)
{
	u32 *slot = find_slot(store, id), index;

	for (index = *slot; index; index = store->flight[index].next_in_slot)
		if (!memcmp(store->flight[index].id, id, CW_TRACE_ID_LEN))
			return index;
	if (!store->free_flight && store->flights == store->limits.traces)
		evict(store);
	index = store->free_flight;
	if (index)
		store->free_flight = store->flight[index].next;
	else
		index = ++store->flights;
	memset(&store->flight[index], 0, sizeof(store->flight[index]));
	memcpy(store->flight[index].id, id, CW_TRACE_ID_LEN);
	store->flight[index].next_in_slot = *slot;
	*slot = index;
	join_queue(store, index);
	return index;
}

static void weigh(struct cw_flight *flight, const struct cw_event *event)
{
	bool response = event->flags & CW_EVENT_RESPONSE;

	if (!(event->flags & CW_EVENT_RUN_START))
		return;
	/* The client's end begins by writing, the server's by reading. */
	if (event->stage == CW_STAGE_SEND)
		flight->balance[response] += response ? -1 : 1;
	else if (event->stage == CW_STAGE_RECV)
		flight->balance[!response] += response ? -1 : 1;
}

static void append(struct cw_store *store, struct cw_flight *flight, const struct cw_seen *seen)
{
	u32 event = take_event(store);

	store->event[event].seen = *seen;
	store->event[event].next = 0;
	if (flight->last_event)
		store->event[flight->last_event].next = event;
	else
		flight->first_event = event;
	flight->last_event = event;
	flight->events++;
	if (seen->event.time > flight->last)
		flight->last = seen->event.time;
}

void cw_store_add(struct cw_store *store, const struct cw_seen *seen)
{
	struct cw_flight *flight;
	u32 index;

	while (store->in_flight == store->limits.events)
		evict(store);
	index = take_flight(store, seen->event.trace_id);
	flight = &store->flight[index];
	if (flight->events == store->limits.per_trace) {
		store->split++;
		emit(store, flight);
	}
	append(store, flight, seen);
	weigh(flight, &seen->event);
	leave_queue(store, index);
	join_queue(store, index);
}

static void expire(struct cw_store *store, const struct cw_queue *queue, u64 idle)
{
	while (queue->head && store->flight[queue->head].last + idle < store->now)
		retire(store, queue->head);
}

void cw_store_advance(struct cw_store *store, u64 now)
{
	if (now <= store->now)
		return;
	store->now = now;
	expire(store, &store->queue[OPEN], store->limits.open);
	expire(store, &store->queue[DONE], store->limits.done);
}

void cw_store_flush(struct cw_store *store)
{
	while (store->queue[OPEN].head)
		retire(store, store->queue[OPEN].head);
	while (store->queue[DONE].head)
		retire(store, store->queue[DONE].head);
}
