/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tables answered last, for each CPU: nearly every event is of a flow and a device
 * that the CPU has just seen.  For define.c, and for event.c and segment.c, which look here first.
 * A CPU's own cache are used by it alone, with interrupts off, so there is no lock.
 *
 * One holds until an entry's name, or who was told of it, is changed; and for a second or so,
 * after which the tables are asked again, since they take what is asked for as in use.
 */
#ifndef CW_DEFINITION_CACHE_H
#define CW_DEFINITION_CACHE_H

#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/topology.h>

#include "base/net.h"
#include "event/type.h"

#define CW_CACHE_SET_BITS	6
#define CW_CACHE_WAYS	4

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
 * struct cw_cached - ids of a flow, and of the device that it was seen at
 * @flow: what for; family 0: free
 * @outer: around it; family 0: none
 * @cookie: of the namespace: its short id may be another one's by now
 * @changes: cw_cache_changes when it was made
 * @ifindex: of the device, 0: none
 * @flow_id: short id
 * @device_id: short id
 * @netns: short id of the namespace
 * @untold: sessions that do not know these, a bit each
 */
struct cw_cached {
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
 * struct cw_cached_segment - the same, for segment.c: by bytes of a marked segment, in a cache line
 * @addresses: of its IP header, both
 * @outer: of the IP header around, or 0
 * @cookie: as above; 0: free
 * @ports: of its TCP header, both
 * @outer_ports: of the UDP header around, or 0
 * @tunnel: CW_TUNNEL_*
 *
 * The others are as above.
 */
struct cw_cached_segment {
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

/* One CPU's; in sets of CW_CACHE_WAYS. */
struct cw_cache {
	struct cw_cached_segment segment[CW_CACHE_WAYS << CW_CACHE_SET_BITS];
	struct cw_cached cached[CW_CACHE_WAYS << CW_CACHE_SET_BITS];
};

/* NULL while no session was ever open, and where no memory was left: the tables are asked. */
DECLARE_PER_CPU(struct cw_cache *, cw_caches);
/* Counts what makes cache wrong. */
extern atomic_long_t cw_cache_changes;

static __always_inline u32 cw_cache_ifindex(const struct cw_stage_info *info)
{
	return info->device ? info->device->ifindex : 0;
}

/*
 * The first place of the set in which to look.  The flow around has no part in the choice.
 * @addresses, @ports: of the flow, mixed in any way
 */
static __always_inline unsigned int cw_cache_set(u64 addresses, u32 ports, u64 cookie, u32 ifindex)
{
	u64 hash = (addresses ^ (cookie ^ ports) << 20 ^ ifindex) * GOLDEN_RATIO_64;

	return CW_CACHE_WAYS * (hash >> (64 - CW_CACHE_SET_BITS));
}

static __always_inline struct cw_cached *cw_cache_set_of(struct cw_cache *cache,
						   const struct cw_stage_info *info)
{
	u64 set = cw_cache_set(cw_flow_key_addresses(info->flow), cw_flow_key_ports(info->flow),
			       info->net->cookie, cw_cache_ifindex(info));

	return &cache->cached[set];
}

static __always_inline bool cw_cached_is(const struct cw_cached *cached, const struct cw_stage_info *info)
{
	return cw_flow_key_equal(&cached->flow, info->flow) &&
	       (info->outer ? cw_flow_key_equal(&cached->outer, info->outer) :
			      !cached->outer.family) &&
	       cached->ifindex == cw_cache_ifindex(info) &&
	       cached->cookie == info->net->cookie;
}

/* Of what was kept at that time: does it hold still? */
static __always_inline bool cw_cache_holds(unsigned long changes)
{
	return changes == (unsigned long)atomic_long_read(&cw_cache_changes);
}

/**
 * cw_cache_find() - the names that this CPU was told last
 * @info: an event that has a flow
 * @sessions: who has to know the names
 *
 * Return: NULL: the tables have to be asked.
 * Context: any but NMI, interrupts off, a session open.
 */
static __always_inline const struct cw_cached *cw_cache_find(const struct cw_stage_info *info,
							    u8 sessions)
{
	struct cw_cache *cache = this_cpu_read(cw_caches);
	const struct cw_cached *cached;
	unsigned int i;

	if (!cache)
		return NULL;
	cached = cw_cache_set_of(cache, info);
	for (i = 0; !cw_cached_is(cached, info); cached++)
		if (++i == CW_CACHE_WAYS)
			return NULL;
	return cw_cache_holds(cached->changes) && !(sessions & cached->untold) ? cached : NULL;
}

/**
 * cw_cache_keep() - what the tables have just answered
 * @info: what they were asked for
 * @ids: their answer
 * @changes: cw_cache_changes as it was before they were asked
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
