/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kinds of definition, and how they differ.  Only definition.c includes this file, so that
 * calls through constant tables are inlined; hence its names have no prefix.  All functions are
 * called with the bucket's lock held, in any context but NMI, interrupts off.
 */
#ifndef CW_DEFINITION_KIND_H
#define CW_DEFINITION_KIND_H

#include <linux/cgroup.h>
#include <linux/jhash.h>
#include <linux/sched.h>
#include <net/rtnetlink.h>

#include "base/net.h"
#include "compat/drop.h"
#include "event/type.h"

#define WAYS 4

/* The order of the tables: a dump gives namespaces before what is in them. */
#define NETNS_BUCKETS	128
#define DEVICE_BUCKETS	256
#define TASK_BUCKETS	256
#define FLOW_BUCKETS	1024
#define REASON_BUCKETS	64
#define NETNS_FIRST	0
#define DEVICE_FIRST	NETNS_BUCKETS
#define TASK_FIRST	(DEVICE_FIRST + DEVICE_BUCKETS)
#define FLOW_FIRST	(TASK_FIRST + TASK_BUCKETS)
#define REASON_FIRST	(FLOW_FIRST + FLOW_BUCKETS)
#define BUCKETS		(REASON_FIRST + REASON_BUCKETS)

/**
 * struct entry - a definition
 * @record: as it goes into the stream
 * @cookie: of the namespace that it is in, or that it defines; 0: the entry is free
 * @used: jiffies of the last use
 * @told: sessions that were given the definition, a bit each
 */
struct entry {
	union cw_record record;
	u64 cookie;
	u32 used;
	u8 told;
};

/**
 * struct bucket - the entries of one hash value
 * @lock: protects the entries; definition.c has the order
 * @serial: high byte of the device id made last
 * @entry: in no order
 */
struct bucket {
	raw_spinlock_t lock;
	u8 serial;
	struct entry entry[WAYS];
};

/**
 * struct kind - how one table differs from other tables; constant, so that calls are inlined
 * @stage: CW_RECORD_*
 * @first: its first bucket
 * @buckets: how many it has, a power of two
 * @hash: hash of what identifies the object that an event is about
 * @is: is an entry of the event's namespace about that object
 * @holds: is what such an entry says still true
 * @make_id: makes a new id
 * @fill: fills in all of a record but the id
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

static struct bucket *buckets;
static atomic_t flow_last_id;
static u32 hash_seed __read_mostly;

/* Namespaces */

static u32 netns_hash(const struct cw_stage_info *info)
{
	return info->net->id;
}

static bool netns_is(const union cw_record *record, const struct cw_stage_info *info)
{
	return true;
}

static bool netns_holds(const union cw_record *record, const struct cw_stage_info *info)
{
	return true;
}

static u32 netns_make_id(struct bucket *bucket, const struct cw_stage_info *info)
{
	return info->net->id;
}

static void netns_fill(union cw_record *record, const struct cw_stage_info *info)
{
	record->netns.inum = info->net->net->ns.inum;
	record->netns.cookie = info->net->cookie;
}

static const struct kind netns_kind = KIND(netns, NETNS);

/* Devices */

static u32 device_hash(const struct cw_stage_info *info)
{
	return jhash_2words(info->device->ifindex, info->net->id, hash_seed);
}

static bool device_is(const union cw_record *record, const struct cw_stage_info *info)
{
	return record->device.ifindex == info->device->ifindex;
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
 * Ids of 16 bits can run out.  The low byte is the bucket's number, so that a new id that no
 * other device has can be made under the bucket's lock alone.  An id is used again 255 devices
 * later.
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

/* Tasks: a thread has one entry for each namespace that its sockets are in. */

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
	return record->task.id == info->task->pid;
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
 * comm is read without alloc_lock, which code that was interrupted on this CPU may hold.  A name
 * that was read while it changed is found to differ at the next use, and defined again.
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
	       def->role == key->role && def->protocol == key->protocol &&
	       def->tunnel == key->tunnel &&
	       !memcmp(def->source, key->source, sizeof(key->source)) &&
	       !memcmp(def->destination, key->destination, sizeof(key->destination));
}

/* Within a namespace a flow is in one tunnel at a time; a bond may change to another one. */
static bool flow_holds(const union cw_record *record, const struct cw_stage_info *info)
{
	return record->flow.outer == info->outer_id;
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
	def->protocol = key->protocol;
	def->tunnel = key->tunnel;
	def->netns = netns;
	def->stage = CW_RECORD_FLOW;
}

static void flow_fill(union cw_record *record, const struct cw_stage_info *info)
{
	cw_flow_def_fill(&record->flow, info->flow, info->net->id);
	record->flow.outer = info->outer_id;
}

static const struct kind flow_kind = KIND(flow, FLOW);

/*
 * Reasons of drops.  The reason and the address that identify one do not fit into its record, so
 * their hash is its id.  With a hundred reasons two have one id once in a million boots.
 */

static u32 reason_hash(const struct cw_stage_info *info)
{
	u64 location = info->reason->location;

	return jhash_3words((u32)location, (u32)(location >> 32), info->reason->reason,
			    hash_seed ^ info->net->id) ?: 1;
}

static bool reason_is(const union cw_record *record, const struct cw_stage_info *info)
{
	return record->reason.id == reason_hash(info);
}

static bool reason_holds(const union cw_record *record, const struct cw_stage_info *info)
{
	return true;
}

static u32 reason_make_id(struct bucket *bucket, const struct cw_stage_info *info)
{
	return reason_hash(info);
}

static void reason_fill(union cw_record *record, const struct cw_stage_info *info)
{
	strscpy(record->reason.name, cw_drop_name(info->reason->reason),
		sizeof(record->reason.name));
	snprintf(record->reason.function, sizeof(record->reason.function), "%ps",
		 (void *)info->reason->location);
}

static const struct kind reason_kind = KIND(reason, REASON);

#endif
