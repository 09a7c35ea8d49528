// SPDX-License-Identifier: GPL-2.0
/*
 * Echo requests (ICMP, RFC 792; ICMPv6, RFC 4443).  The kernel answers a request by itself, in the
 * softirq that brought it, and frees the request only after that.  So an answer belongs to the last
 * request of its CPU if that request is still there and has the answer's addresses, identifier and
 * sequence number.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>

#include "netfilter/echo.h"
#include "netfilter/fingerprint.h"
#include "netfilter/layers.h"
#include "propagation/udp.h"

/**
 * struct echo - the last request that a CPU got
 * @skb: only its address counts
 * @print: fingerprint of the packet
 * @net: its namespace; only compared
 * @flow: of its answer
 * @number: identifier and sequence number
 */
struct echo {
	const void *skb;
	u64 print;
	const struct net *net;
	struct cw_flow_key flow;
	__be32 number;
};

static DEFINE_PER_CPU(struct echo, echoes);
DEFINE_PER_CPU(bool, cw_echo_asked);

/* ICMP and ICMPv6 have one layout here, and differ in the types.  False: it is another message. */
static bool number_read(const struct sk_buff *skb, int network, const struct cw_layer *layer, u8 v4,
			u8 v6, __be32 *number)
{
	const struct icmphdr *header;
	struct icmphdr copy;

	header = skb_header_pointer(skb, network + (int)layer->transport, sizeof(copy), &copy);
	if (!header || header->code || header->type != (layer->family == 4 ? v4 : v6))
		return false;
	*number = header->un.gateway; /* the identifier's and the number's 32 bits */
	return true;
}

void cw_echo_asks(const struct net *net, const struct cw_arrival *arrival,
		  const struct sk_buff *skb, const struct cw_layer *layer)
{
	struct echo *echo = this_cpu_ptr(&echoes);

	if (!number_read(skb, skb_network_offset(skb), layer, ICMP_ECHO, ICMPV6_ECHO_REQUEST,
			 &echo->number))
		return;
	echo->skb = arrival->skb;
	echo->print = arrival->print;
	echo->net = net;
	echo->flow = arrival->flow;
	this_cpu_write(cw_echo_asked, true);
}

static bool is_answer(const struct echo *echo, const struct sk_buff *skb, const struct net *net,
		      const struct cw_layer *layer, const struct cw_flow_key *flow)
{
	__be32 number;

	return echo->net == net && cw_datagram_is(layer) &&
	       layer->protocol == echo->flow.protocol &&
	       !memcmp(flow->source, echo->flow.source, sizeof(flow->source)) &&
	       !memcmp(flow->destination, echo->flow.destination, sizeof(flow->destination)) &&
	       number_read(skb, skb_network_offset(skb), layer, ICMP_ECHOREPLY,
			   ICMPV6_ECHO_REPLY, &number) &&
	       number == echo->number;
}

void cw_echo_answers(struct sk_buff *skb, struct net *net)
{
	const struct echo *echo = this_cpu_ptr(&echoes);
	const struct cw_layer *layer;
	struct cw_dissection found;
	struct cw_datagram datagram;
	struct cw_flow_key flow;

	if (!cw_packet_dissect(skb, skb_network_offset(skb), &found))
		return;
	layer = &found.layer[0];
	cw_packet_flow(layer, &flow);
	if (!is_answer(echo, skb, net, layer, &flow))
		return;
	this_cpu_write(cw_echo_asked, false);
	if (cw_datagram_find(echo->skb, echo->print, &datagram) &&
	    cw_udp_answers(net, &flow, cw_datagram_length(layer), &datagram))
		cw_fingerprint_keep(skb, layer, &datagram);
}
