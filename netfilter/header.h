/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From an skb to plain values: where the TCP header and its options are.  Copies
 * what it needs, so that nothing is pulled or linearised.
 */
#ifndef CW_HEADER_H
#define CW_HEADER_H

#include <linux/skbuff.h>

#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>

#include "../kmod/event.h"
#include "../kmod/lib/option.h"

/**
 * struct cw_tcp_header - a TCP segment in an skb
 * @network: offset of the IP header from skb->data
 * @transport: offset of the TCP header from skb->data
 * @family: AF_INET, AF_INET6
 * @options_length: bytes of options
 * @options: copied
 * @seq: host order
 * @length: bytes of payload; of all segments of a GSO skb
 * @syn: SYN is set
 * @rst: RST is set
 */
struct cw_tcp_header {
	unsigned int network;
	unsigned int transport;
	u8 family;
	u8 options_length;
	u8 options[40];
	u32 seq;
	u32 length;
	bool syn;
	bool rst;
};

/**
 * cw_tcp_plain() - quick test: nearly every segment carries nothing of ours
 * @skb: any
 * @network: offset of its network header from skb->data
 *
 * Return: true for TCP right behind an IP header, in the linear part, without options or
 *	with the time stamps alone; false says nothing.
 * Context: any; reads only.
 */
static inline bool cw_tcp_plain(const struct sk_buff *skb, unsigned int network)
{
	const u8 *head = skb->data + network;
	unsigned int transport, options;
	const struct tcphdr *th;

	if (skb_headlen(skb) < network + sizeof(struct ipv6hdr))
		return false;
	if (skb->protocol == htons(ETH_P_IP) && head[0] >> 4 == 4 && head[9] == IPPROTO_TCP)
		transport = (head[0] & 15) * 4;
	else if (skb->protocol == htons(ETH_P_IPV6) && head[6] == IPPROTO_TCP)
		transport = sizeof(struct ipv6hdr);
	else
		return false;
	if (skb_headlen(skb) < network + transport + sizeof(*th))
		return false;
	th = (const struct tcphdr *)(head + transport);
	options = th->doff * 4 - sizeof(*th);
	if (skb_headlen(skb) < network + transport + sizeof(*th) + options)
		return false;
	return cw_option_plain((const u8 *)(th + 1), options);
}

/**
 * cw_tcp_header_read() - look for a TCP segment
 * @skb: any
 * @network: offset of its network header from skb->data
 * @header: result
 *
 * Return: true for an unfragmented TCP segment over IPv4 or, without extension
 *	headers, IPv6 whose header is there in full.
 * Context: any; reads only.
 */
bool cw_tcp_header_read(const struct sk_buff *skb, unsigned int network,
			struct cw_tcp_header *header);

/* Addresses of the packet as they stand in it; role TRANSIT.  Any context; reads only. */
void cw_tcp_header_flow(const struct sk_buff *skb, const struct cw_tcp_header *header,
			struct cw_flow_key *flow);

#endif
