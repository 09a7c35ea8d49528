/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Looks at packets at a device, and at packets that the kernel drops.
 */
#ifndef CW_NETFILTER_DEVICE_H
#define CW_NETFILTER_DEVICE_H

#include <linux/skbuff.h>

struct cw_drop;

/**
 * cw_packet_seen() - a packet is at a device
 * @skb: the packet
 * @ip: its network header; if this is before skb->data the packet has none and is left alone
 * @device: where it is; cw_net_active() of its namespace
 * @stage: enum cw_stage
 *
 * Emits an event if the packet carries a sampled context.  Any context, preemption off; reads only.
 */
void cw_packet_seen(const struct sk_buff *skb, const u8 *ip, const struct net_device *device,
		    unsigned int stage);

/*
 * The packet that each CPU has last seen on its way into a device's queue, or up from a device, if
 * that packet carries nothing; else NULL.
 */
DECLARE_PER_CPU(const struct sk_buff *, cw_packet_plain);

/**
 * cw_packet_known() - was a packet, just before, seen to carry nothing
 * @skb: only its address counts
 *
 * For the stage after a queue, or after GRO.  A packet that comes out has gone in on this CPU, and
 * another packet at that address would have been seen when it went in.  If a driver hands packets
 * straight to the stack this may be wrong, and an event may be missed, but nothing worse.
 *
 * Return: true if it carries nothing.
 * Context: as cw_packet_seen().
 */
static inline bool cw_packet_known(const struct sk_buff *skb)
{
	return this_cpu_read(cw_packet_plain) == skb;
}

static inline bool cw_packet_known_last(const struct sk_buff *skb)
{
	if (!cw_packet_known(skb))
		return false;
	this_cpu_write(cw_packet_plain, NULL);
	return true;
}

/**
 * cw_packet_dropped() - the kernel drops a packet
 * @skb: the packet
 * @drop: why and where
 *
 * Emits an event if the packet carries a sampled context.  Any context but NMI, RCU read
 * lock; reads only.
 */
void cw_packet_dropped(const struct sk_buff *skb, const struct cw_drop *drop);

#endif
