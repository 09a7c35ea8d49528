// SPDX-License-Identifier: GPL-2.0
/*
 * The slow path: makes the record of a stage, stores it for the sessions that want it and fires
 * the TRACE_EVENT; event/segment.h draws it beside the fast path.  Any context but NMI; takes no
 * lock itself.  A record is made and stored with interrupts off, so that a CPU's records are in
 * the order of their times; the closing of a session waits until that is over, as it does for an
 * RCU read section.
 */
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/smp.h>

#include "base/counter.h"
#include "base/net.h"
#include "event/definition.h"
#include "event/definition_cache.h"
#include "event/event.h"
#include "event/flush.h"
#include "event/histogram.h"
#include "event/ring.h"
#include "event/session.h"
#include "event/trace.h"

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

/* If the ring is full the event is counted as lost for each of @sessions. */
static void event_store(const struct cw_stage_info *info, u8 sessions)
{
	struct cw_ring *ring = cw_ring_this();
	const struct cw_cached *cached;
	u64 time = ktime_get_real_ns() - info->ago;
	union cw_record *record;
	struct cw_ids ids = {};

	/* Inlined, since nearly every event finds its ids in the cache. */
	cached = info->flow ? cw_cache_find(info, sessions) : NULL;
	if (cached) {
		ids.flow = cached->flow_id;
		ids.device = cached->device_id;
	}
	if (!cached || info->task || info->reason)
		cw_define(ring, info, sessions, cached, &ids);
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
		cw_flush_kick();
}

/* The TRACE_EVENTs take names from @info, so the event needs no ids. */
static noinline void event_trace(const struct cw_stage_info *info)
{
	static const struct cw_ids none;
	struct cw_event event = {};

	event_fill(&event, info, &none);
	cw_trace_fire(&event, info);
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
		event_trace(info);
}

void cw_event_emit(const struct cw_stage_info *info)
{
	if (static_branch_likely(&cw_histogram_key))
		cw_histogram_event(info);
	cw_event_record(info);
}

void cw_event_net_exit(const struct cw_net *net)
{
	/* The last batches are sent first, since their events use the definitions. */
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
