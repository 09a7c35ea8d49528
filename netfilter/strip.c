// SPDX-License-Identifier: GPL-2.0
/*
 * The edge: takes contexts off packets that come from, or go to, addresses that a strip rule
 * names.  Called at LOCAL_IN and FORWARD in softirq, under the RCU read lock.  Writes to the TCP
 * header only, after it has made sure that no other skb shares it.  A packet never changes its
 * length, and is never held or dropped.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/checksum.h>
#include <net/ip.h>

#include "base/counter.h"
#include "lib/strip.h"
#include "netfilter/header.h"
#include "netfilter/strip.h"
#include "policy/policy.h"

/* The verdict of the strip rules on a packet. */
struct edge {
	bool strip;
	bool obi;
};

static void ask_policy(struct net *net, const struct cw_flow_key *flow, u8 direction,
		       struct edge *edge)
{
	const u16 ports[2] = { flow->source_port, flow->destination_port };
	bool leaves = direction == CW_DIRECTION_SEND;
	struct cw_peer_verdict verdict = cw_policy_edge(
		net, flow->family, leaves ? flow->destination : flow->source, ports);

	if (!(leaves ? verdict.strip_send : verdict.strip_accept))
		return;
	edge->strip = true;
	edge->obi |= verdict.strip_obi;
}

static struct edge judge_packet(const struct sk_buff *skb, struct net *net,
				const struct cw_tcp_header *header, u8 direction)
{
	struct edge edge = { .strip = false };
	struct cw_flow_key flow;

	if (!cw_tcp_header_flow(skb, header, &flow))
		return edge;
	if (direction & CW_DIRECTION_ACCEPT)
		ask_policy(net, &flow, CW_DIRECTION_ACCEPT, &edge);
	if (direction & CW_DIRECTION_SEND)
		ask_policy(net, &flow, CW_DIRECTION_SEND, &edge);
	return edge;
}

/* Is it the first fragment of a TCP segment, which may have the option? */
static bool is_first_fragment(const struct sk_buff *skb)
{
	const struct iphdr *ip = ip_hdr(skb);

	return skb->protocol == htons(ETH_P_IP) && ip->protocol == IPPROTO_TCP &&
	       (ip->frag_off & htons(IP_MF | IP_OFFSET)) == htons(IP_MF);
}

/* Does the checksum cover these options?  If the device makes it, it sums what stands here then. */
static bool sum_ours(const struct sk_buff *skb, const struct cw_tcp_header *header)
{
	return skb->ip_summed != CHECKSUM_PARTIAL ||
	       skb_checksum_start_offset(skb) == (int)header->transport;
}

static bool overwrite_options(struct sk_buff *skb, const struct cw_tcp_header *header, bool obi)
{
	unsigned int at = header->transport + sizeof(struct tcphdr);
	struct tcphdr *th;
	__wsum before;
	u8 *options;

	if (header->network || skb_shared(skb) || !sum_ours(skb, header) ||
	    skb_ensure_writable(skb, at + header->options_length))
		return false;
	th = (struct tcphdr *)(skb->data + header->transport);
	options = skb->data + at;
	before = csum_partial(options, header->options_length, 0);
	cw_option_strip(options, header->options_length, obi);
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		csum_replace_by_diff(&th->check,
				     csum_sub(csum_partial(options, header->options_length, 0),
					      before));
	return true;
}

void cw_packet_strip(struct sk_buff *skb, struct net *net, u8 direction)
{
	struct cw_tcp_header header;
	struct edge edge;
	u8 copy[40];

	if (!cw_tcp_header_read(skb, skb_network_offset(skb), &header)) {
		if (is_first_fragment(skb))
			cw_count(strip_missed);
		return;
	}
	/* Looks for an option first, since rules cost more. */
	memcpy(copy, header.options, header.options_length);
	if (!cw_option_strip(copy, header.options_length, true))
		return;
	edge = judge_packet(skb, net, &header, direction);
	if (!edge.strip)
		return;
	memcpy(copy, header.options, header.options_length);
	if (!cw_option_strip(copy, header.options_length, edge.obi))
		return;
	if (overwrite_options(skb, &header, edge.obi))
		cw_count(stripped);
	else
		cw_count(strip_missed);
}
