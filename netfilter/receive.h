/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads the TCP option of segments that arrive.
 */
#ifndef CW_NETFILTER_RECEIVE_H
#define CW_NETFILTER_RECEIVE_H

#include <linux/skbuff.h>
#include <net/net_namespace.h>

/* Reads a segment at LOCAL_IN of IPv4 or IPv6.  Bottom halves off, RCU read lock. */
void cw_packet_receive(struct sk_buff *skb, struct net *net);

/* A connection was accepted: it gets the mark that came with the end of its handshake. */
void cw_packet_accepted(struct sock *sk);

#endif
