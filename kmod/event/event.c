// SPDX-License-Identifier: GPL-2.0
/*
 * The way in: makes the record of a stage, stores it for the sessions that want it and
 * fires the TRACE_EVENT.  Any context but NMI; takes no lock itself.  A record is made
 * and stored with interrupts off, so that a CPU's records are in the order of their
 * times; for that, as for an RCU read section, closing a session waits.
 */
#include <linux/in.h>
#include <linux/irqflags.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>

#include "base/counter.h"
#include "base/net.h"
#include "event/definition.h"
#include "event/definition_cache.h"
#include "event/event.h"
#include "event/histogram.h"
#include "event/ring.h"
#include "event/session.h"

#define CREATE_TRACE_POINTS
#include "event/trace.h"

DEFINE_STATIC_KEY_DEFERRED_FALSE(cw_event_key, 5 * HZ);
DEFINE_STATIC_KEY_FALSE(cw_trace_key);

/*
 * The static key's own locks, CPU hotplug and jump label, nest inside the tracepoints'
 * mutex already: a tracepoint is itself switched by a static key under it.
 */
int cw_trace_begin(void)
{
	static_branch_inc(&cw_trace_key);
	static_branch_inc(&cw_event_key.key);
	return 0;
}

void cw_trace_end(void)
{
	static_branch_dec(&cw_event_key.key);
	static_branch_dec(&cw_trace_key);
}

void cw_trace_address(u8 *out, const struct cw_flow_key *flow, bool destination)
{
	struct sockaddr_in6 address = {};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
	const u8 *bytes;

	if (flow) {
		bytes = destination ? flow->destination : flow->source;
		address.sin6_family = flow->family;
		address.sin6_port = htons(destination ? flow->destination_port : flow->source_port);
		if (flow->family == AF_INET)
			memcpy(&v4->sin_addr, bytes, sizeof(v4->sin_addr));
		else
			memcpy(&address.sin6_addr, bytes, sizeof(address.sin6_addr));
	}
	memcpy(out, &address, sizeof(address));
}

static void event_trace(const struct cw_event *event, const struct cw_stage_info *info)
{
	switch (info->stage) {
	case CW_STAGE_SEND:
		return trace_cw_send(event, info);
	case CW_STAGE_TCP_OUT:
		return trace_cw_tcp_out(event, info);
	case CW_STAGE_DEV_QUEUE:
		return trace_cw_dev_queue(event, info);
	case CW_STAGE_DEV_XMIT:
		return trace_cw_dev_xmit(event, info);
	case CW_STAGE_DEV_RX:
		return trace_cw_dev_rx(event, info);
	case CW_STAGE_TCP_IN:
		return trace_cw_tcp_in(event, info);
	case CW_STAGE_RECV:
		return trace_cw_recv(event, info);
	case CW_STAGE_RETRANSMIT:
		return trace_cw_retransmit(event, info);
	case CW_STAGE_DEV_DEQUEUE:
		return trace_cw_dev_dequeue(event, info);
	case CW_STAGE_DEV_ARRIVE:
		return trace_cw_dev_arrive(event, info);
	case CW_STAGE_READY:
		return trace_cw_ready(event, info);
	case CW_STAGE_WAKE:
		return trace_cw_wake(event, info);
	case CW_STAGE_DROP:
		return trace_cw_drop(event, info);
	}
}

static __always_inline void event_fill(struct cw_event *event, const struct cw_stage_info *info,
				       const struct cw_ids *ids)
{
	memcpy(event->trace_id, info->context->trace_id, sizeof(event->trace_id));
	event->message = info->context->message;
	event->span = info->reason ? ids->reason : info->span;
	event->flow = ids->flow;
	event->task = ids->task;
	event->seq = info->seq;
	event->length = info->length;
	event->device = ids->device;
	event->netns = info->net->id;
	event->stage = info->stage;
	event->flags = info->flags;
}

/* A full ring counts it as lost for each of the sessions. */
static void event_store(const struct cw_stage_info *info, u8 sessions)
{
	struct cw_ring *ring = cw_ring_this();
	const struct cw_memo *memo;
	u64 time = ktime_get_real_ns() - info->ago;
	union cw_record *record;
	struct cw_ids ids = {};

	/* Here and not behind a call: it is the names of nearly all. */
	memo = info->flow ? cw_memo_recall(info, sessions) : NULL;
	if (memo) {
		ids.flow = memo->flow_id;
		ids.device = memo->device_id;
	}
	if (!memo || info->task || info->reason)
		cw_define(ring, info, sessions, memo, &ids);
	record = cw_ring_reserve(ring, sessions, CW_RING_EVENT);
	if (record) {
		record->event.time = time;
		record->event.cpu = smp_processor_id();
		event_fill(&record->event, info, &ids);
		cw_ring_commit(ring, sessions, CW_RING_EVENT);
	} else {
		cw_count(event_ring_full);
	}
	if (cw_ring_wants_flush(ring))
		cw_sessions_kick();
}

/* The TRACE_EVENTs take names from @info. */
static noinline void event_show(const struct cw_stage_info *info)
{
	static const struct cw_ids none;
	struct cw_event event = {};

	event_fill(&event, info, &none);
	event_trace(&event, info);
}

void cw_event_record(const struct cw_stage_info *info)
{
	unsigned long flags;
	u8 sessions;

	local_irq_save(flags);
	sessions = cw_sessions_match(info);
	if (sessions)
		event_store(info, sessions);
	local_irq_restore(flags);
	if (static_branch_unlikely(&cw_trace_key))
		event_show(info);
}

void cw_event_emit(const struct cw_stage_info *info)
{
	if (static_branch_likely(&cw_histogram_key))
		cw_histogram_event(info);
	cw_event_record(info);
}

void cw_event_net_exit(const struct cw_net *net)
{
	/* The last batches first: they use the names. */
	cw_sessions_net_exit(net);
	cw_definitions_net_exit(net);
	cw_histogram_net_exit(net);
}

int cw_event_init(struct genl_family *family)
{
	BUILD_BUG_ON(sizeof(union cw_record) != 64);
	BUILD_BUG_ON(offsetof(struct cw_flow_def, stage) != offsetof(struct cw_event, stage));
	BUILD_BUG_ON(offsetof(struct cw_task_def, stage) != offsetof(struct cw_event, stage));
	BUILD_BUG_ON(offsetof(struct cw_device_def, stage) != offsetof(struct cw_event, stage));
	BUILD_BUG_ON(offsetof(struct cw_netns_def, stage) != offsetof(struct cw_event, stage));
	BUILD_BUG_ON(offsetof(struct cw_reason_def, stage) != offsetof(struct cw_event, stage));
	BUILD_BUG_ON(offsetof(struct cw_reason_def, netns) != offsetof(struct cw_event, netns));
	BUILD_BUG_ON(offsetof(struct cw_flow_def, netns) != offsetof(struct cw_event, netns));
	BUILD_BUG_ON(offsetof(struct cw_task_def, netns) != offsetof(struct cw_event, netns));
	BUILD_BUG_ON(offsetof(struct cw_device_def, netns) != offsetof(struct cw_event, netns));
	BUILD_BUG_ON(offsetof(struct cw_netns_def, netns) != offsetof(struct cw_event, netns));
	return cw_sessions_init(family);
}

void cw_event_exit(void)
{
	cw_sessions_exit();
	static_key_deferred_flush(&cw_event_key);
	cw_definitions_free();
}
