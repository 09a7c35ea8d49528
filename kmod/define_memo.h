/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tables answered last, for each CPU: nearly every event is of a flow and a device
 * that the CPU has just seen.  For define.c, and for event.c, which looks here first.
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

#define MEMOS_SET_BITS	7
#define MEMOS_WAYS	2
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

/* MEMOS_WAYS of them; NULL: no memory was left. */
static __always_inline struct cw_memo *cw_memo_set(const struct cw_stage_info *info)
{
	u64 hash = info->net->net->net_cookie << 32 | cw_memo_ifindex(info);
	struct cw_memo *memos = *this_cpu_ptr(cw_memos);

	hash = cw_flow_key_hash(info->flow, hash);
	if (info->outer)
		hash = cw_flow_key_hash(info->outer, hash);
	return memos ? memos + MEMOS_WAYS * (hash >> (64 - MEMOS_SET_BITS)) : NULL;
}

static __always_inline bool cw_memo_is(const struct cw_memo *memo, const struct cw_stage_info *info)
{
	return cw_flow_key_equal(&memo->flow, info->flow) &&
	       (info->outer ? cw_flow_key_equal(&memo->outer, info->outer) :
			      !memo->outer.family) &&
	       memo->ifindex == cw_memo_ifindex(info) &&
	       memo->cookie == info->net->net->net_cookie;
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
	const struct cw_memo *memo = cw_memo_set(info);

	if (!memo || !(cw_memo_is(memo, info) || cw_memo_is(++memo, info)))
		return false;
	if (memo->changes != (u32)atomic_read(&cw_memos_changes) || sessions & ~memo->told ||
	    (u32)jiffies - memo->time >= MEMO_AGE)
		return false;
	ids->flow = memo->flow_id;
	ids->device = memo->device_id;
	return true;
}

#endif
