/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tables answered last, for each CPU: nearly every event is of a flow and a device
 * that the CPU has just seen.  For define.c, and for event.c and segment.c, which look here first.
 * A CPU's own memos are used by it alone, with interrupts off, so there is no lock.
 *
 * One holds until an entry's name, or who was told of it, is changed; and for a second or so,
 * after which the tables are asked again, since they take what is asked for as in use.
 */
#ifndef CW_DEFINE_MEMO_H
#define CW_DEFINE_MEMO_H

#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/topology.h>

#include "base/net.h"
#include "event/type.h"

#define MEMOS_SET_BITS	6
#define MEMOS_WAYS	4

/**
 * struct cw_ids - short ids for an event, 0: none
 * @flow: of the flow
 * @task: of the thread
 * @reason: of a drop
 * @device: of the device
 */
struct cw_ids {
	u32 flow;
	u32 task;
	u32 reason;
	u16 device;
};

/**
 * struct cw_memo - ids of a flow, and of the device that it was seen at
 * @flow: what for; family 0: free
 * @outer: around it; family 0: none
 * @cookie: of the namespace: its short id may be another one's by now
 * @changes: cw_memos_changes when it was made
 * @ifindex: of the device, 0: none
 * @flow_id: short id
 * @device_id: short id
 * @netns: short id of the namespace
 * @untold: sessions that do not know these, a bit each
 */
struct cw_memo {
	struct cw_flow_key flow;
	struct cw_flow_key outer;
	u64 cookie;
	unsigned long changes;
	u32 ifindex;
	u32 flow_id;
	u16 device_id;
	u16 netns;
	u8 untold;
};

/**
 * struct cw_segment_memo - the same, for segment.c: by bytes of a marked segment, in a cache line
 * @addresses: of its IP header, both
 * @outer: of the IP header around, or 0
 * @cookie: as above; 0: free
 * @ports: of its TCP header, both
 * @outer_ports: of the UDP header around, or 0
 * @tunnel: CW_TUNNEL_*
 *
 * The others are as above.
 */
struct cw_segment_memo {
	u64 addresses;
	u64 outer;
	u64 cookie;
	unsigned long changes;
	u32 ports;
	u32 outer_ports;
	u32 ifindex;
	u32 flow_id;
	u16 device_id;
	u16 netns;
	u8 tunnel;
	u8 untold;
} __aligned(64);

/* One CPU's; in sets of MEMOS_WAYS. */
struct cw_memos {
	struct cw_segment_memo segment[MEMOS_WAYS << MEMOS_SET_BITS];
	struct cw_memo memo[MEMOS_WAYS << MEMOS_SET_BITS];
};

/* NULL while no session was ever open, and where no memory was left: the tables are asked. */
DECLARE_PER_CPU(struct cw_memos *, cw_memos);
/* Counts what makes memos wrong. */
extern atomic_long_t cw_memos_changes;

static __always_inline u32 cw_memo_ifindex(const struct cw_stage_info *info)
{
	return info->device ? info->device->ifindex : 0;
}

/*
 * The first place of the set in which to look.  The flow around has no part in the choice.
 * @addresses, @ports: of the flow, mixed in any way
 */
static __always_inline unsigned int cw_memos_set(u64 addresses, u32 ports, u64 cookie, u32 ifindex)
{
	u64 hash = (addresses ^ (cookie ^ ports) << 20 ^ ifindex) * GOLDEN_RATIO_64;

	return MEMOS_WAYS * (hash >> (64 - MEMOS_SET_BITS));
}

static __always_inline struct cw_memo *cw_memos_of(struct cw_memos *memos,
						   const struct cw_stage_info *info)
{
	u64 set = cw_memos_set(cw_flow_key_addresses(info->flow), cw_flow_key_ports(info->flow),
			       info->net->cookie, cw_memo_ifindex(info));

	return &memos->memo[set];
}

static __always_inline bool cw_memo_is(const struct cw_memo *memo, const struct cw_stage_info *info)
{
	return cw_flow_key_equal(&memo->flow, info->flow) &&
	       (info->outer ? cw_flow_key_equal(&memo->outer, info->outer) :
			      !memo->outer.family) &&
	       memo->ifindex == cw_memo_ifindex(info) &&
	       memo->cookie == info->net->cookie;
}

/* Of what was kept at that time: does it hold still? */
static __always_inline bool cw_memo_holds(unsigned long changes)
{
	return changes == (unsigned long)atomic_long_read(&cw_memos_changes);
}

/**
 * cw_memo_recall() - the names that this CPU was told last
 * @info: an event that has a flow
 * @sessions: who has to know the names
 *
 * Return: NULL: the tables have to be asked.
 * Context: any but NMI, interrupts off, a session open.
 */
static __always_inline const struct cw_memo *cw_memo_recall(const struct cw_stage_info *info,
							    u8 sessions)
{
	struct cw_memos *memos = this_cpu_read(cw_memos);
	const struct cw_memo *memo;
	unsigned int i;

	if (!memos)
		return NULL;
	memo = cw_memos_of(memos, info);
	for (i = 0; !cw_memo_is(memo, info); memo++)
		if (++i == MEMOS_WAYS)
			return NULL;
	return cw_memo_holds(memo->changes) && !(sessions & memo->untold) ? memo : NULL;
}

/**
 * cw_cache_keep() - what the tables have just answered
 * @info: what they were asked for
 * @ids: their answer
 * @changes: cw_memos_changes as it was before they were asked
 * @sessions: these were told, a bit each
 *
 * In its set the oldest one makes room.
 *
 * Context: any but NMI, interrupts off.
 */
void cw_cache_keep(const struct cw_stage_info *info, const struct cw_ids *ids,
		   unsigned long changes, u8 sessions);

/* Process context, no emitter; without memory there are no caches. */
void cw_cache_alloc(void);
void cw_cache_free(void);

#endif
