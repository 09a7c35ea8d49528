/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tables answered last, for each CPU: nearly every event is of a flow and a device
 * that the CPU has just seen.  For define.c alone.  A CPU's own memos are used by it alone,
 * with interrupts off, so there is no lock.
 *
 * One holds for a second, after which the tables are asked again, since they take what is
 * asked for as in use; and until an entry's name, or who was told of it, is changed.
 */
#ifndef CW_DEFINE_MEMO_H
#define CW_DEFINE_MEMO_H

#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/topology.h>

#include "event.h"
#include "net.h"

#define MEMOS_BITS	8
#define MEMO_AGE	HZ

/**
 * struct memo - ids of a flow, and of the device that it was seen at
 * @flow: what for; family 0: free
 * @outer: around it; family 0: none
 * @cookie: of the namespace: its short id may be another one's by now
 * @ifindex: of the device, 0: none
 * @time: jiffies
 * @changes: tables_changes at that time
 * @flow_id: short id
 * @device_id: short id
 * @told: sessions that know these, a bit each
 */
struct memo {
	struct cw_flow_key flow;
	struct cw_flow_key outer;
	u64 cookie;
	u32 ifindex;
	u32 time;
	u32 changes;
	u32 flow_id;
	u16 device_id;
	u8 told;
};

static struct memo * __percpu *memos;
/* Counts what makes memos wrong. */
static atomic_t tables_changes;

static const struct cw_flow_key no_flow;

static u32 memo_ifindex(const struct cw_stage_info *info)
{
	return info->device ? info->device->ifindex : 0;
}

/* The place of what is asked for, whatever is there; NULL: no memory was left. */
static struct memo *memo_place(const struct cw_stage_info *info)
{
	struct memo *memo = *this_cpu_ptr(memos);
	u64 hash = info->net->net->net_cookie << 32 | memo_ifindex(info);

	if (!memo || !info->flow)
		return NULL;
	hash = cw_flow_key_hash(info->flow, hash);
	if (info->outer)
		hash = cw_flow_key_hash(info->outer, hash);
	return &memo[hash >> (64 - MEMOS_BITS)];
}

static bool memo_holds(const struct memo *memo, const struct cw_stage_info *info, u8 sessions)
{
	return cw_flow_key_equal(&memo->flow, info->flow) &&
	       cw_flow_key_equal(&memo->outer, info->outer ?: &no_flow) &&
	       memo->ifindex == memo_ifindex(info) &&
	       memo->cookie == info->net->net->net_cookie &&
	       memo->changes == (u32)atomic_read(&tables_changes) && !(sessions & ~memo->told) &&
	       (u32)jiffies - memo->time < MEMO_AGE;
}

static void memo_keep(struct memo *memo, const struct cw_stage_info *info,
		      const struct cw_ids *ids, u32 changes, u8 told)
{
	memo->flow = *info->flow;
	memo->outer = info->outer ? *info->outer : no_flow;
	memo->cookie = info->net->net->net_cookie;
	memo->ifindex = memo_ifindex(info);
	memo->time = (u32)jiffies;
	memo->changes = changes;
	memo->flow_id = ids->flow;
	memo->device_id = ids->device;
	memo->told = told;
}

static void memos_free(void)
{
	unsigned int cpu;

	if (!memos)
		return;
	for_each_possible_cpu(cpu)
		kvfree(*per_cpu_ptr(memos, cpu));
	free_percpu(memos);
	memos = NULL;
}

/* A CPU without any asks the tables each time. */
static int memos_alloc(void)
{
	unsigned int cpu;

	memos = alloc_percpu(struct memo *);
	if (!memos)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		*per_cpu_ptr(memos, cpu) = kvzalloc_node(sizeof(struct memo) << MEMOS_BITS,
							 GFP_KERNEL | __GFP_NOWARN,
							 cpu_to_node(cpu));
	return 0;
}

#endif
