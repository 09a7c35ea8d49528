// SPDX-License-Identifier: GPL-2.0
/*
 * Traces in flight.  They wait in two queues by the time of their latest event: open ones,
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
 * balance: per end of a message, runs that began there less runs that ended there; a trace
 * looks complete when each run that began has ended.
 */
struct cw_trace_in_flight {
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
	store->trace = cw_memory_get(memory, (size_t)limits->traces + 1, sizeof(*store->trace));
	store->slot = cw_memory_get(memory, limits->traces, sizeof(*store->slot));
	store->scratch = cw_memory_get(memory, limits->per_trace, sizeof(*store->scratch));
	if (!store->event || !store->trace || !store->slot || !store->scratch)
		return -ENOMEM;
	return 0;
}

/* A pool is used up in order once, then by its free list: untouched memory costs nothing. */
static u32 take_event(struct cw_store *store)
{
	u32 index = store->free_event;

	if (index)
		store->free_event = store->event[index].next;
	else
		index = store->events + 1;
	store->events++;
	if (store->events > store->peak)
		store->peak = store->events;
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
	struct cw_trace_in_flight *trace = &store->trace[index];
	struct cw_queue *queue = &store->queue[trace->queue];

	if (trace->previous)
		store->trace[trace->previous].next = trace->next;
	else
		queue->head = trace->next;
	if (trace->next)
		store->trace[trace->next].previous = trace->previous;
	else
		queue->tail = trace->previous;
}

static void join_queue(struct cw_store *store, u32 index)
{
	struct cw_trace_in_flight *trace = &store->trace[index];
	struct cw_queue *queue;

	trace->queue = trace->balance[0] == 0 && trace->balance[1] == 0 ? DONE : OPEN;
	queue = &store->queue[trace->queue];
	trace->next = 0;
	trace->previous = queue->tail;
	if (queue->tail)
		store->trace[queue->tail].next = index;
	else
		queue->head = index;
	queue->tail = index;
}

/* Hands over and frees all events of a trace. */
static void emit_events(struct cw_store *store, struct cw_trace_in_flight *trace)
{
	u32 count = 0, index, next;

	for (index = trace->first_event; index; index = next) {
		next = store->event[index].next;
		store->scratch[count++] = store->event[index].seen;
		store->event[index].next = store->free_event;
		store->free_event = index;
	}
	store->events -= count;
	trace->first_event = trace->last_event = trace->events = 0;
	store->emit(store->user, store->scratch, count);
}

static void retire_trace(struct cw_store *store, u32 index)
{
	struct cw_trace_in_flight *trace = &store->trace[index];
	u32 *link = find_slot(store, trace->id);

	leave_queue(store, index);
	while (*link != index)
		link = &store->trace[*link].next_in_slot;
	*link = trace->next_in_slot;
	emit_events(store, trace);
	trace->next = store->free_trace;
	store->free_trace = index;
}

/* Makes room: takes out a complete trace if there is one, else the quietest. */
static void evict_trace(struct cw_store *store)
{
	u32 index = store->queue[DONE].head;

	if (!index) {
		index = store->queue[OPEN].head;
		store->early++;
	}
	retire_trace(store, index);
}

static u32 take_trace(struct cw_store *store, const u8 *id)
{
	u32 *slot = find_slot(store, id), index;

	for (index = *slot; index; index = store->trace[index].next_in_slot)
		if (!memcmp(store->trace[index].id, id, CW_TRACE_ID_LEN))
			return index;
	if (!store->free_trace && store->traces == store->limits.traces)
		evict_trace(store);
	index = store->free_trace;
	if (index)
		store->free_trace = store->trace[index].next;
	else
		index = ++store->traces;
	memset(&store->trace[index], 0, sizeof(store->trace[index]));
	memcpy(store->trace[index].id, id, CW_TRACE_ID_LEN);
	store->trace[index].next_in_slot = *slot;
	*slot = index;
	join_queue(store, index);
	return index;
}

static void weigh_event(struct cw_trace_in_flight *trace, const struct cw_event *event)
{
	bool response = event->flags & CW_EVENT_RESPONSE;

	if (!(event->flags & CW_EVENT_RUN_START))
		return;
	/* The client's end begins by writing, the server's by reading. */
	if (event->stage == CW_STAGE_SEND)
		trace->balance[response] += response ? -1 : 1;
	else if (event->stage == CW_STAGE_RECV)
		trace->balance[!response] += response ? -1 : 1;
}

static void append_event(struct cw_store *store, struct cw_trace_in_flight *trace,
			 const struct cw_seen *seen)
{
	u32 event = take_event(store);

	store->event[event].seen = *seen;
	store->event[event].next = 0;
	if (trace->last_event)
		store->event[trace->last_event].next = event;
	else
		trace->first_event = event;
	trace->last_event = event;
	trace->events++;
	if (seen->event.time > trace->last)
		trace->last = seen->event.time;
}

void cw_store_add(struct cw_store *store, const struct cw_seen *seen)
{
	struct cw_trace_in_flight *trace;
	u32 index;

	while (store->events == store->limits.events)
		evict_trace(store);
	index = take_trace(store, seen->event.trace_id);
	trace = &store->trace[index];
	if (trace->events == store->limits.per_trace) {
		store->split++;
		emit_events(store, trace);
	}
	append_event(store, trace, seen);
	weigh_event(trace, &seen->event);
	leave_queue(store, index);
	join_queue(store, index);
}

static void expire_traces(struct cw_store *store, const struct cw_queue *queue, u64 idle)
{
	while (queue->head && store->trace[queue->head].last + idle < store->now)
		retire_trace(store, queue->head);
}

void cw_store_advance(struct cw_store *store, u64 now)
{
	if (now <= store->now)
		return;
	store->now = now;
	expire_traces(store, &store->queue[OPEN], store->limits.open);
	expire_traces(store, &store->queue[DONE], store->limits.done);
}

void cw_store_flush(struct cw_store *store)
{
	while (store->queue[OPEN].head)
		retire_trace(store, store->queue[OPEN].head);
	while (store->queue[DONE].head)
		retire_trace(store, store->queue[DONE].head);
}
