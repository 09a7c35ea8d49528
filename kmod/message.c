// SPDX-License-Identifier: GPL-2.0
/*
 * Events of a socket's stages: from state to the event layer's plain values.
 * Called with cw_sock.lock held, in process context or softirq.
 */
#include "message.h"

void cw_sock_event_emit(const struct cw_sock *s, const struct cw_context *context,
			struct cw_stage_info *info)
{
	struct cw_flow_key flow;

	cw_sock_flow(s, &flow);
	info->context = context;
	info->net = s->net;
	info->flow = &flow;
	if (s->role == CW_ROLE_SERVER)
		info->flags |= CW_EVENT_SERVER;
	if (s->role == CW_ROLE_CLIENT)
		info->flags |= CW_EVENT_CLIENT;
	if (context->flags & CW_CTX_ROOT)
		info->flags |= CW_EVENT_ROOT;
	if (info->stage == CW_STAGE_SEND || info->stage == CW_STAGE_RECV)
		info->span = context->span;
	cw_event_emit(info);
}
