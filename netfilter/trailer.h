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
 * In a tunnel: puts the trailer behind it where there is room, and the context's way in the
 * table ends here.  As it was, sent on by ipvs: cw_datagram_make_room().
 */
void cw_trailer_transmit(struct sk_buff *skb, struct net *net);

/* LOCAL_IN: takes the context of a tunnel's packet that has a trailer. */
void cw_trailer_receive(struct sk_buff *skb, struct net *net);

/* The context that a tunnel's packet carries in its trailer; false: it has none. */
bool cw_trailer_seen(const struct sk_buff *skb, int network, const struct cw_dissection *found,
		     struct cw_datagram *out);

/**
 * cw_datagram_make_room() - let a packet stay the same skb as it leaves
 * @skb: on its way from one device to another, its route known; its context is kept
 *
 * Makes room for the header of the device that it leaves by, where there is too little.
 *
 * Context: RCU read lock.  Headers may have moved.
 */
void cw_datagram_make_room(struct sk_buff *skb);

#endif
