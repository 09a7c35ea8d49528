// SPDX-License-Identifier: GPL-2.0
/*
 * A packet at a device: is there a context in it, or in what it carries, and if so, an
 * event.  Reads the packet only; any context but hardirq.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/tcp.h>

#include "../kmod/event.h"
#include "../kmod/lib/dissect.h"
#include "../kmod/lib/option.h"
#include "../kmod/net.h"
#include "packet.h"

/* IANA's, and the one that Linux had before and Flannel uses. */
static ushort vxlan_ports[CW_DISSECT_PORTS] = { 4789, 8472 };
module_param_array(vxlan_ports, ushort, NULL, 0444);
MODULE_PARM_DESC(vxlan_ports, "UDP ports of VXLAN, at most 8 (default 4789,8472)");

static const u8 *read_bytes(const void *data, u32 offset, u32 length, u8 *buffer)
{
	return skb_header_pointer(data, offset, length, buffer);
}

static const struct cw_layer *dissect(const struct sk_buff *skb, int network,
				      struct cw_dissection *out)
{
	const struct cw_packet packet = {
		.read = read_bytes,
		.data = skb,
		.length = skb->len,
		.head = skb->data,
		.head_length = skb_headlen(skb),
	};
	struct cw_tunnel_ports ports;

	memcpy(ports.vxlan, vxlan_ports, sizeof(ports.vxlan));
	return cw_dissect(&packet, network, ntohs(skb->protocol), &ports, out);
}

/* The sampled context that a TCP segment carries; false: it carries none. */
static bool segment_context(const struct sk_buff *skb, const struct cw_layer *layer,
			    struct cw_stage_info *info, struct cw_context *context)
{
	struct cw_option option;
	struct tcphdr copy;
	const struct tcphdr *th;
	const u8 *options;
	u8 buffer[40];
	u32 length;

	if (layer->protocol != IPPROTO_TCP || layer->fragment)
		return false;
	th = skb_header_pointer(skb, layer->transport, sizeof(copy), &copy);
	if (!th || th->doff <= 5 || layer->transport + th->doff * 4 > layer->end)
		return false;
	length = th->doff * 4 - sizeof(copy);
	options = skb_header_pointer(skb, layer->transport + sizeof(copy), length, buffer);
	if (!options || cw_option_plain(options, length))
		return false;
	if (cw_option_find(options, length, false, &option) != CW_OPTION_LONG || !option.sampled)
		return false;
	memcpy(context->trace_id, option.trace_id, sizeof(context->trace_id));
	context->message = option.message;
	context->class = option.class;
	info->seq = ntohl(th->seq) - option.back;
	info->length = layer->end - layer->transport - th->doff * 4;
	return true;
}

static void layer_flow(const struct cw_layer *layer, struct cw_flow_key *flow)
{
	memset(flow, 0, sizeof(*flow));
	memcpy(flow->source, layer->source, sizeof(flow->source));
	memcpy(flow->destination, layer->destination, sizeof(flow->destination));
	flow->source_port = layer->source_port;
	flow->destination_port = layer->destination_port;
	flow->family = layer->family == 4 ? AF_INET : AF_INET6;
	flow->role = CW_ROLE_TRANSIT;
}

void cw_packet_seen(const struct sk_buff *skb, int network, const struct net_device *device,
		    u8 stage)
{
	struct cw_context context = { .flags = CW_CTX_VALID | CW_CTX_SAMPLED };
	struct cw_stage_info info = { .context = &context, .device = device, .stage = stage };
	const struct cw_layer *layer;
	struct cw_dissection found;
	struct cw_flow_key flow;

	if (!cw_net_active(dev_net(device)) || network < 0)
		return;
	layer = dissect(skb, network, &found);
	if (!layer || !segment_context(skb, layer, &info, &context))
		return;
	layer_flow(layer, &flow);
	info.net = cw_net(dev_net(device));
	info.flow = &flow;
	cw_event_emit(&info);
}
