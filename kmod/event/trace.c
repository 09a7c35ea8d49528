// SPDX-License-Identifier: GPL-2.0
/*
 * Fires the TRACE_EVENTs, one for each stage.  Any context but NMI.
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

#define CW_STAGE_FIRE(NAME, name)						\
	case CW_STAGE_##NAME:							\
		return trace_cw_##name(event, info)

void cw_trace_fire(const struct cw_event *event, const struct cw_stage_info *info)
{
	switch (info->stage) {
		CW_STAGES(CW_STAGE_FIRE);
	}
}
