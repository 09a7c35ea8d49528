// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the tables behind the short ids: set-associative, four ways, the entry used
 * longest ago makes room.  Looked up in any context but NMI, with interrupts off.
 *
 * bucket.lock protects the bucket's entries.  A definition goes into the ring under it: if an
 * entry's "told" has a session's bit, the definition is in a ring already.  Order: the lock of
 * any other table's bucket, then one of the netns table; nothing is taken inside.
 * tables_mutex protects the existence of the tables against cw_definitions_copy() and
 * cw_definitions_net_exit(); it nests inside sessions_mutex and pernet_ops_rwsem.  Emitters
 * need no lock for that: they run only while a session is open.
 *
 * Short ids of namespaces are used again.  So each entry has its namespace's cookie, by which
 * it is found: an entry that was made while, or after, its namespace went is never found again.
 */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/random.h>

#include "base/counter.h"
#include "event/definition.h"
#include "event/definition_cache.h"
#include "event/definition_kind.h"
#include "event/ring.h"

static DEFINE_MUTEX(tables_mutex);
static struct lock_class_key netns_lock_key;

static __always_inline void entry_fill(const struct kind *kind, struct entry *entry, u32 id,
				       const struct cw_stage_info *info)
{
	memset(&entry->record, 0, sizeof(entry->record));
	kind->fill(&entry->record, info);
	entry->record.flow.id = id;
	entry->record.flow.netns = info->net->id;
	entry->record.flow.stage = kind->stage;
	entry->cookie = info->net->cookie;
	entry->told = 0;
}

/*
 * After this no cached ids hold.  A CPU that is using some at this moment has done so as if the
 * change came a moment later.
 */
static void tables_change(void)
{
	atomic_long_inc(&cw_cache_changes);
}

void cw_definitions_age(void)
{
	static unsigned long changed;

	/* Not time_before(): zero is five minutes ahead of what jiffies begin with. */
	if (jiffies - changed < HZ)
		return;
	changed = jiffies;
	tables_change();
}

static bool entry_is_free(const struct entry *entry)
{
	return !entry->cookie;
}

/* Returns a free entry, or else the one used longest ago. */
static struct entry *bucket_victim(struct bucket *bucket)
{
	struct entry *victim = &bucket->entry[0];
	unsigned int i;

	for (i = 0; i < WAYS; i++) {
		struct entry *entry = &bucket->entry[i];

		if (entry_is_free(entry))
			return entry;
		if ((s32)(entry->used - victim->used) < 0)
			victim = entry;
	}
	return victim;
}

static __always_inline struct entry *bucket_get(const struct kind *kind, struct bucket *bucket,
						const struct cw_stage_info *info)
{
	struct entry *entry;
	unsigned int i;

	for (i = 0; i < WAYS; i++) {
		entry = &bucket->entry[i];
		if (entry->cookie != info->net->cookie || !kind->is(&entry->record, info))
			continue;
		if (!kind->holds(&entry->record, info)) {
			entry_fill(kind, entry, entry->record.flow.id, info);
			tables_change();
		}
		entry->used = (u32)jiffies;
		return entry;
	}
	entry = bucket_victim(bucket);
	entry_fill(kind, entry, kind->make_id(bucket, info), info);
	entry->used = (u32)jiffies;
	return entry;
}

static __always_inline struct bucket *kind_bucket(const struct kind *kind,
						  const struct cw_stage_info *info)
{
	return &buckets[kind->first + (kind->hash(info) & (kind->buckets - 1))];
}

/* Sets "told" only when the definition is in the ring: from then on other CPUs use the id. */
static bool entry_tell(struct entry *entry, struct cw_ring *ring, u8 sessions)
{
	if (!cw_ring_define(ring, &entry->record, sessions)) {
		cw_count(event_undefined);
		return false;
	}
	entry->told |= sessions;
	return true;
}

static bool define_netns(struct cw_ring *ring, const struct cw_stage_info *info, u8 sessions)
{
	struct bucket *bucket = kind_bucket(&netns_kind, info);
	bool told = true;
	struct entry *entry;

	/* The namespace has no id: there are more namespaces than ids. */
	if (!info->net->id)
		return true;
	raw_spin_lock(&bucket->lock);
	entry = bucket_get(&netns_kind, bucket, info);
	if (sessions & ~entry->told)
		told = entry_tell(entry, ring, sessions & ~entry->told);
	raw_spin_unlock(&bucket->lock);
	return told;
}

/*
 * Returns the id of what @info is about, and defines it for sessions that do not know it.  They
 * are given the namespace's definition first; the others already have both.
 * @sessions: in: those that shall know the id; out: those that do
 */
static __always_inline u32 define_entry(const struct kind *kind, struct cw_ring *ring,
					const struct cw_stage_info *info, u8 *sessions)
{
	struct bucket *bucket = kind_bucket(kind, info);
	struct entry *entry;
	u8 untold;
	u32 id;

	raw_spin_lock(&bucket->lock);
	entry = bucket_get(kind, bucket, info);
	untold = *sessions & ~entry->told;
	if (untold && define_netns(ring, info, untold))
		entry_tell(entry, ring, untold);
	*sessions &= entry->told;
	id = entry->record.flow.id;
	raw_spin_unlock(&bucket->lock);
	return id;
}

static u32 define_flow(struct cw_ring *ring, const struct cw_stage_info *info, u8 *sessions)
{
	u8 outer_told = *sessions;
	struct cw_stage_info layer;
	u32 id;

	if (!info->outer)
		return define_entry(&flow_kind, ring, info, sessions);
	layer = *info;
	layer.flow = info->outer;
	layer.outer_id = define_entry(&flow_kind, ring, &layer, &outer_told);
	layer.flow = info->flow;
	id = define_entry(&flow_kind, ring, &layer, sessions);
	*sessions &= outer_told;
	return id;
}

/* Returns the sessions that know all ids.  Not inlined: it needs much of the stack, briefly. */
static noinline u8 define_device_and_flow(struct cw_ring *ring, const struct cw_stage_info *info,
					  u8 sessions, struct cw_ids *ids)
{
	u8 device_told = sessions, flow_told = sessions;

	if (info->device)
		ids->device = define_entry(&device_kind, ring, info, &device_told);
	if (info->flow)
		ids->flow = define_flow(ring, info, &flow_told);
	return device_told & flow_told;
}

static void define_and_cache(struct cw_ring *ring, const struct cw_stage_info *info, u8 sessions,
			     struct cw_ids *ids)
{
	/* Read before the tables are: if those change meanwhile the cached ids do not hold. */
	unsigned long changes = atomic_long_read(&cw_cache_changes);

	sessions = define_device_and_flow(ring, info, sessions, ids);
	if (info->flow)
		cw_cache_keep(info, ids, changes, sessions);
}

/* Defines what few events have: a thread, a reason of a drop, or nothing but a namespace. */
static noinline void define_task_or_reason(struct cw_ring *ring, const struct cw_stage_info *info,
					   u8 sessions, struct cw_ids *ids)
{
	u8 told = sessions;

	if (info->task)
		ids->task = define_entry(&task_kind, ring, info, &told);
	if (info->reason)
		ids->reason = define_entry(&reason_kind, ring, info, &told);
	if (!info->device && !info->task && !info->flow && !info->reason)
		define_netns(ring, info, sessions);
}

void cw_define(struct cw_ring *ring, const struct cw_stage_info *info, u8 sessions,
	       bool known, struct cw_ids *ids)
{
	lockdep_assert_irqs_disabled();
	if (!known)
		define_and_cache(ring, info, sessions, ids);
	if (info->task || info->reason || !info->flow)
		define_task_or_reason(ring, info, sessions, ids);
}

int cw_definitions_alloc(void)
{
	unsigned int i;
	int err = 0;

	mutex_lock(&tables_mutex);
	if (buckets)
		goto out;
	buckets = kvcalloc(BUCKETS, sizeof(*buckets), GFP_KERNEL);
	if (!buckets) {
		err = -ENOMEM;
		goto out;
	}
	cw_cache_alloc();
	hash_seed = get_random_u32();
	for (i = 0; i < BUCKETS; i++) {
		raw_spin_lock_init(&buckets[i].lock);
		if (i < NETNS_BUCKETS)
			lockdep_set_class(&buckets[i].lock, &netns_lock_key);
	}
out:
	mutex_unlock(&tables_mutex);
	return err;
}

void cw_definitions_free(void)
{
	mutex_lock(&tables_mutex);
	kvfree(buckets);
	buckets = NULL;
	cw_cache_free();
	mutex_unlock(&tables_mutex);
}

static void bucket_forget(struct bucket *bucket, u8 sessions)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&bucket->lock, flags);
	for (i = 0; i < WAYS; i++)
		bucket->entry[i].told &= ~sessions;
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
}

/*
 * The buckets of namespaces come first: when a definition is given again after this, its
 * namespace's is given again before it.
 */
void cw_definitions_forget(u8 sessions)
{
	unsigned int i;

	mutex_lock(&tables_mutex);
	for (i = 0; buckets && i < BUCKETS; i++)
		bucket_forget(&buckets[i], sessions);
	tables_change();
	mutex_unlock(&tables_mutex);
}

static void bucket_purge(struct bucket *bucket, u64 cookie)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&bucket->lock, flags);
	for (i = 0; i < WAYS; i++)
		if (bucket->entry[i].cookie == cookie)
			memset(&bucket->entry[i], 0, sizeof(bucket->entry[i]));
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
}

void cw_definitions_net_exit(const struct cw_net *net)
{
	unsigned int i;

	mutex_lock(&tables_mutex);
	for (i = 0; buckets && i < BUCKETS; i++)
		bucket_purge(&buckets[i], net->cookie);
	tables_change();
	mutex_unlock(&tables_mutex);
}

static bool slot_copy(u32 index, u64 cookie, union cw_record *out)
{
	struct bucket *bucket = &buckets[index / WAYS];
	const struct entry *entry = &bucket->entry[index % WAYS];
	unsigned long flags;
	bool wanted;

	raw_spin_lock_irqsave(&bucket->lock, flags);
	wanted = !entry_is_free(entry) && (!cookie || entry->cookie == cookie);
	if (wanted)
		*out = entry->record;
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	return wanted;
}

unsigned int cw_definitions_copy(u32 *index, u64 cookie, union cw_record *out, unsigned int max)
{
	unsigned int n = 0;

	mutex_lock(&tables_mutex);
	if (buckets)
		for (; *index < BUCKETS * WAYS && n < max; ++*index)
			n += slot_copy(*index, cookie, &out[n]);
	mutex_unlock(&tables_mutex);
	return n;
}
