// SPDX-License-Identifier: GPL-2.0
/*
 * Computes the fingerprint of an skb's datagram.  Changes nothing in the packet; any context.
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/udp.h>

#include "netfilter/fingerprint.h"

/* So many bytes tell one DNS query from the next, and echo requests by their time stamps. */
#define PRINT_BYTES 32

bool cw_datagram_is(const struct cw_layer *layer)
{
	return !layer->fragment && (layer->protocol == IPPROTO_UDP || cw_protocol_is_icmp(layer->protocol));
}

u32 cw_datagram_length(const struct cw_layer *layer)
{
	return layer->end - layer->transport - CW_DATAGRAM_HEADER;
}

u64 cw_fingerprint_of(const struct sk_buff *skb, u16 id, int payload, u32 length)
{
	u32 count = min_t(u32, length, PRINT_BYTES);
	const void *bytes;
	u8 buffer[PRINT_BYTES];

	bytes = skb_header_pointer(skb, payload, count, buffer);
	if (!bytes)
		count = 0;
	return (u64)jhash(bytes, count, id) << 32 | (length << 16 | id);
}

u64 cw_datagram_fingerprint(const struct sk_buff *skb, int network, const struct cw_layer *layer)
{
	const __be16 *id = NULL;
	__be16 copy;

	if (layer->family == 4)
		id = skb_header_pointer(
			skb, network + (int)(layer->network + offsetof(struct iphdr, id)),
			sizeof(copy), &copy);
	return cw_fingerprint_of(skb, id ? ntohs(*id) : 0,
			network + (int)(layer->transport + CW_DATAGRAM_HEADER),
			cw_datagram_length(layer));
}

void cw_fingerprint_keep(struct sk_buff *skb, const struct cw_layer *layer,
		      const struct cw_datagram *datagram)
{
	cw_datagram_keep(skb, cw_datagram_fingerprint(skb, skb_network_offset(skb), layer), datagram);
}
