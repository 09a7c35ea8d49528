/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The layers of a packet in an skb.  Changes nothing in the packet.
 */
#ifndef CW_NETFILTER_LAYERS_H
#define CW_NETFILTER_LAYERS_H

#include <linux/skbuff.h>

#include "event/type.h"
#include "lib/dissect.h"
#include "lib/fast_look.h"

/* The UDP ports of VXLAN; constant. */
extern struct cw_tunnel_ports cw_tunnel_ports;

/**
 * cw_packet_look() - the fast path's look at an skb
 * @skb: any
 * @network: offset of its network header from skb->data, not negative
 *
 * Return: what cw_fast_look() returns.
 * Context: any; reads only.
 */
static inline u32 cw_packet_look(const struct sk_buff *skb, u32 network)
{
	/* If the header is not in the linear part, head is 0 and no byte is looked at. */
	u32 head = skb_headlen(skb) > network ? skb_headlen(skb) - network : 0;

	return cw_fast_look(skb->data + network, head, skb->len - network,
			     ntohs(skb->protocol), &cw_tunnel_ports);
}

/* Settles module parameters.  Process context, at load, before there are packets. */
void cw_layers_init(void);

/**
 * cw_packet_dissect_as() - find the layers of a packet
 * @skb: the packet
 * @network: offset of its network header from skb->data, negative if skb->data is behind it
 * @ethertype: of the packet, host order
 * @out: result; offsets are from the network header
 *
 * Return: the innermost layer, in @out, or NULL.
 * Context: any.
 */
const struct cw_layer *cw_packet_dissect_as(const struct sk_buff *skb, int network, u16 ethertype,
					    struct cw_dissection *out);

/* cw_packet_dissect_as() with the ethertype that the skb itself has.  Any context. */
static inline const struct cw_layer *cw_packet_dissect(const struct sk_buff *skb, int network,
						       struct cw_dissection *out)
{
	return cw_packet_dissect_as(skb, network, ntohs(skb->protocol), out);
}

/* Makes the flow of a packet in transit, and sets all members; any context. */
void cw_packet_flow(const struct cw_layer *layer, struct cw_flow_key *flow);

#endif
