// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the event layer's plain values of a socket's state; makes span ids.
 * Called with cw_sock.lock held, in process context or softirq.
 */
#include <linux/percpu.h>

#include "propagation/message.h"

static DEFINE_PER_CPU(u64, spans);

void cw_spans_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		per_cpu(spans, cpu) = get_random_u64();
}

u64 cw_span_new(void)
{
	u64 span = this_cpu_add_return(spans, 0x9e3779b97f4a7c15);

	span = (span ^ span >> 30) * 0xbf58476d1ce4e5b9;
	span = (span ^ span >> 27) * 0x94d049bb133111eb;
	span ^= span >> 31;
	return span ? span : 1;
}

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
