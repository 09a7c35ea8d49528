// SPDX-License-Identifier: GPL-2.0
/*
 * Events of a socket's stages: from state to the event layer's plain values.
 * Called with cw_sock.lock held, in process context or softirq.
 */
#include "message.h"

void cw_sock_event(const struct cw_sock *s, const struct cw_context *context, u8 stage, u8 flags,
		   u32 seq, u32 length, struct task_struct *task)
{
	struct cw_flow_key flow;
	struct cw_stage_info info = {
		.context = context,
		.net = s->net,
		.flow = &flow,
		.task = task,
		.seq = seq,
		.length = length,
		.stage = stage,
		.flags = flags,
	};

	if (!cw_event_wanted() || !cw_context_traced(context))
		return;
	cw_sock_flow(s, &flow);
	if (s->role == CW_ROLE_SERVER)
		info.flags |= CW_EVENT_SERVER;
	if (s->role == CW_ROLE_CLIENT)
		info.flags |= CW_EVENT_CLIENT;
	if (context->flags & CW_CTX_ROOT)
		info.flags |= CW_EVENT_ROOT;
	if (stage == CW_STAGE_SEND || stage == CW_STAGE_RECV)
		info.span = context->span;
	cw_event_emit(&info);
}
