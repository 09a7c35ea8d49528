// SPDX-License-Identifier: GPL-2.0
/*
 * A packet at a device: is there a context in it, and if so, an event.  Reads the
 * packet only; any context but hardirq.
 */
#include <linux/netdevice.h>

#include "../kmod/event.h"
#include "../kmod/net.h"
#include "header.h"
#include "packet.h"

void cw_packet_seen(const struct sk_buff *skb, int network, const struct net_device *device,
		    u8 stage)
{
	struct cw_context context = { .flags = CW_CTX_VALID | CW_CTX_SAMPLED };
	struct cw_stage_info info = { .context = &context, .device = device, .stage = stage };
	struct cw_tcp_header header;
	struct cw_option option;
	struct cw_flow_key flow;

	if (!cw_net_active(dev_net(device)) || network < 0)
		return;
	if (!cw_tcp_header_read(skb, network, &header) ||
	    cw_option_plain(header.options, header.options_length))
		return;
	if (cw_option_find(header.options, header.options_length, false, &option) !=
		    CW_OPTION_LONG || !option.sampled)
		return;
	memcpy(context.trace_id, option.trace_id, sizeof(context.trace_id));
	context.message = option.message;
	context.class = option.class;
	cw_tcp_header_flow(skb, &header, &flow);
	info.net = cw_net(dev_net(device));
	info.flow = &flow;
	info.seq = header.seq - option.back;
	info.length = header.length;
	cw_event_emit(&info);
}
