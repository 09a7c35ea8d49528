/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Each CPU's cache of the ids that the tables (definition.c) answered last: nearly every event is
 * of a flow and a device that the CPU has just seen.  event.c and segment.c look here first.  A
 * CPU's cache is used by that CPU alone, with interrupts off, so there is no lock.
 *
 * Cached ids hold until any definition changes, or the set of sessions that know it.  They also
 * expire after a second or so: the tables are then asked again, and so see which ids are in use.
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
 * @flow: the flow; family 0: the entry is free
 * @outer: flow around it; family 0: none
 * @cookie: of the namespace, since its short id may be another namespace's by now
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
 * struct cw_cached_segment - ids, found by bytes of a marked segment; one line of the CPU's cache
 * @addresses: both of its IP header
 * @outer: both addresses of the IP header around it, or 0
 * @cookie: of the namespace; 0: the entry is free
 * @changes: cw_cache_changes when it was made
 * @ports: both of its TCP header
 * @outer_ports: both ports of the UDP header around it, or 0
 * @ifindex: of the device
 * @flow_id: short id
 * @device_id: short id
 * @netns: short id of the namespace
 * @tunnel: CW_TUNNEL_*
 * @untold: sessions that do not know these ids, a bit each
 *
 * For segment.c.
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

/* The cache of one CPU; both arrays are in sets of CW_CACHE_WAYS. */
struct cw_cache {
	struct cw_cached_segment segment[CW_CACHE_WAYS << CW_CACHE_SET_BITS];
	struct cw_cached cached[CW_CACHE_WAYS << CW_CACHE_SET_BITS];
};

/* NULL before the first session is open, or without memory: then the tables are asked. */
DECLARE_PER_CPU(struct cw_cache *, cw_caches);
/* Counts the changes that make cached ids wrong. */
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

/* Do ids still hold that were cached when cw_cache_changes was @changes? */
static __always_inline bool cw_cache_holds(unsigned long changes)
{
	return changes == (unsigned long)atomic_long_read(&cw_cache_changes);
}

/**
 * cw_cache_find() - look for an event's ids in this CPU's cache
 * @info: an event that has a flow
 * @sessions: the sessions that have to know the ids
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
 * cw_cache_keep() - cache what the tables have just answered
 * @info: the event that they were asked about
 * @ids: their answer
 * @changes: cw_cache_changes as it was before they were asked
 * @sessions: the sessions that know the ids, a bit each
 *
 * In its set the oldest entry makes room.
 *
 * Context: any but NMI, interrupts off.
 */
void cw_cache_keep(const struct cw_stage_info *info, const struct cw_ids *ids,
		   unsigned long changes, u8 sessions);

/* Allocate and free all caches; without memory there are none.  Process context, no emitter. */
void cw_cache_alloc(void);
void cw_cache_free(void);

#endif
