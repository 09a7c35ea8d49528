/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tables answered last, for each CPU: nearly every event is of a flow and a device
 * that the CPU has just seen.  For define.c, and for event.c and segment.c, which look here first.
 * A CPU's own memos are used by it alone, with interrupts off, so there is no lock.
 *
 * One holds for a second, after which the tables are asked again, since they take what is
 * asked for as in use; and until an entry's name, or who was told of it, is changed.
 */
#ifndef CW_DEFINE_MEMO_H
#define CW_DEFINE_MEMO_H

#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/topology.h>

#include "define.h"
#include "event.h"
#include "net.h"

#define MEMOS_SET_BITS	6
#define MEMOS_WAYS	4
#define MEMO_AGE	HZ

/**
 * struct cw_memo - ids of a flow, and of the device that it was seen at
 * @flow: what for; family 0: free
 * @outer: around it; family 0: none
 * @cookie: of the namespace: its short id may be another one's by now
 * @ifindex: of the device, 0: none
 * @time: jiffies
 * @changes: cw_memos_changes at that time
 * @flow_id: short id
 * @device_id: short id
 * @netns: short id of the namespace
 * @told: sessions that know these, a bit each
 */
struct cw_memo {
	struct cw_flow_key flow;
	struct cw_flow_key outer;
	u64 cookie;
	u32 ifindex;
	u32 time;
	u32 changes;
	u32 flow_id;
	u16 device_id;
	u16 netns;
	u8 told;
};

/* NULL while no session was ever open.  A CPU without any asks the tables each time. */
extern struct cw_memo * __percpu *cw_memos;
/* Counts what makes memos wrong. */
extern atomic_t cw_memos_changes;

static __always_inline u32 cw_memo_ifindex(const struct cw_stage_info *info)
{
	return info->device ? info->device->ifindex : 0;
}

/* What the hash of flow and outer flow begins with. */
static __always_inline u64 cw_memo_seed(const struct net *net, u32 ifindex)
{
	return net->net_cookie << 32 | ifindex;
}

/* This CPU's; NULL: no memory was left. */
static __always_inline struct cw_memo *cw_memos_here(void)
{
	return *this_cpu_ptr(cw_memos);
}

/* The first of MEMOS_WAYS. */
static __always_inline struct cw_memo *cw_memos_at(struct cw_memo *memos, u64 hash)
{
	return memos + MEMOS_WAYS * (hash >> (64 - MEMOS_SET_BITS));
}

static __always_inline u64 cw_memo_hash(const struct cw_stage_info *info)
{
	u64 hash = cw_memo_seed(info->net->net, cw_memo_ifindex(info));

	hash = cw_flow_key_hash(info->flow, hash);
	return info->outer ? cw_flow_key_hash(info->outer, hash) : hash;
}

static __always_inline bool cw_memo_is(const struct cw_memo *memo, const struct cw_stage_info *info)
{
	return cw_flow_key_equal(&memo->flow, info->flow) &&
	       (info->outer ? cw_flow_key_equal(&memo->outer, info->outer) :
			      !memo->outer.family) &&
	       memo->ifindex == cw_memo_ifindex(info) &&
	       memo->cookie == info->net->net->net_cookie;
}

/* It is of the right flow: does it hold still, and for all of @sessions? */
static __always_inline bool cw_memo_holds(const struct cw_memo *memo, u8 sessions)
{
	return memo->changes == (u32)atomic_read(&cw_memos_changes) && !(sessions & ~memo->told) &&
	       (u32)jiffies - memo->time < MEMO_AGE;
}

/**
 * cw_memo_recall() - the names that this CPU was told last
 * @info: an event that has a flow
 * @sessions: who has to know the names
 * @ids: result: of flow and device
 *
 * Return: false: the tables have to be asked; nothing is set.
 * Context: any but NMI, interrupts off, a session open.
 */
static __always_inline bool cw_memo_recall(const struct cw_stage_info *info, u8 sessions,
					   struct cw_ids *ids)
{
	struct cw_memo *memos = cw_memos_here();
	const struct cw_memo *memo;
	unsigned int i;

	if (!memos)
		return false;
	memo = cw_memos_at(memos, cw_memo_hash(info));
	for (i = 0; !cw_memo_is(memo, info); memo++)
		if (++i == MEMOS_WAYS)
			return false;
	if (!cw_memo_holds(memo, sessions))
		return false;
	ids->flow = memo->flow_id;
	ids->device = memo->device_id;
	return true;
}

#endif
