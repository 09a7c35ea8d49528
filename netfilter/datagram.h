/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Datagrams in skbs: what of one survives address translation, tunnels and routing, and the
 * overlay trailer.
 */
#ifndef CW_NETFILTER_DATAGRAM_H
#define CW_NETFILTER_DATAGRAM_H

#include <linux/skbuff.h>

#include "../kmod/datagram.h"
#include "../kmod/lib/dissect.h"

/* UDP, ICMP or ICMPv6, and no fragment: may it have a context of its own? */
bool cw_datagram_is(const struct cw_layer *layer);

/* Bytes of payload, behind UDP's or ICMP's header; any context. */
u32 cw_datagram_length(const struct cw_layer *layer);

/**
 * cw_datagram_print() - fingerprint: IPv4 id, length and first bytes of the payload
 * @skb: the packet
 * @network: offset of its network header from skb->data
 * @layer: the datagram, with offsets from that header
 *
 * Context: any.
 */
u64 cw_datagram_print(const struct sk_buff *skb, int network, const struct cw_layer *layer);

/**
 * cw_trailer_transmit() - a packet that has a context leaves once more
 * @skb: the packet, at LOCAL_OUT; cw_datagram_known()
 * @net: namespace that it leaves
 *
 * In a tunnel: puts the trailer behind it where there is room, and the context's way in the
 * table ends here.  As it was, sent on by ipvs: nothing.
 */
void cw_trailer_transmit(struct sk_buff *skb, struct net *net);

/* LOCAL_IN: takes the context of a tunnel's packet that has a trailer. */
void cw_trailer_receive(struct sk_buff *skb, struct net *net);

/* The context that a tunnel's packet carries in its trailer; false: it has none. */
bool cw_trailer_seen(const struct sk_buff *skb, int network, const struct cw_dissection *found,
		     struct cw_datagram *out);

#endif
