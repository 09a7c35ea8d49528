// SPDX-License-Identifier: GPL-2.0
/*
 * The table of datagrams on their way, fixed in size: a bucket of a few entries for each
 * hash, with a lock that protects it.  It is innermost and taken with interrupts off: skbs
 * are freed in any context.  A function that has the skb may read keys without the lock: an
 * earlier owner of the skb made its entry, and no other skb can be at its address.
 */
#include <linux/cache.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "base/counter.h"
#include "state/datagram.h"

#define BUCKET_BITS	10
#define WAYS		8

/**
 * struct kept - one entry
 * @print: fingerprint of the packet
 * @since: jiffies
 * @datagram: what is kept
 * @arrived: the packet has reached its destination's network namespace
 */
struct kept {
	u64 print;
	unsigned long since;
	struct cw_datagram datagram;
	bool arrived;
};

/**
 * struct bucket - entries of one hash
 * @lock: protects all of it
 * @key: address of the skb; NULL: free
 * @kept: the entry for each @key
 */
struct bucket {
	spinlock_t lock;
	const void *key[WAYS];
	struct kept kept[WAYS];
} ____cacheline_aligned;

static struct bucket *table;
atomic_t cw_datagram_count = ATOMIC_INIT(0);

static struct bucket *bucket_of(const void *skb)
{
	struct bucket *buckets = READ_ONCE(table);

	return buckets ? &buckets[hash_ptr(skb, BUCKET_BITS)] : NULL;
}

static int bucket_find(const struct bucket *b, const void *key)
{
	unsigned int i;

	for (i = 0; i < WAYS; i++)
		if (READ_ONCE(b->key[i]) == key)
			return i;
	return -1;
}

bool cw_datagram_known(const void *skb)
{
	const struct bucket *b;

	if (likely(!atomic_read(&cw_datagram_count)))
		return false;
	b = bucket_of(skb);
	return b && bucket_find(b, skb) >= 0;
}

static void entry_clear(struct bucket *b, unsigned int i)
{
	WRITE_ONCE(b->key[i], NULL);
	atomic_dec(&cw_datagram_count);
	cw_count(datagram_left);
}

static bool entry_old(const struct kept *kept)
{
	return time_after(jiffies, kept->since + CW_DATAGRAM_AGE);
}

static void expire_one(struct bucket *b)
{
	unsigned int i;

	for (i = 0; i < WAYS; i++) {
		if (!entry_old(&b->kept[i]))
			continue;
		cw_count(datagram_expired);
		entry_clear(b, i);
		return;
	}
}

/* Returns the index of the skb's own entry, or of a free one; -1: there is none. */
static int entry_take(struct bucket *b, const void *skb)
{
	int i = bucket_find(b, skb);

	if (i >= 0)
		return i;
	i = bucket_find(b, NULL);
	if (i < 0) {
		expire_one(b);
		i = bucket_find(b, NULL);
	}
	if (i < 0)
		return i;
	WRITE_ONCE(b->key[i], skb);
	atomic_inc(&cw_datagram_count);
	cw_count(datagram_kept);
	return i;
}

void cw_datagram_keep(const void *skb, u64 print, const struct cw_datagram *datagram)
{
	struct bucket *b = bucket_of(skb);
	unsigned long irq;
	int i;

	if (!b) {
		cw_count(no_memory_datagram);
		return;
	}
	spin_lock_irqsave(&b->lock, irq);
	i = entry_take(b, skb);
	if (i >= 0)
		b->kept[i] = (struct kept){ .print = print,
					    .since = jiffies,
					    .datagram = *datagram };
	else
		cw_count(limit_datagrams);
	spin_unlock_irqrestore(&b->lock, irq);
}

static bool entry_check(struct bucket *b, unsigned int i, u64 print)
{
	if (entry_old(&b->kept[i])) {
		cw_count(datagram_expired);
		entry_clear(b, i);
		return false;
	}
	if (b->kept[i].print == print)
		return true;
	cw_count(datagram_mismatch);
	return false;
}

static bool find_kept(const void *skb, u64 print, bool arrives, struct cw_datagram *out)
{
	struct bucket *b = bucket_of(skb);
	unsigned long irq;
	bool found;
	int i;

	if (!b)
		return false;
	spin_lock_irqsave(&b->lock, irq);
	i = bucket_find(b, skb);
	found = i >= 0 && entry_check(b, i, print);
	if (found) {
		*out = b->kept[i].datagram;
		b->kept[i].arrived |= arrives;
	}
	spin_unlock_irqrestore(&b->lock, irq);
	return found;
}

bool cw_datagram_find(const void *skb, u64 print, struct cw_datagram *out)
{
	return find_kept(skb, print, false, out);
}

bool cw_datagram_arrives(const void *skb, u64 print, struct cw_datagram *out)
{
	return find_kept(skb, print, true, out);
}

bool cw_datagram_same(const void *skb, u64 print)
{
	struct bucket *b = bucket_of(skb);
	unsigned long irq;
	bool same;
	int i;

	if (!b)
		return false;
	spin_lock_irqsave(&b->lock, irq);
	i = bucket_find(b, skb);
	same = i >= 0 && b->kept[i].print == print;
	spin_unlock_irqrestore(&b->lock, irq);
	return same;
}

bool cw_datagram_ready(const void *skb, u64 print, u64 message, u64 time)
{
	struct bucket *b = bucket_of(skb);
	unsigned long irq;
	bool same;
	int i;

	if (!b)
		return false;
	spin_lock_irqsave(&b->lock, irq);
	i = bucket_find(b, skb);
	same = i >= 0 && b->kept[i].print == print &&
	       b->kept[i].datagram.context.message == message;
	if (same)
		b->kept[i].datagram.ready = time;
	spin_unlock_irqrestore(&b->lock, irq);
	return same;
}

static void forget_kept(const void *skb, bool consumed)
{
	struct bucket *b = bucket_of(skb);
	unsigned long irq;
	int i;

	if (!b || bucket_find(b, skb) < 0)
		return;
	spin_lock_irqsave(&b->lock, irq);
	i = bucket_find(b, skb);
	if (i >= 0) {
		if (consumed && !b->kept[i].arrived)
			cw_count(datagram_ended);
		entry_clear(b, i);
	}
	spin_unlock_irqrestore(&b->lock, irq);
}

void cw_datagram_forget(const void *skb)
{
	forget_kept(skb, false);
}

void cw_datagram_consume(const void *skb)
{
	forget_kept(skb, true);
}

void cw_datagram_open(void)
{
	struct bucket *buckets = kvcalloc(1 << BUCKET_BITS, sizeof(*buckets), GFP_KERNEL);
	unsigned int i;

	for (i = 0; buckets && i < 1 << BUCKET_BITS; i++)
		spin_lock_init(&buckets[i].lock);
	WRITE_ONCE(table, buckets);
}

void cw_datagram_close(void)
{
	struct bucket *buckets = table;

	cw_count_add(datagram_left, atomic_read(&cw_datagram_count));
	atomic_set(&cw_datagram_count, 0);
	WRITE_ONCE(table, NULL);
	kvfree(buckets);
}
