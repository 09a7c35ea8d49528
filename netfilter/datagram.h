/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Datagrams in skbs: what is done when they leave, arrive, are forwarded and are read.
 */
#ifndef CW_NETFILTER_DATAGRAM_H
#define CW_NETFILTER_DATAGRAM_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>

#include "event/type.h"
#include "lib/dissect.h"

/* Called at LOCAL_OUT and LOCAL_IN for datagrams and for packets of tunnels that carry them. */
void cw_packet_transmit_datagram(struct sk_buff *skb, const struct nf_hook_state *state);
void cw_packet_receive_datagram(struct sk_buff *skb, struct net *net);

/**
 * cw_packet_forward_datagram() - an IPv6 packet is forwarded
 * @skb: at FORWARD
 * @out: the device that it leaves by
 *
 * If it carries a context, calls cw_datagram_make_room().  IPv4's forwarding makes the room itself,
 * in this skb.
 *
 * Context: any, RCU read lock.  Headers may have moved.
 */
void cw_packet_forward_datagram(struct sk_buff *skb, const struct net_device *out);

/**
 * cw_packet_read() - current has read a datagram
 * @sk: UDP socket
 * @skb: the datagram; its own headers are pulled
 * @batch: the call may read several datagrams
 *
 * Context: process, RCU read lock.
 */
void cw_packet_read(struct sock *sk, const struct sk_buff *skb, bool batch);

/**
 * cw_datagram_seen() - find the sampled context of a datagram in any packet
 * @skb: the packet
 * @network: offset of its network header from skb->data
 * @found: its layers
 * @info: length and flags are set
 * @context: result
 *
 * Return: false: it has none, or the packet is no datagram.
 * Context: any; reads only.
 */
bool cw_datagram_seen(const struct sk_buff *skb, int network, const struct cw_dissection *found,
		      struct cw_stage_info *info, struct cw_context *context);

#endif
