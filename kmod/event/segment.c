// SPDX-License-Identifier: GPL-2.0
/*
 * The fast path: makes the record of an event from a segment's bytes; segment.h draws it.  The
 * slow path's struct cw_stage_info is made for few segments: the first one of a run, one whose
 * flow or device is not in this CPU's cache, or any one while a session has a filter or a
 * TRACE_EVENT is on.  Contexts and locks are those of event.c.
 */
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/smp.h>
#include <linux/tcp.h>

#include "base/counter.h"
#include "base/net.h"
#include "compat/compiler.h"
#include "compat/unaligned.h"
#include "event/definition_cache.h"
#include "event/event.h"
#include "event/flush.h"
#include "event/histogram.h"
#include "event/ring.h"
#include "event/segment.h"
#include "event/session.h"
#include "lib/option_long.h"
#include "lib/fast.h"

/**
 * struct segment - a marked segment at a device
 * @fast: where its headers are
 * @device: the device that it is at
 * @stage: enum cw_stage
 */
struct segment {
	struct cw_fast fast;
	const struct net_device *device;
	u8 stage;
};

static __always_inline bool in_tunnel(const struct segment *segment)
{
	return segment->fast.tunnel != CW_TUNNEL_NONE;
}

static __always_inline const u8 *option_of(const struct segment *segment)
{
	return cw_fast_option(&segment->fast);
}

static __always_inline u32 seq_of(const struct segment *segment)
{
	const u8 *tcp = segment->fast.ip + sizeof(struct iphdr);

	return cw_get_be32(tcp + offsetof(struct tcphdr, seq)) - cw_option_back(option_of(segment));
}

/* Both ports as they lie in the packet; @ip: a header without options. */
static __always_inline u32 ports_of(const u8 *ip)
{
	return get_unaligned((u32 *)(ip + sizeof(struct iphdr)));
}

/* Both addresses as they lie in the packet; @ip: a header without options. */
static __always_inline u64 addresses_of(const u8 *ip)
{
	return get_unaligned((u64 *)(ip + offsetof(struct iphdr, saddr)));
}

/* Is the segment's outer header, which it has, that of the cached outer flow? */
static __always_inline bool outer_is(const struct cw_cached_segment *cached,
				     const struct segment *segment)
{
	const u8 *ip = segment->fast.ip;

	if (segment->fast.tunnel == CW_TUNNEL_VXLAN)
		return cached->outer == addresses_of(ip - CW_FAST_IN_VXLAN) &&
		       cached->outer_ports == ports_of(ip - CW_FAST_IN_VXLAN);
	return cached->outer == addresses_of(ip - CW_FAST_IN_IP);
}

static __always_inline bool cached_is(const struct cw_cached_segment *cached,
				    const struct segment *segment)
{
	return cached->addresses == addresses_of(segment->fast.ip) &&
	       cached->ports == ports_of(segment->fast.ip) &&
	       cached->ifindex == segment->device->ifindex &&
	       cached->cookie == dev_net(segment->device)->net_cookie &&
	       cached->tunnel == segment->fast.tunnel &&
	       (!in_tunnel(segment) || outer_is(cached, segment));
}

/* Looks for the segment's ids in the cache.  False: the tables have to be asked. */
static __always_inline bool cache_find_segment(const struct segment *segment, u8 sessions,
					       const struct cw_cached_segment **result)
{
	struct cw_cache *cache = this_cpu_read(cw_caches);
	const struct net_device *device = segment->device;
	const struct cw_cached_segment *cached;
	const u8 *ip = segment->fast.ip;
	unsigned int i;

	if (!cache)
		return false;
	cached = cache->segment + cw_cache_set(addresses_of(ip), ports_of(ip),
					     dev_net(device)->net_cookie, device->ifindex);
	for (i = 0; !cached_is(cached, segment); cached++)
		if (++i == CW_CACHE_WAYS)
			return false;
	*result = cached;
	return cw_cache_holds(cached->changes) && !(sessions & cached->untold);
}

static bool same_segments(const struct cw_cached_segment *a, const struct cw_cached_segment *b)
{
	return a->addresses == b->addresses && a->ports == b->ports && a->ifindex == b->ifindex &&
	       a->cookie == b->cookie && a->tunnel == b->tunnel && a->outer == b->outer &&
	       a->outer_ports == b->outer_ports;
}

/* Both ports, as ports_of() reads them from a packet. */
static u32 flow_ports(const struct cw_flow_key *flow)
{
	return (__force u32)htonl(cw_flow_key_ports(flow));
}

/*
 * Adds an entry; in its set the oldest one makes room, or one of the same segments that is out of
 * date.  The entry is made of the flow that was defined, and not of the packet's bytes: a process
 * that can write those could change them in between, and ids would be wrong for a second.
 */
static void cache_add_segment(struct cw_cache *cache, const struct cw_cached *from)
{
	const struct cw_cached_segment made = {
		.addresses = cw_flow_key_addresses(&from->flow),
		.outer = cw_flow_key_addresses(&from->outer),
		.cookie = from->cookie,
		.changes = from->changes,
		.ports = flow_ports(&from->flow),
		.outer_ports = flow_ports(&from->outer),
		.ifindex = from->ifindex,
		.flow_id = from->flow_id,
		.device_id = from->device_id,
		.netns = from->netns,
		.tunnel = from->flow.tunnel,
		.untold = from->untold,
	};
	struct cw_cached_segment *cached = cache->segment + cw_cache_set(made.addresses, made.ports,
								     made.cookie, made.ifindex);
	unsigned int i;

	for (i = 0; i < CW_CACHE_WAYS - 1 && !same_segments(&cached[i], &made); i++)
		;
	memmove(cached + 1, cached, i * sizeof(*cached));
	*cached = made;
}

/* @info, of a segment, was recorded on the slow path: copies its ids to the cache of segments. */
static void cache_names(const struct cw_stage_info *info)
{
	const struct cw_cached *cached;
	unsigned long flags;

	/* While a TRACE_EVENT is on, each event takes the slow path and looks for no entry. */
	if (static_branch_unlikely(&cw_trace_key))
		return;
	local_irq_save(flags);
	cached = cw_sessions_unchoosy() ? cw_cache_find(info, 0) : NULL;
	if (cached)
		cache_add_segment(this_cpu_read(cw_caches), cached);
	local_irq_restore(flags);
}

static __always_inline void fill_event(struct cw_event *event, const struct segment *segment,
				       const struct cw_cached_segment *cached)
{
	const u8 *option = option_of(segment);
	u16 device = cached->device_id, netns = cached->netns;

	memcpy(event->trace_id, option + CW_LONG_AT_TRACE_ID, sizeof(event->trace_id));
	event->message = cw_option_message(option);
	event->span = 0;
	event->flow = cached->flow_id;
	event->task = 0;
	event->seq = seq_of(segment);
	event->length = cw_fast_length(&segment->fast);
	event->device = device;
	event->netns = netns;
	event->stage = segment->stage;
	event->flags = 0;
	event->cpu = smp_processor_id();
}

/* Interrupts off.  False: the ids of flow and device are not in the cache. */
static __always_inline bool store_event(const struct segment *segment, u64 time, u8 sessions)
{
	struct cw_ring *ring = cw_ring_this();
	const struct cw_cached_segment *cached;
	union cw_record *record;

	if (!cache_find_segment(segment, sessions, &cached))
		return false;
	record = cw_ring_reserve(ring, sessions, CW_RING_EVENT);
	if (record) {
		record->event.time = time;
		fill_event(&record->event, segment, cached);
		cw_ring_commit(ring, sessions, CW_RING_EVENT);
	} else {
		cw_count(event_ring_full);
	}
	if (cw_ring_wants_flush(ring))
		cw_flush_kick();
	return true;
}

/* Records the event on the fast path.  False: cw_event_record() has to be called. */
static __always_inline bool record_fast(const struct segment *segment)
{
	unsigned long flags;
	bool done;
	u8 open;

	if (static_branch_unlikely(&cw_trace_key))
		return false;
	if (!READ_ONCE(cw_sessions_open))
		return true;
	local_irq_save(flags);
	open = cw_sessions_unchoosy();
	done = open && store_event(segment, ktime_get_real_ns(), open);
	local_irq_restore(flags);
	return done;
}

/* @ip: a header without options. */
static void flow_fill(struct cw_flow_key *flow, const u8 *ip, u8 protocol, u8 tunnel)
{
	memset(flow, 0, sizeof(*flow));
	memcpy(flow->source, ip + offsetof(struct iphdr, saddr), sizeof(__be32));
	memcpy(flow->destination, ip + offsetof(struct iphdr, daddr), sizeof(__be32));
	if (protocol != IPPROTO_IPIP) {
		flow->source_port = cw_get_be16(ip + sizeof(struct iphdr));
		flow->destination_port = cw_get_be16(ip + sizeof(struct iphdr) + 2);
	}
	flow->family = AF_INET;
	flow->role = CW_ROLE_TRANSIT;
	flow->protocol = protocol;
	flow->tunnel = tunnel;
}

/* Takes the slow path for what the fast one could not finish; @counted, @recorded: what it did. */
static noinline void emit_slow(const u8 *ip, u8 tunnel, const struct net_device *device,
			       unsigned int stage, bool counted, bool recorded)
{
	const struct segment segment = {
		.fast = { .ip = ip, .tunnel = tunnel },
		.device = device,
		.stage = stage,
	};
	struct cw_flow_key flow __uninitialized, outer __uninitialized;
	const struct cw_fast *fast = &segment.fast;
	struct cw_context context __uninitialized;
	struct cw_stage_info info = {
		.context = &context,
		.net = cw_net_here(dev_net(device)),
		.flow = &flow,
		.device = device,
		.seq = seq_of(&segment),
		.length = cw_fast_length(fast),
		.stage = stage,
	};

	cw_option_context(option_of(&segment), &context);
	flow_fill(&flow, ip, IPPROTO_TCP, tunnel);
	if (in_tunnel(&segment)) {
		flow_fill(&outer, cw_fast_outer(fast),
			  tunnel == CW_TUNNEL_VXLAN ? IPPROTO_UDP : IPPROTO_IPIP,
			  CW_TUNNEL_NONE);
		info.outer = &outer;
	}
	if (!counted)
		cw_histogram_event(&info);
	if (!recorded) {
		cw_event_record(&info);
		cache_names(&info);
	}
}

/* Counts the step of a known run.  False: cw_histogram_event() has to be called. */
static __always_inline bool count_fast(const struct segment *segment)
{
	const struct net_device *device = segment->device;

	return cw_histogram_pass(cw_option_message(option_of(segment)), seq_of(segment), device,
				 cw_net_here(dev_net(device)), segment->stage);
}

/* Adds to the histograms; takes the slow path where that, or @recorded, says that it must. */
static noinline void count_or_emit_slow(const u8 *ip, u8 tunnel, const struct net_device *device,
					unsigned int stage, bool recorded)
{
	const struct segment segment = {
		.fast = { .ip = ip, .tunnel = tunnel },
		.device = device,
		.stage = stage,
	};
	bool counted = !static_branch_likely(&cw_histogram_key) || count_fast(&segment);

	if (!counted || !recorded)
		emit_slow(ip, tunnel, device, stage, counted, recorded);
}

/*
 * Each marked segment passes here several times.  The calls are the last that is done, and are
 * given values and no pointer, so that nothing is saved for them on the fast path.
 */
void cw_segment_seen(u32 look, const u8 *ip, const struct net_device *device, unsigned int stage)
{
	const struct segment segment = {
		.fast = cw_fast_read(ip, look),
		.device = device,
		.stage = stage,
	};
	const struct cw_fast *fast = &segment.fast;

	if (!cw_option_is_traced(option_of(&segment)))
		return;
	if (!record_fast(&segment))
		count_or_emit_slow(fast->ip, fast->tunnel, device, stage, false);
	else if (static_branch_likely(&cw_histogram_key))
		count_or_emit_slow(fast->ip, fast->tunnel, device, stage, true);
}
