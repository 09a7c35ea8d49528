/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A packet at a device, and where it is dropped.
 */
#ifndef CW_NETFILTER_DEVICE_H
#define CW_NETFILTER_DEVICE_H

#include <linux/skbuff.h>

struct cw_drop;

/**
 * cw_packet_seen() - a packet is at a device
 * @skb: the packet
 * @ip: its network header; before skb->data: it has none any more, and is nobody's
 * @device: where it is; cw_net_active() of its namespace
 * @stage: enum cw_stage
 *
 * Emits an event if the packet carries a sampled context.  Any context, preemption off; reads only.
 */
void cw_packet_seen(const struct sk_buff *skb, const u8 *ip, const struct net_device *device,
		    unsigned int stage);

/*
 * What each CPU has last seen on its way into a device's queue, or up from a device, if it carried
 * nothing; else NULL.
 */
DECLARE_PER_CPU(const struct sk_buff *, cw_packet_plain);

/**
 * cw_packet_known() - need not be looked at again on its way out of there
 * @skb: only its address counts
 *
 * What comes out has gone in: another packet that had come to its address in between would
 * have been seen itself.  Where it is not so (a driver that hands packets straight to the
 * stack), no more than an event can be missed.
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
 * cw_packet_dropped() - the kernel frees a packet that did not get where it should
 * @skb: the packet
 * @drop: why and where
 *
 * Emits an event if the packet carries a sampled context.  Any context but NMI, RCU read
 * lock; reads only.
 */
void cw_packet_dropped(const struct sk_buff *skb, const struct cw_drop *drop);

#endif
