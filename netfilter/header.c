// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a TCP header's plain values from an skb.  No state, no locks; any context.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "netfilter/header.h"

/* Returns the length of the IP header, 0: not TCP or not whole. */
static unsigned int ipv4_length(const struct sk_buff *skb, unsigned int offset, u32 *total)
{
	const struct iphdr *ip;
	struct iphdr copy;

	ip = skb_header_pointer(skb, offset, sizeof(copy), &copy);
	if (!ip || ip->version != 4 || ip->ihl < 5 || ip->protocol != IPPROTO_TCP ||
	    ip_is_fragment(ip))
		return 0;
	*total = ntohs(ip->tot_len);
	return ip->ihl * 4;
}

static unsigned int ipv6_length(const struct sk_buff *skb, unsigned int offset, u32 *total)
{
	const struct ipv6hdr *ip;
	struct ipv6hdr copy;

	ip = skb_header_pointer(skb, offset, sizeof(copy), &copy);
	if (!ip || ip->version != 6 || ip->nexthdr != IPPROTO_TCP)
		return 0;
	*total = ntohs(ip->payload_len) + sizeof(*ip);
	return sizeof(*ip);
}

bool cw_tcp_header_read(const struct sk_buff *skb, unsigned int network,
			struct cw_tcp_header *header)
{
	const struct tcphdr *th;
	struct tcphdr copy;
	unsigned int length, end;
	u32 total;

	if (skb->protocol == htons(ETH_P_IP)) {
		header->family = AF_INET;
		length = ipv4_length(skb, network, &total);
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		header->family = AF_INET6;
		length = ipv6_length(skb, network, &total);
	} else {
		return false;
	}
	if (!length)
		return false;
	header->network = network;
	header->transport = network + length;
	th = skb_header_pointer(skb, header->transport, sizeof(copy), &copy);
	if (!th || th->doff < 5)
		return false;
	header->segment = (struct cw_arrived){
		.seq = ntohl(th->seq),
		.ack = ntohl(th->ack_seq),
		.has_ack = th->ack,
	};
	header->syn = th->syn;
	header->rst = th->rst;
	header->options_length = th->doff * 4 - sizeof(*th);
	end = header->transport + th->doff * 4;
	/* With BIG TCP the length field is 0; a short frame has padding behind the packet. */
	header->segment.length = skb->len - end;
	if (total && !skb_is_gso(skb))
		header->segment.length = total - length - th->doff * 4;
	if (end > skb->len || header->segment.length > skb->len - end)
		return false;
	header->options = skb_header_pointer(skb, header->transport + sizeof(*th),
					     header->options_length, header->buffer);
	return header->options;
}

bool cw_tcp_header_flow(const struct sk_buff *skb, const struct cw_tcp_header *header,
			struct cw_flow_key *flow)
{
	bool v4 = header->family == AF_INET;
	unsigned int offset = v4 ? offsetof(struct iphdr, saddr) : offsetof(struct ipv6hdr, saddr);
	unsigned int length = v4 ? 4 : 16;
	const u8 *addresses;
	const __be16 *ports;
	__be16 ports_copy[2];
	u8 copy[32];

	memset(flow, 0, sizeof(*flow));
	addresses = skb_header_pointer(skb, header->network + offset, 2 * length, copy);
	ports = skb_header_pointer(skb, header->transport, sizeof(ports_copy), ports_copy);
	if (!addresses || !ports)
		return false;
	flow->family = header->family;
	flow->protocol = IPPROTO_TCP;
	flow->role = CW_ROLE_TRANSIT;
	memcpy(flow->source, addresses, length);
	memcpy(flow->destination, addresses + length, length);
	flow->source_port = ntohs(ports[0]);
	flow->destination_port = ntohs(ports[1]);
	return true;
}
