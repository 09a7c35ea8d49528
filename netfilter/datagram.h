/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Datagrams in skbs: what of one survives address translation, tunnels and routing, and the
 * overlay trailer.
 */
#ifndef CW_NETFILTER_DATAGRAM_H
#define CW_NETFILTER_DATAGRAM_H

#include <linux/skbuff.h>

#include "lib/dissect.h"
#include "propagation/udp.h"
#include "state/datagram.h"

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
 * cw_datagram_send() - a datagram leaves its host with a context
 * @skb: its packet, at LOCAL_OUT
 * @layer: the datagram, the only one in the packet
 * @datagram: what it carries
 */
void cw_datagram_send(struct sk_buff *skb, const struct cw_layer *layer,
		      const struct cw_datagram *datagram);

/**
 * cw_datagram_make_room() - let a packet stay the same skb as it leaves
 * @skb: on its way from one device to another, its route known; its context is kept
 *
 * Makes room for the header of the device that it leaves by, where there is too little.
 *
 * Context: RCU read lock.  Headers may have moved.
 */
void cw_datagram_make_room(struct sk_buff *skb);

/**
 * cw_echo_asks() - a datagram of ICMP that carries something has come to its host
 * @net: its namespace
 * @arrival: which
 * @skb: its packet, at LOCAL_IN
 * @layer: the datagram
 *
 * If it is an echo request its answer, which the kernel makes next, is told from others by that.
 *
 * Context: softirq.
 */
void cw_echo_asks(const struct net *net, const struct cw_arrival *arrival,
		  const struct sk_buff *skb, const struct cw_layer *layer);

/* There may be a request on this CPU that is not answered yet. */
DECLARE_PER_CPU(bool, cw_echo_asked);

/**
 * cw_echo_answers() - a packet of ICMP leaves its host
 * @skb: it, at LOCAL_OUT
 * @net: its namespace
 *
 * If it is the kernel's answer to a request that carried something it carries that, too.
 *
 * Context: bottom halves off.
 */
void cw_echo_answers(struct sk_buff *skb, struct net *net);

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

#endif
