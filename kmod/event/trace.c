// SPDX-License-Identifier: GPL-2.0
/*
 * The stages as TRACE_EVENTs.  Any context but NMI.
 */
#include <linux/in.h>

#include "event/type.h"

#define CREATE_TRACE_POINTS
#include "event/trace.h"

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

void cw_trace_fire(const struct cw_event *event, const struct cw_stage_info *info)
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
