/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fingerprint of a datagram, made of what address translation, tunnels and routing do not
 * change.
 */
#ifndef CW_FINGERPRINT_H
#define CW_FINGERPRINT_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/skbuff.h>

#include "lib/dissect.h"
#include "state/datagram.h"

/* Bytes of UDP's header, and of ICMP's. */
#define CW_DATAGRAM_HEADER 8

static inline bool cw_protocol_is_icmp(u8 protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

/* May it have a context of its own, as UDP, ICMP or ICMPv6 that is no fragment? */
bool cw_datagram_is(const struct cw_layer *layer);

/* Bytes of payload, behind UDP's or ICMP's header; any context. */
u32 cw_datagram_length(const struct cw_layer *layer);

/**
 * cw_datagram_fingerprint() - hash a datagram's IPv4 id, length and first bytes of payload
 * @skb: the packet
 * @network: offset of its network header from skb->data
 * @layer: the datagram, with offsets from that header
 *
 * Context: any.
 */
u64 cw_datagram_fingerprint(const struct sk_buff *skb, int network, const struct cw_layer *layer);

/* The fingerprint of a datagram whose IPv4 @id, @payload offset and @length are known. */
u64 cw_fingerprint_of(const struct sk_buff *skb, u16 id, int payload, u32 length);

/**
 * cw_fingerprint_keep() - keep a context for a datagram that leaves its host
 * @skb: its packet, at LOCAL_OUT
 * @layer: the datagram, the only one in the packet
 * @datagram: what it carries
 */
void cw_fingerprint_keep(struct sk_buff *skb, const struct cw_layer *layer,
		      const struct cw_datagram *datagram);

#endif
