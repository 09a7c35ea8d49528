// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the tables behind the short ids: set-associative, four ways, the entry used
 * longest ago makes room.  Looked up in any context but NMI, with interrupts off.
 *
 * bucket.lock protects the bucket's entries.  A name goes into the ring under it, so
 * who finds an entry told knows that its name is in a ring already.  Order: the lock of
 * any other table's bucket, then one of the netns table; nothing is taken inside.
 * tables_mutex protects the existence of the tables against cw_definitions_copy();
 * emitters need no lock for that: they run only while a session is open.
 */
#include <linux/cgroup.h>
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <net/rtnetlink.h>

#include "counter.h"
#include "define.h"
#include "net.h"
#include "ring.h"

#define WAYS 4

/* Order of the tables: a dump names namespaces before what lives in them. */
#define NETNS_BUCKETS	128
#define DEVICE_BUCKETS	256
#define TASK_BUCKETS	256
#define FLOW_BUCKETS	1024
#define NETNS_FIRST	0
#define DEVICE_FIRST	NETNS_BUCKETS
#define TASK_FIRST	(DEVICE_FIRST + DEVICE_BUCKETS)
#define FLOW_FIRST	(TASK_FIRST + TASK_BUCKETS)
#define BUCKETS		(FLOW_FIRST + FLOW_BUCKETS)

/**
 * struct entry - a name
 * @record: as it goes into the stream; stage 0: free
 * @used: jiffies of the last use
 * @told: sessions that were given it, a bit each
 */
struct entry {
	union cw_record record;
	u32 used;
	u8 told;
};

/**
 * struct bucket - the entries of one hash value
 * @lock: see above
 * @serial: of the device id made last
 * @entry: in no order
 */
struct bucket {
	raw_spinlock_t lock;
	u8 serial;
	struct entry entry[WAYS];
};

/**
 * struct kind - how one table differs from the others; constant, so that calls are inlined
 * @stage: CW_RECORD_*
 * @first: its first bucket
 * @buckets: how many it has, a power of two
 * @hash: of what identifies it
 * @is: is this entry about it
 * @holds: is what the entry says of it still true
 * @make_id: a new id
 * @fill: what to say, all but the id
 */
struct kind {
	u8 stage;
	u16 first;
	u16 buckets;
	u32 (*hash)(const struct cw_stage_info *info);
	bool (*is)(const union cw_record *record, const struct cw_stage_info *info);
	bool (*holds)(const union cw_record *record, const struct cw_stage_info *info);
	u32 (*make_id)(struct bucket *bucket, const struct cw_stage_info *info);
	void (*fill)(union cw_record *record, const struct cw_stage_info *info);
};

#define KIND(name, NAME) {						\
	.stage = CW_RECORD_##NAME,					\
	.first = NAME##_FIRST,						\
	.buckets = NAME##_BUCKETS,					\
	.hash = name##_hash,						\
	.is = name##_is,						\
	.holds = name##_holds,						\
	.make_id = name##_make_id,					\
	.fill = name##_fill,						\
}

static DEFINE_MUTEX(tables_mutex);
static struct bucket *buckets;
static struct lock_class_key netns_lock_key;
static atomic_t flow_last_id;
static u32 hash_seed __read_mostly;

/* Namespaces */

static u32 netns_hash(const struct cw_stage_info *info)
{
	return info->net->id;
}

static bool netns_is(const union cw_record *record, const struct cw_stage_info *info)
{
	return record->netns.id == info->net->id;
}

static bool netns_holds(const union cw_record *record, const struct cw_stage_info *info)
{
	return record->netns.cookie == info->net->net->net_cookie;
}

static u32 netns_make_id(struct bucket *bucket, const struct cw_stage_info *info)
{
	return info->net->id;
}

static void netns_fill(union cw_record *record, const struct cw_stage_info *info)
{
	record->netns.inum = info->net->net->ns.inum;
	record->netns.cookie = info->net->net->net_cookie;
}

static const struct kind netns_kind = KIND(netns, NETNS);

/* Devices */

static u32 device_hash(const struct cw_stage_info *info)
{
	return jhash_2words(info->device->ifindex, info->net->id, hash_seed);
}

static bool device_is(const union cw_record *record, const struct cw_stage_info *info)
{
	return record->device.ifindex == info->device->ifindex &&
	       record->device.netns == info->net->id;
}

static bool device_holds(const union cw_record *record, const struct cw_stage_info *info)
{
	return record->device.mtu == READ_ONCE(info->device->mtu) &&
	       !strncmp(record->device.name, info->device->name, CW_IFNAME_LEN);
}

static bool device_id_taken(const struct bucket *bucket, u32 id)
{
	unsigned int i;

	for (i = 0; i < WAYS; i++)
		if (bucket->entry[i].record.device.id == id)
			return true;
	return false;
}

/*
 * 16 bits are few enough to run out: the low byte names the bucket, so that to make one
 * that nobody has takes no other lock than the bucket's; it comes again 255 devices later.
 */
static u32 device_make_id(struct bucket *bucket, const struct cw_stage_info *info)
{
	u32 low = bucket - buckets - DEVICE_FIRST;
	u32 id;

	BUILD_BUG_ON(DEVICE_BUCKETS > 256);
	do {
		if (!++bucket->serial)
			bucket->serial = 1;
		id = bucket->serial << 8 | low;
	} while (device_id_taken(bucket, id));
	return id;
}

static void device_fill(union cw_record *record, const struct cw_stage_info *info)
{
	const struct rtnl_link_ops *ops = info->device->rtnl_link_ops;

	record->device.ifindex = info->device->ifindex;
	record->device.mtu = READ_ONCE(info->device->mtu);
	strscpy(record->device.name, info->device->name, CW_IFNAME_LEN);
	strscpy(record->device.kind, ops && ops->kind ? ops->kind : "", CW_IFNAME_LEN);
}

static const struct kind device_kind = KIND(device, DEVICE);

/* Tasks; one entry for each namespace that a thread's sockets are in */

static u64 task_cgroup_id(struct task_struct *task)
{
#ifdef CONFIG_CGROUPS
	return cgroup_id(task_dfl_cgroup(task));
#else
	return 0;
#endif
}

static u32 task_hash(const struct cw_stage_info *info)
{
	return jhash_2words(info->task->pid, info->net->id, hash_seed);
}

static bool task_is(const union cw_record *record, const struct cw_stage_info *info)
{
	return record->task.id == info->task->pid && record->task.netns == info->net->id;
}

static bool task_holds(const union cw_record *record, const struct cw_stage_info *info)
{
	return record->task.start_time == info->task->start_boottime &&
	       record->task.cgroup == task_cgroup_id(info->task) &&
	       !strncmp(record->task.comm, info->task->comm, CW_COMM_LEN);
}

static u32 task_make_id(struct bucket *bucket, const struct cw_stage_info *info)
{
	return info->task->pid;
}

/*
 * comm is read without alloc_lock, which an interrupted holder on this CPU may have: one
 * caught half changed is found to differ at the next use.
 */
static void task_fill(union cw_record *record, const struct cw_stage_info *info)
{
	record->task.tgid = info->task->tgid;
	record->task.start_time = info->task->start_boottime;
	record->task.cgroup = task_cgroup_id(info->task);
	strscpy(record->task.comm, info->task->comm, CW_COMM_LEN);
}

static const struct kind task_kind = KIND(task, TASK);

/* Flows */

static u32 flow_hash(const struct cw_stage_info *info)
{
	return jhash(info->flow, sizeof(*info->flow), hash_seed ^ info->net->id);
}

static bool flow_is(const union cw_record *record, const struct cw_stage_info *info)
{
	const struct cw_flow_def *def = &record->flow;
	const struct cw_flow_key *key = info->flow;

	return def->source_port == key->source_port &&
	       def->destination_port == key->destination_port && def->family == key->family &&
	       def->role == key->role && def->netns == info->net->id &&
	       !memcmp(def->source, key->source, sizeof(key->source)) &&
	       !memcmp(def->destination, key->destination, sizeof(key->destination));
}

static bool flow_holds(const union cw_record *record, const struct cw_stage_info *info)
{
	return true;
}

static u32 flow_make_id(struct bucket *bucket, const struct cw_stage_info *info)
{
	u32 id;

	do
		id = atomic_inc_return(&flow_last_id);
	while (!id);
	return id;
}

void cw_flow_def_fill(struct cw_flow_def *def, const struct cw_flow_key *key, u16 netns)
{
	memset(def, 0, sizeof(*def));
	memcpy(def->source, key->source, sizeof(def->source));
	memcpy(def->destination, key->destination, sizeof(def->destination));
	def->source_port = key->source_port;
	def->destination_port = key->destination_port;
	def->family = key->family;
	def->role = key->role;
	def->netns = netns;
	def->stage = CW_RECORD_FLOW;
}

static void flow_fill(union cw_record *record, const struct cw_stage_info *info)
{
	cw_flow_def_fill(&record->flow, info->flow, info->net->id);
}

static const struct kind flow_kind = KIND(flow, FLOW);

/* What all tables have in common */

static __always_inline void entry_fill(const struct kind *kind, struct entry *entry, u32 id,
				       const struct cw_stage_info *info)
{
	memset(&entry->record, 0, sizeof(entry->record));
	kind->fill(&entry->record, info);
	entry->record.flow.id = id;
	entry->record.flow.netns = info->net->id;
	entry->record.flow.stage = kind->stage;
	entry->told = 0;
}

static bool entry_is_free(const struct entry *entry)
{
	return !entry->record.flow.stage;
}

/* Free, or else used longest ago. */
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
		if (entry_is_free(entry) || !kind->is(&entry->record, info))
			continue;
		if (!kind->holds(&entry->record, info))
			entry_fill(kind, entry, entry->record.flow.id, info);
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

/* Told only once it is in the ring: another CPU that sees it told may use the id. */
static bool entry_tell(struct entry *entry, struct cw_ring *ring, u8 sessions)
{
	if (!cw_ring_put(ring, &entry->record, sessions)) {
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

	/* 0: there were more namespaces than ids. */
	if (!info->net->id)
		return true;
	raw_spin_lock(&bucket->lock);
	entry = bucket_get(&netns_kind, bucket, info);
	if (sessions & ~entry->told)
		told = entry_tell(entry, ring, sessions & ~entry->told);
	raw_spin_unlock(&bucket->lock);
	return told;
}

/* A name that was told implies that its namespace's was: looked at only to tell one. */
static __always_inline u32 define(const struct kind *kind, struct cw_ring *ring,
				  const struct cw_stage_info *info, u8 sessions)
{
	struct bucket *bucket = kind_bucket(kind, info);
	struct entry *entry;
	u32 id;

	raw_spin_lock(&bucket->lock);
	entry = bucket_get(kind, bucket, info);
	sessions &= ~entry->told;
	if (sessions && define_netns(ring, info, sessions))
		entry_tell(entry, ring, sessions);
	id = entry->record.flow.id;
	raw_spin_unlock(&bucket->lock);
	return id;
}

void cw_define(struct cw_ring *ring, const struct cw_stage_info *info, u8 sessions,
	       struct cw_event *event)
{
	lockdep_assert_irqs_disabled();
	event->netns = info->net->id;
	if (info->device)
		event->device = define(&device_kind, ring, info, sessions);
	if (info->task)
		event->task = define(&task_kind, ring, info, sessions);
	if (info->flow)
		event->flow = define(&flow_kind, ring, info, sessions);
	if (!info->device && !info->task && !info->flow)
		define_netns(ring, info, sessions);
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

/* Namespaces first: what is told again after this names its namespace again, too. */
void cw_definitions_forget(u8 sessions)
{
	unsigned int i;

	mutex_lock(&tables_mutex);
	for (i = 0; buckets && i < BUCKETS; i++)
		bucket_forget(&buckets[i], sessions);
	mutex_unlock(&tables_mutex);
}

static bool slot_copy(u32 index, u16 netns, union cw_record *out)
{
	struct bucket *bucket = &buckets[index / WAYS];
	const struct entry *entry = &bucket->entry[index % WAYS];
	unsigned long flags;
	bool wanted;

	raw_spin_lock_irqsave(&bucket->lock, flags);
	wanted = !entry_is_free(entry) && (!netns || entry->record.flow.netns == netns);
	if (wanted)
		*out = entry->record;
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	return wanted;
}

unsigned int cw_definitions_copy(u32 *index, u16 netns, union cw_record *out, unsigned int max)
{
	unsigned int n = 0;

	mutex_lock(&tables_mutex);
	if (buckets)
		for (; *index < BUCKETS * WAYS && n < max; ++*index)
			n += slot_copy(*index, netns, &out[n]);
	mutex_unlock(&tables_mutex);
	return n;
}
