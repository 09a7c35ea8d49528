// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the layers of an skb's packet; has the ports of tunnels.  Changes nothing in the packet;
 * any context.
 */
#include <linux/module.h>

#include "netfilter/layers.h"

/* The port of IANA, and the one that Linux used before and Flannel still uses. */
struct cw_tunnel_ports cw_tunnel_ports __read_mostly = { { 4789, 8472 } };
static unsigned int vxlan_ports = 2;
module_param_array_named(vxlan_ports, cw_tunnel_ports.vxlan, ushort, &vxlan_ports, 0444);
MODULE_PARM_DESC(vxlan_ports, "UDP ports of VXLAN, at most 8 (default 4789,8472)");

void __init cw_layers_init(void)
{
	/* If fewer ports are given than there are by default, the other defaults do not count. */
	memset(&cw_tunnel_ports.vxlan[vxlan_ports], 0,
	       sizeof(u16) * (CW_DISSECT_PORTS - vxlan_ports));
}

/* The packet from its network header on; skb->data may be elsewhere. */
struct view {
	const struct sk_buff *skb;
	int network;
};

static const u8 *read_bytes(const void *data, u32 offset, u32 length, u8 *buffer)
{
	const struct view *view = data;

	return skb_header_pointer(view->skb, view->network + (int)offset, length, buffer);
}

const struct cw_layer *cw_packet_dissect_as(const struct sk_buff *skb, int network, u16 ethertype,
					    struct cw_dissection *out)
{
	const struct view view = { .skb = skb, .network = network };
	const struct cw_packet packet = {
		.read = read_bytes,
		.data = &view,
		.length = skb->len - network,
		.head = skb->data + network,
		.head_length = skb_headlen(skb) - network,
	};

	return cw_dissect(&packet, 0, ethertype, &cw_tunnel_ports, out);
}

void cw_packet_flow(const struct cw_layer *layer, struct cw_flow_key *flow)
{
	memcpy(flow->source, layer->source, sizeof(flow->source));
	memcpy(flow->destination, layer->destination, sizeof(flow->destination));
	flow->source_port = layer->source_port;
	flow->destination_port = layer->destination_port;
	flow->family = layer->family == 4 ? AF_INET : AF_INET6;
	flow->role = CW_ROLE_TRANSIT;
	flow->protocol = layer->protocol;
	flow->tunnel = layer->tunnel;
}
