/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happens to a packet at our taps.  None of these drops, delays or keeps it.
 */
#ifndef CW_PACKET_H
#define CW_PACKET_H

#include <linux/skbuff.h>
#include <net/net_namespace.h>

#include "lib/quick.h"

struct cw_context;
struct cw_drop;
struct cw_flow_key;
struct cw_stage_info;
struct nf_hook_state;

/* LOCAL_OUT, on the way to @out.  Process context or softirq, RCU read lock. */
void cw_packet_transmit(struct sk_buff *skb, const struct net_device *out);

/* LOCAL_IN, of IPv4 or IPv6.  Bottom halves off, RCU read lock. */
void cw_packet_receive(struct sk_buff *skb, struct net *net);

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

/* A connection was accepted: a mark that came with the end of its handshake is its. */
void cw_packet_accepted(struct sock *sk);

/* The UDP ports of VXLAN; constant. */
extern struct cw_tunnel_ports cw_tunnel_ports;

/**
 * cw_packet_look() - a first look: nearly every packet carries nothing of ours
 * @skb: any
 * @network: offset of its network header from skb->data, not negative
 *
 * Return: as cw_quick_look().
 * Context: any; reads only.
 */
static inline u32 cw_packet_look(const struct sk_buff *skb, u32 network)
{
	/* Where the header is not in the linear part, there is nothing to look at. */
	u32 head = skb_headlen(skb) > network ? skb_headlen(skb) - network : 0;

	return cw_quick_look(skb->data + network, head, skb->len - network,
			     ntohs(skb->protocol), &cw_tunnel_ports);
}

/* Settles module parameters.  Process context, at load, before there are packets. */
void cw_packet_init(void);

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
 * cw_packet_dissect_as() - the layers of a packet
 * @skb: the packet
 * @network: offset of its network header from skb->data, negative where that is further on
 * @ethertype: what it is
 * @out: result; offsets are from the network header
 *
 * Return: the innermost layer, in @out, or NULL.
 * Context: any.
 */
const struct cw_layer *cw_packet_dissect_as(const struct sk_buff *skb, int network, u16 ethertype,
					    struct cw_dissection *out);

/* ... which the skb itself says what it is.  Any context. */
static inline const struct cw_layer *cw_packet_dissect(const struct sk_buff *skb, int network,
						       struct cw_dissection *out)
{
	return cw_packet_dissect_as(skb, network, ntohs(skb->protocol), out);
}

/* The flow of a packet in transit, all members set; any context. */
void cw_packet_flow(const struct cw_layer *layer, struct cw_flow_key *flow);

/* LOCAL_OUT and LOCAL_IN, for datagrams and for tunnels that carry them. */
void cw_packet_transmit_datagram(struct sk_buff *skb, const struct nf_hook_state *state);
void cw_packet_receive_datagram(struct sk_buff *skb, struct net *net);

/**
 * cw_packet_forward_datagram() - an IPv6 packet is forwarded
 * @skb: at FORWARD
 * @out: the device that it leaves by
 *
 * One that carries a context: cw_datagram_make_room().  IPv4 makes it at forwarding, in place.
 *
 * Context: any, RCU read lock.  Headers may have moved.
 */
void cw_packet_forward_datagram(struct sk_buff *skb, const struct net_device *out);

/**
 * cw_packet_read() - current has read a datagram
 * @sk: UDP socket
 * @skb: which; its own headers are pulled
 * @batch: the call may read several
 *
 * Context: process, RCU read lock.
 */
void cw_packet_read(struct sock *sk, const struct sk_buff *skb, bool batch);

/**
 * cw_datagram_seen() - the sampled context of a datagram that is somewhere
 * @skb: the packet
 * @network: offset of its network header from skb->data
 * @found: its layers
 * @info: length and flags are set
 * @context: result
 *
 * Return: false: it has none, or is no datagram.
 * Context: any; reads only.
 */
bool cw_datagram_seen(const struct sk_buff *skb, int network, const struct cw_dissection *found,
		      struct cw_stage_info *info, struct cw_context *context);

/**
 * cw_packet_dropped() - the kernel frees a packet that did not get where it should
 * @skb: the packet
 * @drop: why and where
 *
 * Emits an event if the packet carries a sampled context.  Any context but NMI, RCU read
 * lock; reads only.
 */
void cw_packet_dropped(const struct sk_buff *skb, const struct cw_drop *drop);

/**
 * cw_devices_init() - learn which devices there are, from now on
 *
 * A packet that is dropped may have anything in skb->dev: where it was queued, its socket's
 * or its discipline's own data are kept in that place.
 *
 * Return: 0, -errno.
 * Context: process; takes pernet_ops_rwsem and the RTNL.
 */
int cw_devices_init(void);
void cw_devices_exit(void);

/* Is this the address of a device?  RCU read lock; it then stays one until that ends. */
bool cw_device_exists(const struct net_device *device);

#endif
