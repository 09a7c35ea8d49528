/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The overlay trailer behind a packet in a tunnel.
 */
#ifndef CW_NETFILTER_TRAILER_H
#define CW_NETFILTER_TRAILER_H

#include <linux/skbuff.h>
#include <net/net_namespace.h>

#include "lib/dissect.h"
#include "state/datagram.h"

/**
 * cw_trailer_transmit() - a packet that has a context leaves once more
 * @skb: the packet, at LOCAL_OUT; cw_datagram_known()
 * @net: namespace that it leaves
 *
 * If the packet is in a tunnel by now, puts the trailer behind it if there is room, and forgets the
 * context.  If it is in none (ipvs sends it on), calls cw_datagram_make_room().
 */
void cw_trailer_transmit(struct sk_buff *skb, struct net *net);

/* At LOCAL_IN: keeps the context of a tunnel's packet that has a trailer. */
void cw_trailer_receive(struct sk_buff *skb, struct net *net);

/* Reads the context that a tunnel's packet carries in its trailer; false: it has none. */
bool cw_trailer_seen(const struct sk_buff *skb, int network, const struct cw_dissection *found,
		     struct cw_datagram *out);

/**
 * cw_datagram_make_room() - let a packet stay the same skb as it leaves
 * @skb: on its way from one device to another; it has a route, and a context is kept for it
 *
 * Makes room for the header of the device that it leaves by, if there is too little.
 *
 * Context: RCU read lock.  Headers may have moved.
 */
void cw_datagram_make_room(struct sk_buff *skb);

#endif
