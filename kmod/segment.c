// SPDX-License-Identifier: GPL-2.0
/*
 * From a segment's bytes to the record of its event.  What cw_event_emit() is given is made
 * for few of them: of a flow or device that this CPU has no memo of, the first of a run, or
 * where a session is choosy or a TRACE_EVENT on.  As event.c otherwise.
 */
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/irqflags.h>
#include <linux/smp.h>
#include <linux/tcp.h>
#include <linux/timekeeping.h>

#include "compat/compiler.h"
#include "compat/unaligned.h"
#include "counter.h"
#include "define_memo.h"
#include "event.h"
#include "histogram.h"
#include "lib/option_long.h"
#include "lib/quick.h"
#include "net.h"
#include "ring.h"
#include "segment.h"
#include "session.h"

/**
 * struct segment - where it is
 * @ip: outermost header
 * @quick: its headers
 * @device: which it is at
 * @net: of the device
 * @stage: enum cw_stage
 */
struct segment {
	const u8 *ip;
	struct cw_quick quick;
	const struct net_device *device;
	struct cw_net *net;
	u8 stage;
};

static __always_inline bool in_tunnel(const struct segment *segment)
{
	return segment->quick.tunnel != CW_TUNNEL_NONE;
}

static __always_inline u32 seq_of(const struct segment *segment)
{
	const u8 *tcp = segment->quick.ip + sizeof(struct iphdr);

	return cw_get_be32(tcp + offsetof(struct tcphdr, seq)) -
	       cw_option_back(segment->quick.option);
}

/* The tail of a flow's key; @ip: its header, without options. */
static __always_inline u64 tail_of(const u8 *ip, u8 protocol, u8 tunnel)
{
	u32 ports = protocol == IPPROTO_IPIP ? 0 : cw_get_be32(ip + sizeof(struct iphdr));

	return cw_flow_key_tail(ports, AF_INET, CW_ROLE_TRANSIT, protocol, tunnel);
}

static __always_inline u64 inner_tail(const struct segment *segment)
{
	return tail_of(segment->quick.ip, IPPROTO_TCP, segment->quick.tunnel);
}

/* There is an outer header. */
static __always_inline u64 outer_tail(const struct segment *segment)
{
	u8 protocol = segment->quick.tunnel == CW_TUNNEL_VXLAN ? IPPROTO_UDP : IPPROTO_IPIP;

	return tail_of(segment->ip, protocol, CW_TUNNEL_NONE);
}

static void flow_fill(struct cw_flow_key *flow, const u8 *ip, u64 tail)
{
	memset(flow, 0, sizeof(*flow));
	memcpy(flow->source, ip + offsetof(struct iphdr, saddr), sizeof(__be32));
	memcpy(flow->destination, ip + offsetof(struct iphdr, daddr), sizeof(__be32));
	flow->word[4] = tail;
}

static __always_inline u64 addresses_of(const u8 *ip)
{
	return get_unaligned((u64 *)(ip + offsetof(struct iphdr, saddr)));
}

/* The tail says that it is IPv4's: then there is nothing behind either address. */
static __always_inline bool flow_is(const struct cw_flow_key *flow, const u8 *ip, u64 tail)
{
	return flow->word[4] == tail &&
	       !memcmp(flow->source, ip + offsetof(struct iphdr, saddr), sizeof(__be32)) &&
	       !memcmp(flow->destination, ip + offsetof(struct iphdr, daddr), sizeof(__be32));
}

static __always_inline bool memo_is(const struct cw_memo *memo, const struct segment *segment,
				    u64 tail, u64 around)
{
	return flow_is(&memo->flow, segment->quick.ip, tail) &&
	       (in_tunnel(segment) ? flow_is(&memo->outer, segment->ip, around) :
				     !memo->outer.family) &&
	       memo->ifindex == segment->device->ifindex &&
	       memo->cookie == dev_net(segment->device)->net_cookie;
}

/* @tail, @around: of its flow, and of the one around it. */
static __always_inline u64 hash_of(const struct segment *segment, u64 tail, u64 around)
{
	u64 hash = cw_memo_seed(dev_net(segment->device), segment->device->ifindex);

	hash = cw_flow_key_mix(addresses_of(segment->quick.ip), tail, hash);
	if (!in_tunnel(segment))
		return hash;
	return cw_flow_key_mix(addresses_of(segment->ip), around, hash);
}

/* As cw_memo_recall(). */
static __always_inline bool recall(const struct segment *segment, u8 sessions,
				   const struct cw_memo **result)
{
	u64 tail = inner_tail(segment), around = in_tunnel(segment) ? outer_tail(segment) : 0;
	struct cw_memo *memos = cw_memos_here();
	const struct cw_memo *memo;
	unsigned int i;

	if (!memos)
		return false;
	memo = cw_memos_at(memos, hash_of(segment, tail, around));
	for (i = 0; !memo_is(memo, segment, tail, around); memo++)
		if (++i == MEMOS_WAYS)
			return false;
	*result = memo;
	return cw_memo_holds(memo, sessions);
}

static __always_inline void fill(struct cw_event *event, const struct segment *segment,
				 const struct cw_memo *memo)
{
	const u8 *option = segment->quick.option;

	memcpy(event->trace_id, option + AT_TRACE_ID, sizeof(event->trace_id));
	event->message = cw_option_message(option);
	event->span = 0;
	event->flow = memo->flow_id;
	event->task = 0;
	event->seq = seq_of(segment);
	event->length = segment->quick.length;
	event->device = memo->device_id;
	event->netns = memo->netns;
	event->stage = segment->stage;
	event->flags = 0;
	event->cpu = smp_processor_id();
}

/* Interrupts off.  False: the names of flow and device have to be asked for. */
static __always_inline bool store(const struct segment *segment, u64 time, u8 sessions)
{
	struct cw_ring *ring = cw_ring_this();
	const struct cw_memo *memo;
	union cw_record *record;

	if (!recall(segment, sessions, &memo))
		return false;
	record = cw_ring_reserve(ring, sessions, CW_RING_EVENT);
	if (record) {
		record->event.time = time;
		fill(&record->event, segment, memo);
		cw_ring_commit(ring, sessions, CW_RING_EVENT);
	} else {
		cw_count(event_ring_full);
	}
	if (cw_ring_wants_flush(ring))
		cw_sessions_kick();
	return true;
}

static __always_inline void look_at(const u8 *ip, u32 look, const struct net_device *device,
				    u8 stage, struct segment *segment)
{
	segment->ip = ip;
	cw_quick_read(ip, look, &segment->quick);
	segment->device = device;
	segment->net = cw_net_here(dev_net(device));
	segment->stage = stage;
}

/* False: cw_event_record() is to be told. */
static __always_inline bool record(const u8 *ip, u32 look, const struct net_device *device,
				   u8 stage)
{
	struct segment segment __uninitialized;
	unsigned long flags, open;
	bool done = true;
	u64 time;

	if (static_branch_unlikely(&cw_trace_key))
		return false;
	if (!READ_ONCE(cw_sessions_open))
		return true;
	local_irq_save(flags);
	/* As cw_sessions_match(). */
	open = smp_load_acquire(&cw_sessions_open);
	if (open & READ_ONCE(cw_sessions_choosy)) {
		done = false;
	} else if (open) {
		time = ktime_get_real_ns();
		look_at(ip, look, device, stage, &segment);
		done = store(&segment, time, open);
	}
	local_irq_restore(flags);
	return done;
}

/*
 * As for all events.  The segment is looked at again: who kept it in memory for this would do so
 * for each.
 */
static noinline void emit(const u8 *ip, u32 look, const struct net_device *device, u8 stage,
			  bool counted, bool recorded)
{
	struct cw_flow_key flow __uninitialized, outer __uninitialized;
	struct cw_context context __uninitialized;
	struct segment segment __uninitialized;
	struct cw_stage_info info = {
		.context = &context,
		.flow = &flow,
		.device = device,
		.stage = stage,
	};

	look_at(ip, look, device, stage, &segment);
	cw_option_context(segment.quick.option, &context);
	flow_fill(&flow, segment.quick.ip, inner_tail(&segment));
	if (in_tunnel(&segment)) {
		flow_fill(&outer, ip, outer_tail(&segment));
		info.outer = &outer;
	}
	info.net = segment.net;
	info.seq = seq_of(&segment);
	info.length = segment.quick.length;
	if (!counted)
		cw_histogram_event(&info);
	if (!recorded)
		cw_event_record(&info);
}

/* False: cw_histogram_event() is to be told. */
static __always_inline bool count(const u8 *ip, u32 look, const struct net_device *device,
				  u8 stage)
{
	struct segment segment __uninitialized;

	look_at(ip, look, device, stage, &segment);
	return cw_histogram_pass(cw_option_message(segment.quick.option), seq_of(&segment), device,
				 segment.net->id, stage);
}

/* The histograms; and the long way. */
static noinline void rest(const u8 *ip, u32 look, const struct net_device *device, u8 stage,
			  bool recorded)
{
	bool counted = !static_branch_likely(&cw_histogram_key) || count(ip, look, device, stage);

	if (!counted || !recorded)
		emit(ip, look, device, stage, counted, recorded);
}

/* Each packet that carries something passes here, several times: no values are kept for the rest. */
void cw_segment_seen(const u8 *ip, u32 look, const struct net_device *device, u8 stage)
{
	bool recorded;

	if (!cw_option_is_traced(cw_quick_option(ip, look)))
		return;
	recorded = record(ip, look, device, stage);
	if (static_branch_likely(&cw_histogram_key) || !recorded)
		rest(ip, look, device, stage, recorded);
}
