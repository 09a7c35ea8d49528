/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU rings of records between the taps and the flush worker.  A ring has one producer, its
 * own CPU with interrupts off, and one consumer, the holder of sessions_mutex.  Beside each record
 * stands the set of sessions that it is for, which was decided when the record was made.
 */
#ifndef CW_RING_H
#define CW_RING_H

#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/percpu.h>
#include <linux/types.h>

#include "event/type.h"

/**
 * enum cw_ring_class - records in the order in which a flush must deliver them
 * @CW_RING_NETNS: definitions of namespaces, which other definitions use
 * @CW_RING_NAME: other definitions, which events use
 * @CW_RING_EVENT: events
 */
enum cw_ring_class {
	CW_RING_NETNS,
	CW_RING_NAME,
	CW_RING_EVENT,
	CW_RING_CLASSES,
};

/* struct cw_ring.meta: low byte: a bit per session; high byte: enum cw_ring_class */
#define CW_RING_META(sessions, class)	((sessions) | (class) << 8)

/**
 * struct cw_ring_total - what the consumer knows of a session on this CPU
 * @produced: copy of the producer's count, widened to 64 bits
 * @lost: copy of the producer's count, widened to 64 bits
 * @sent: records put into the socket's queue
 * @failed: records that were in a batch which could not be sent
 * @reported: @lost + @failed as of the last message that was sent
 */
struct cw_ring_total {
	u64 produced;
	u64 lost;
	u64 sent;
	u64 failed;
	u64 reported;
};

/**
 * struct cw_ring - one CPU's ring; indexes run freely and are masked on use
 * @record: slots
 * @meta: for each slot, the record's sessions and class, CW_RING_META()
 * @mask: number of slots - 1
 * @head: next slot to fill; written by the producer
 * @kicked: the producer has called the flush worker since that last emptied the ring
 * @last: index behind the newest record of each class; written by the producer
 * @produced: records that were wanted, for each set of sessions, of machine word size so that
 *	the consumer never reads half of a number; it widens them; written by the producer
 * @lost: for each session, how many of its records found the ring full; of machine word size;
 *	written by the producer
 * @tail: next slot to consume; written by the consumer, like all members after it
 * @limit: records before this are due in the flush that runs, by class
 * @done: records before this have been delivered, by class
 * @sets: only sets of sessions below this one may have been counted in @produced
 * @before: for each session, its sum over @produced when it began
 * @total: for each session
 */
struct cw_ring {
	union cw_record *record;
	u16 *meta;
	u32 mask;
	u32 head;
	bool kicked;
	u32 last[CW_RING_CLASSES];
	unsigned long produced[1 << CW_SESSIONS_MAX];
	unsigned long lost[CW_SESSIONS_MAX];
	u32 tail ____cacheline_aligned_in_smp;
	u32 limit[CW_RING_CLASSES];
	u32 done[CW_RING_CLASSES];
	u32 sets;
	unsigned long before[CW_SESSIONS_MAX];
	struct cw_ring_total total[CW_SESSIONS_MAX];
};

/**
 * struct cw_ring_range - a part of a ring, seen by one session
 * @from: first slot
 * @to: slot after the last
 * @want: CW_RING_META() with the session's bit alone
 */
struct cw_ring_range {
	u32 from;
	u32 to;
	u16 want;
};

/**
 * cw_rings_alloc() - make the rings, one for each possible CPU
 *
 * Return: 0, -ENOMEM.
 * Context: process, serialised by the caller; no-op if they exist.
 */
int cw_rings_alloc(void);

/* Frees the rings; the caller has made sure that no producer is left.  Process context. */
void cw_rings_free(void);

/* Are there rings?  Process context, serialised with cw_rings_alloc() and cw_rings_free(). */
bool cw_rings_exist(void);

/* Only for cw_ring_this() and cw_ring_of(). */
extern struct cw_ring __percpu *cw_rings;

/* The ring of this CPU; interrupts off. */
static inline struct cw_ring *cw_ring_this(void)
{
	return this_cpu_ptr(cw_rings);
}

/* The ring of @cpu; only for the consumer. */
static inline struct cw_ring *cw_ring_of(unsigned int cpu)
{
	return per_cpu_ptr(cw_rings, cpu);
}

/* Counts a record, which was counted as produced, as lost.  The ring's CPU, interrupts off. */
void cw_ring_count_lost(struct cw_ring *ring, unsigned long sessions);

/**
 * cw_ring_reserve() - reserve the place of the next record
 * @ring: of this CPU
 * @sessions: the sessions that it is for, a bit each; not 0
 * @class: of the record
 *
 * An event that finds no room is counted as lost for its sessions.  A definition leaves room for
 * the event that follows it, and is not counted if there is no room: the next event that uses it
 * tries again.
 *
 * Return: the place, to be filled and published by cw_ring_commit() before interrupts are on;
 *	NULL: the ring is full.
 * Context: any but NMI, interrupts off.
 */
static __always_inline union cw_record *cw_ring_reserve(struct cw_ring *ring, u8 sessions,
							enum cw_ring_class class)
{
	bool definition = class != CW_RING_EVENT;
	u32 head = ring->head;
	/* Acquire: the consumer has copied what a slot held before we overwrite it. */
	u32 used = head - smp_load_acquire(&ring->tail);
	bool full = used + definition > ring->mask;

	lockdep_assert_irqs_disabled();
	if (full && definition)
		return NULL;
	WRITE_ONCE(ring->produced[sessions], ring->produced[sessions] + 1);
	if (unlikely(full)) {
		cw_ring_count_lost(ring, sessions);
		return NULL;
	}
	return &ring->record[head & ring->mask];
}

/* Publishes the record that cw_ring_reserve() gave room for, with the arguments given to that. */
static __always_inline void cw_ring_commit(struct cw_ring *ring, u8 sessions,
					   enum cw_ring_class class)
{
	u32 head = ring->head;

	ring->meta[head & ring->mask] = CW_RING_META(sessions, class);
	WRITE_ONCE(ring->last[class], head + 1);
	/* Release: pairs with cw_ring_head(). */
	smp_store_release(&ring->head, head + 1);
}

/**
 * cw_ring_define() - append a definition
 * @ring: of this CPU
 * @record: copied
 * @sessions: the sessions that it is for, a bit each; not 0
 *
 * Return: true if it was stored.
 * Context: any but NMI, interrupts off.
 */
bool cw_ring_define(struct cw_ring *ring, const union cw_record *record, u8 sessions);

/*
 * Is the ring an eighth full, and was the worker not called yet?  True once for each flush; the
 * ring's CPU, interrupts off.  An eighth is little, so that one flush does not keep the worker's
 * and the reader's CPU for long; it makes two full messages if the ring has its default size.
 */
static inline bool cw_ring_wants_flush(struct cw_ring *ring)
{
	if (ring->head - READ_ONCE(ring->tail) <= ring->mask / 8 || READ_ONCE(ring->kicked))
		return false;
	WRITE_ONCE(ring->kicked, true);
	return true;
}

/**
 * cw_ring_find() - count the records of a range that are wanted, up to a limit
 * @ring: any
 * @range: where to look and what for; @range->from moves behind what was found
 * @max: stop there
 *
 * Return: their number.
 * Context: the consumer.
 */
u32 cw_ring_find(const struct cw_ring *ring, struct cw_ring_range *range, u32 max);

/* Copies the records that cw_ring_find() has counted in @range.  The consumer. */
void cw_ring_copy(const struct cw_ring *ring, const struct cw_ring_range *range,
		  union cw_record *out);

/* How far the producer has published records; only for the consumer. */
static inline u32 cw_ring_head(const struct cw_ring *ring)
{
	/* Pairs with cw_ring_commit(): slots before it are complete. */
	return smp_load_acquire(&ring->head);
}

/* Gives the slots whose events are done back to the producer; the consumer. */
void cw_ring_consume(struct cw_ring *ring);

/* Brings @ring->total[slot] up to date with the producer's counts; the consumer. */
const struct cw_ring_total *cw_ring_total(struct cw_ring *ring, unsigned int slot);

/* Zeroes a session's numbers on all CPUs; the consumer, while nothing is made for it. */
void cw_rings_reset(unsigned int slot);

/* Clears a session's bit in all records that wait; the consumer, while none is made for it. */
void cw_rings_forget(unsigned int slot);

#endif
