/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts are taken off what passes through, where a strip rule says so.
 */
#ifndef CW_NETFILTER_STRIP_H
#define CW_NETFILTER_STRIP_H

#include <linux/skbuff.h>
#include <net/net_namespace.h>

/**
 * cw_packet_strip() - take contexts off a packet, where a strip rule says so
 * @skb: at LOCAL_IN or FORWARD, of IPv4 or IPv6
 * @net: namespace that it is in
 * @direction: CW_DIRECTION_ACCEPT: by where it comes from; SEND: by where it goes; BOTH
 *
 * The option's bytes become NOPs in their place: the packet keeps its length.  Where they
 * cannot be written the packet goes on with them, and is counted.
 *
 * Context: softirq, RCU read lock.  Headers may have moved.
 */
void cw_packet_strip(struct sk_buff *skb, struct net *net, u8 direction);

#endif
