/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The TCP option on its way out.
 */
#ifndef CW_NETFILTER_TRANSMIT_H
#define CW_NETFILTER_TRANSMIT_H

#include <linux/skbuff.h>

/* LOCAL_OUT, on the way to @out.  Process context or softirq, RCU read lock. */
void cw_packet_transmit(struct sk_buff *skb, const struct net_device *out);

#endif
