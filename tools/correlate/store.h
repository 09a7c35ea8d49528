/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traces in flight: events go in as they are read, in any order within a second
 * or two; a trace comes out as a whole when no more events of it are expected.  The
 * room is bounded: when all of it is taken, the trace that was quiet longest comes out early.
 * Pure over memory that is taken once; the caller serialises.
 */
#ifndef CW_STORE_H
#define CW_STORE_H

#include "trace.h"

/**
 * struct cw_store_limits - bounds of room and time
 * @events: events in flight
 * @traces: traces in flight
 * @per_trace: events of one trace; a longer one comes out in pieces
 * @done: ns that a trace is kept for late events when it looks complete
 * @open: ns that a trace is kept without an event when it does not
 */
struct cw_store_limits {
	u32 events;
	u32 traces;
	u32 per_trace;
	u64 done;
	u64 open;
};

/* Room for half a million events in flight, some 40 MB. */
#define CW_STORE_LIMITS                                       \
	((struct cw_store_limits){ .events = 1u << 19,        \
				   .traces = 1u << 16,        \
				   .per_trace = 1u << 15,     \
				   .done = 2 * 1000000000ULL, \
				   .open = 60 * 1000000000ULL })

/**
 * typedef cw_store_emit - takes a trace that is over
 * @user: as given to cw_store_init()
 * @seen: its events in the order in which they were added; the callee may change them
 * @events: how many, at most @per_trace
 */
typedef void (*cw_store_emit)(void *user, struct cw_seen *seen, u32 events);

struct cw_trace_in_flight;
struct cw_stored;

/* A list of traces, the one that was quiet longest first. */
struct cw_queue {
	u32 head;
	u32 tail;
};

/**
 * struct cw_store - set up by cw_store_init()
 * @limits: as given
 * @emit: as given
 * @user: as given
 * @event: pool of events
 * @trace: pool of traces
 * @slot: hash table of traces by id
 * @scratch: one trace's events for @emit
 * @traces: traces ever taken from their pool
 * @free_event: head of the list of free events
 * @free_trace: head of the list of free traces
 * @queue: open traces, complete ones
 * @now: time of the latest cw_store_advance()
 * @events: events in flight
 * @peak: most events ever held
 * @early: traces that came out for want of room while they were open
 * @split: times that a trace came out in pieces
 */
struct cw_store {
	struct cw_store_limits limits;
	cw_store_emit emit;
	void *user;
	struct cw_stored *event;
	struct cw_trace_in_flight *trace;
	u32 *slot;
	struct cw_seen *scratch;
	u32 traces;
	u32 free_event;
	u32 free_trace;
	struct cw_queue queue[2];
	u64 now;
	u32 events;
	u32 peak;
	u64 early;
	u64 split;
};

/**
 * cw_store_init - take the tables
 * @store: set up
 * @limits: each at least 1
 * @memory: gives the memory
 * @emit: called for each trace that is over
 * @user: handed to @emit
 *
 * Return: 0 or -ENOMEM.
 * Context: any.
 */
int cw_store_init(struct cw_store *store, const struct cw_store_limits *limits,
		  const struct cw_memory *memory, cw_store_emit emit, void *user);

/**
 * cw_store_add - add an event
 * @store: takes it in
 * @seen: the event
 *
 * Context: any; may call @emit.
 */
void cw_store_add(struct cw_store *store, const struct cw_seen *seen);

/**
 * cw_store_advance - say how far reading has come
 * @store: the store
 * @now: event time up to which all inputs were read, ns; never goes back
 *
 * Context: any; may call @emit.
 */
void cw_store_advance(struct cw_store *store, u64 now);

/**
 * cw_store_flush - let all that is left come out
 * @store: the store
 *
 * Context: any; may call @emit.
 */
void cw_store_flush(struct cw_store *store);

#endif
