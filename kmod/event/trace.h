/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A TRACE_EVENT for each stage, for perf, trace-cmd and bpftrace.  While one has a probe the
 * taps' gate is on, so they work without a session.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM causeway

#if !defined(CW_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define CW_TRACE_H

#include <linux/in6.h>
#include <linux/tracepoint.h>

#include "base/net.h"
#include "event/key.h"
#include "event/type.h"
#include "lib/stage.h"

#ifndef CW_TRACE_ONCE
#define CW_TRACE_ONCE
/* Fires the TRACE_EVENT of a stage.  Any context but NMI. */
void cw_trace_fire(const struct cw_event *event, const struct cw_stage_info *info);
/* Address and port as a sockaddr, for %pISpc; all zero without a flow. */
void cw_trace_address(u8 *out, const struct cw_flow_key *flow, bool destination);
#endif

DECLARE_EVENT_CLASS(causeway,

	TP_PROTO(const struct cw_event *event, const struct cw_stage_info *info),

	TP_ARGS(event, info),

	TP_STRUCT__entry(
		__field(u64, message)
		__field(u64, span)
		__array(u8, trace_id, CW_TRACE_ID_LEN)
		__array(u8, source, sizeof(struct sockaddr_in6))
		__array(u8, destination, sizeof(struct sockaddr_in6))
		__array(char, device, CW_IFNAME_LEN)
		__field(u32, netns)
		__field(u32, tid)
		__field(u32, seq)
		__field(u32, length)
		__field(u8, flags)
		__field(u8, role)
	),

	TP_fast_assign(
		__entry->message = event->message;
		__entry->span = event->span;
		memcpy(__entry->trace_id, event->trace_id, CW_TRACE_ID_LEN);
		cw_trace_address(__entry->source, info->flow, false);
		cw_trace_address(__entry->destination, info->flow, true);
		strscpy(__entry->device, info->device ? info->device->name : "",
			CW_IFNAME_LEN);
		__entry->netns = info->net->net->ns.inum;
		__entry->tid = info->task ? info->task->pid : 0;
		__entry->seq = event->seq;
		__entry->length = event->length;
		__entry->flags = event->flags;
		__entry->role = info->flow ? info->flow->role : CW_ROLE_UNKNOWN;
	),

	TP_printk("trace=%s message=%016llx span=%016llx source=%pISpc destination=%pISpc seq=%u length=%u device=%s netns=%u tid=%u role=%u flags=0x%02x",
		  __print_hex_str(__entry->trace_id, CW_TRACE_ID_LEN), __entry->message,
		  __entry->span, __entry->source, __entry->destination, __entry->seq,
		  __entry->length, __entry->device, __entry->netns, __entry->tid,
		  __entry->role, __entry->flags)
);

#undef CW_STAGE_EVENT
#define CW_STAGE_EVENT(NAME, name)						\
	DEFINE_EVENT_FN(causeway, cw_##name,					\
		TP_PROTO(const struct cw_event *event, const struct cw_stage_info *info), \
		TP_ARGS(event, info), cw_trace_begin, cw_trace_end)

CW_STAGES(CW_STAGE_EVENT);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH event
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
