/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Takes contexts off packets if a strip rule says so.
 */
#ifndef CW_NETFILTER_STRIP_H
#define CW_NETFILTER_STRIP_H

#include <linux/skbuff.h>
#include <net/net_namespace.h>

/**
 * cw_packet_strip() - take contexts off a packet if a strip rule says so
 * @skb: at LOCAL_IN or FORWARD, of IPv4 or IPv6
 * @net: namespace that it is in
 * @direction: CW_DIRECTION_ACCEPT: asks about its source; SEND: about its destination; BOTH
 *
 * Overwrites the option with NOPs, so that the packet keeps its length.  If the header cannot be
 * written the packet goes on with the option, and is counted.
 *
 * Context: softirq, RCU read lock.  Headers may have moved.
 */
void cw_packet_strip(struct sk_buff *skb, struct net *net, u8 direction);

#endif
