// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the slots of the histograms.  Taps add to them in any context but NMI, in an RCU read
 * section; counts are atomic.
 *
 * A slot belongs to a namespace, by its cookie, and is found without a lock.  slots_lock, taken
 * with interrupts off, nothing inside, protects which key and namespace a slot has.  When the
 * namespace is gone the slot is retired: it is no longer found, but a tap that has just found it
 * still counts in it.  After a grace period, in which all that look for slots or copy them come to
 * an end, it is emptied and used for another key.  So a slot's key and cookie, once seen, hold for
 * the read section.
 *
 * Memory is bounded by the number of slots, whatever the number of CPUs: CPUs share a few copies
 * of the counts.
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

#include "base/counter.h"
#include "event/histogram_slot.h"
#include "lib/bucket.h"

#define COPIES_MAX	4
#define PROBES		16

/* Stands instead of a key: the slot belonged to a namespace that is gone. */
#define RETIRED 1

/**
 * struct slot - a histogram, without its counts
 * @key: which histogram it is, as histogram.c makes it; 0: never used; or RETIRED
 * @cookie: of the namespace; constant while there is a key
 * @retired: once it is RETIRED: a grace period that has to pass
 * @sum: ns
 * @max: ns
 */
struct slot {
	atomic64_t key;
	u64 cookie;
	unsigned long retired;
	atomic64_t sum;
	atomic64_t max;
};

static struct slot *slots;
static atomic_t *counts;
static u32 slot_count;
static u32 copies; /* a power of two */

static DEFINE_RAW_SPINLOCK(slots_lock);

static atomic_t *counts_of(u32 slot, u32 copy)
{
	return &counts[((size_t)slot * copies + copy) * CW_HISTOGRAM_BUCKETS];
}

/* @key: of @slot, as it was read.  Without the lock this is a guess; slot_make() looks again. */
static bool slot_is_free(const struct slot *slot, u64 key)
{
	return !key || (key == RETIRED && poll_state_synchronize_rcu(READ_ONCE(slot->retired)));
}

/*
 * Returns the index of the key's slot, or 0 where it has none.  The search ends at a slot that was
 * never used, since behind it there are none.
 * @room: the first slot that may be taken for the key; 0: none
 */
static __always_inline u32 slot_find(u64 key, u64 cookie, u32 *room)
{
	u32 index = reciprocal_scale(hash_64(key, 32), slot_count), i;

	*room = 0;
	for (i = 0; i < PROBES; i++) {
		const struct slot *slot;
		u64 found;

		if (++index >= slot_count)
			index = 1;
		slot = &slots[index];
		/* Pairs with slot_take(). */
		found = atomic64_read_acquire(&slot->key);
		if (found == key && slot->cookie == cookie)
			return index;
		if (!*room && slot_is_free(slot, found))
			*room = index;
		if (!found)
			return 0;
	}
	return 0;
}

/* No tap counts in the slot: it is new, or a grace period has passed since it could be found. */
static void slot_take(u32 index, u64 key, u64 cookie)
{
	struct slot *slot = &slots[index];

	lockdep_assert_held(&slots_lock);
	if (atomic64_read(&slot->key) == RETIRED) {
		memset(counts_of(index, 0), 0, copies * CW_HISTOGRAM_BUCKETS * sizeof(*counts));
		atomic64_set(&slot->sum, 0);
		atomic64_set(&slot->max, 0);
	}
	slot->cookie = cookie;
	/* A CPU that sees the key sees the members set before it. */
	atomic64_set_release(&slot->key, key);
}

/* Returns 0, the slot for all values without a slot of their own, if none can be made. */
static noinline u32 slot_make(u64 key, u64 cookie)
{
	unsigned long flags;
	u32 index, room;

	raw_spin_lock_irqsave(&slots_lock, flags);
	index = slot_find(key, cookie, &room);
	if (!index && room) {
		slot_take(room, key, cookie);
		index = room;
	}
	raw_spin_unlock_irqrestore(&slots_lock, flags);
	return index;
}

static u32 slot_get(u64 key, u64 cookie)
{
	u32 index, room;

	index = slot_find(key, cookie, &room);
	if (!index && room)
		index = slot_make(key, cookie);
	if (!index)
		cw_count(histogram_slots_full);
	return index;
}

void cw_slot_add(u64 key, u64 cookie, u64 value)
{
	u32 index = min_t(u32, cw_bucket_index(value), CW_HISTOGRAM_BUCKETS - 1);
	u32 number = slot_get(key, cookie);
	struct slot *slot = &slots[number];
	u64 max = atomic64_read(&slot->max);

	atomic_inc(&counts_of(number, raw_smp_processor_id() & (copies - 1))[index]);
	atomic64_add(value, &slot->sum);
	while (value > max && !atomic64_try_cmpxchg(&slot->max, (s64 *)&max, value))
		;
}

/* Under the RCU read lock, so that all that is copied is of one namespace. */
static bool slot_copy(u32 index, u64 *key, struct cw_histogram_info *out)
{
	const struct slot *slot = &slots[index];
	u32 copy, i, total = 0;

	*key = atomic64_read_acquire(&slot->key);
	if (index && (!*key || *key == RETIRED))
		return false;
	out->cookie = slot->cookie;
	for (copy = 0; copy < copies; copy++)
		for (i = 0; i < CW_HISTOGRAM_BUCKETS; i++) {
			u32 count = atomic_read(&counts_of(index, copy)[i]);

			out->bucket[i] += count;
			total += !!count;
		}
	out->sum = atomic64_read(&slot->sum);
	out->max = atomic64_read(&slot->max);
	return total;
}

bool cw_slot_copy(u32 index, u64 *key, struct cw_histogram_info *out)
{
	bool found;

	rcu_read_lock();
	found = slot_copy(index, key, out);
	rcu_read_unlock();
	return found;
}

static void slot_retire(struct slot *slot, u64 cookie)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&slots_lock, flags);
	if (slot->cookie == cookie && (u64)atomic64_read(&slot->key) != RETIRED) {
		atomic64_set(&slot->key, RETIRED);
		/* A tap that has found it is done when this grace period ends. */
		WRITE_ONCE(slot->retired, get_state_synchronize_rcu());
	}
	raw_spin_unlock_irqrestore(&slots_lock, flags);
}

void cw_slots_retire(u64 cookie)
{
	u32 i;

	for (i = 1; i < slot_count; i++)
		slot_retire(&slots[i], cookie);
}

u32 cw_slots_count(void)
{
	return slot_count;
}

int cw_slots_alloc(u32 count)
{
	slot_count = count;
	copies = rounddown_pow_of_two(min_t(u32, nr_cpu_ids, COPIES_MAX));
	slots = kvcalloc(count, sizeof(*slots), GFP_KERNEL);
	counts = kvcalloc((size_t)count * copies, CW_HISTOGRAM_BUCKETS * sizeof(*counts),
			  GFP_KERNEL);
	return slots && counts ? 0 : -ENOMEM;
}

void cw_slots_free(void)
{
	kvfree(slots);
	kvfree(counts);
	slots = NULL;
	counts = NULL;
	slot_count = 0;
}
