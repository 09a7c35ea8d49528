/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writes the TCP option into segments that leave.
 */
#ifndef CW_NETFILTER_TRANSMIT_H
#define CW_NETFILTER_TRANSMIT_H

#include <linux/skbuff.h>

/* Writes the option at LOCAL_OUT, on the way to @out.  Process or softirq, RCU read lock. */
void cw_packet_transmit(struct sk_buff *skb, const struct net_device *out);

#endif
