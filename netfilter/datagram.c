// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a datagram's plain values from an skb, at its socket and on its way, and changes nothing
 * in the packet.  LOCAL_OUT runs in the writer's process context, in that of another thread behind
 * NFQUEUE or a queueing discipline, or in softirq.  LOCAL_IN and FORWARD run in softirq, or in
 * process context behind NFQUEUE.  Taps of devices run in any context.  Under the RCU read lock.
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/sched/task_stack.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/sock.h>

#include "base/counter.h"
#include "base/net.h"
#include "lib/trailer.h"
#include "netfilter/datagram.h"
#include "netfilter/echo.h"
#include "netfilter/fingerprint.h"
#include "netfilter/layers.h"
#include "netfilter/trailer.h"
#include "propagation/udp.h"
#include "state/channel.h"
#include "state/datagram.h"

/* Turns a packet's flow into the receiving socket's: its source is our address. */
static void flow_turn(struct cw_flow_key *flow)
{
	unsigned int i;

	swap(flow->source_port, flow->destination_port);
	for (i = 0; i < sizeof(flow->source); i++)
		swap(flow->source[i], flow->destination[i]);
}

/* A bridge (br_netfilter) also passes here what it forwards, which does not leave by its route. */
void cw_packet_forward_datagram(struct sk_buff *skb, const struct net_device *out)
{
	if (cw_datagram_known(skb) && skb_dst(skb) && skb_dst(skb)->dev == out)
		cw_datagram_make_room(skb);
}

/* skb->protocol is not set yet if a VRF passes the skb here for itself, so @pf gives the family. */
static void transmit_datagram(struct sk_buff *skb, struct sock *sk, u64 since, u8 pf)
{
	u16 ethertype = pf == NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6;
	const struct cw_layer *layer;
	struct cw_datagram datagram;
	struct cw_dissection found;
	struct cw_flow_key flow;

	if (!cw_packet_dissect_as(skb, skb_network_offset(skb), ethertype, &found))
		return;
	layer = &found.layer[0];
	if (!cw_datagram_is(layer))
		return;
	cw_packet_flow(layer, &flow);
	if (cw_udp_leaves(sk, &flow, cw_datagram_length(layer), since, &datagram))
		cw_fingerprint_keep(skb, layer, &datagram);
}

/*
 * Does the packet pass here for the first time, on its way down from its socket?  A VRF passes a
 * packet here for itself first, and a second time for the device below.  If the VRF has a queueing
 * discipline another thread may do the second.
 */
static bool is_first(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	return !skb->dev || (skb->dev == state->out && netif_is_l3_master(skb->dev));
}

/* Was the packet in NFQUEUE?  Then nf_queue() has copied @state, and another thread runs here. */
static bool was_queued(const struct nf_hook_state *state)
{
	return !object_is_on_stack(state);
}

void cw_packet_transmit_datagram(struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct net *net = state->net;
	struct sock *sk = skb->sk;
	u64 since;

	if (cw_datagram_known(skb)) {
		cw_trailer_transmit(skb, net);
		return;
	}
	if (!sk || !sk_fullsock(sk) || sk->sk_protocol == IPPROTO_TCP)
		return;
	if (cw_protocol_is_icmp(sk->sk_protocol) && this_cpu_read(cw_echo_asked) && softirq_count())
		cw_echo_answers(skb, net);
	/* Otherwise the thread that runs here did not write the packet. */
	if (!is_first(skb, state) || !in_task())
		return;
	if (was_queued(state))
		cw_udp_queued(sk);
	else if (cw_writer_end(sk, &since))
		transmit_datagram(skb, sk, since, state->pf);
}

static noinline void receive_datagram(struct sk_buff *skb, struct net *net)
{
	const struct cw_layer *layer;
	int network = skb_network_offset(skb);
	struct cw_dissection found;
	struct cw_arrival arrival;

	if (!cw_packet_dissect(skb, network, &found))
		return;
	layer = &found.layer[0];
	if (found.count != 1 || !cw_datagram_is(layer))
		return;
	arrival.skb = skb;
	arrival.print = cw_datagram_fingerprint(skb, network, layer);
	if (!cw_datagram_arrives(skb, arrival.print, &arrival.datagram))
		return;
	cw_packet_flow(layer, &arrival.flow);
	flow_turn(&arrival.flow);
	arrival.length = cw_datagram_length(layer);
	cw_udp_arrives(net, &arrival);
	if (!cw_protocol_is_icmp(layer->protocol))
		return;
	/* Raw sockets read a copy of an answer, so the end of this skb does not end the context. */
	if (arrival.datagram.response)
		cw_datagram_forget(skb);
	else
		cw_echo_asks(net, &arrival, skb, layer);
}

void cw_packet_receive_datagram(struct sk_buff *skb, struct net *net)
{
	cw_trailer_receive(skb, net);
	if (cw_datagram_known(skb))
		receive_datagram(skb, net);
}

/* Reads the flow as the socket sees it: source is our address.  UDP has pulled its own header. */
static void read_flow(const struct sk_buff *skb, struct cw_flow_key *flow)
{
	const struct udphdr *uh = udp_hdr(skb);

	memset(flow, 0, sizeof(*flow));
	flow->protocol = IPPROTO_UDP;
	flow->source_port = ntohs(uh->dest);
	flow->destination_port = ntohs(uh->source);
	if (skb->protocol == htons(ETH_P_IP)) {
		flow->family = AF_INET;
		memcpy(flow->source, &ip_hdr(skb)->daddr, 4);
		memcpy(flow->destination, &ip_hdr(skb)->saddr, 4);
	} else {
		flow->family = AF_INET6;
		memcpy(flow->source, &ipv6_hdr(skb)->daddr, 16);
		memcpy(flow->destination, &ipv6_hdr(skb)->saddr, 16);
	}
}

void cw_packet_read(struct sock *sk, const struct sk_buff *skb, bool batch)
{
	bool known = cw_datagram_known(skb);
	struct cw_datagram datagram;
	struct cw_flow_key flow;
	u32 length;
	u16 id;

	if (!known && cw_udp_indifferent(sk))
		return;
	read_flow(skb, &flow);
	length = ntohs(udp_hdr(skb)->len) - sizeof(struct udphdr);
	id = flow.family == AF_INET ? ntohs(ip_hdr(skb)->id) : 0;
	if (known)
		known = cw_datagram_find(
			skb, cw_fingerprint_of(skb, id, skb_transport_offset(skb) + CW_DATAGRAM_HEADER, length),
			&datagram);
	cw_udp_read(sk, &flow, length, known ? &datagram : NULL, batch);
}

bool cw_datagram_seen(const struct sk_buff *skb, int network, const struct cw_dissection *found,
		      struct cw_stage_info *info, struct cw_context *context)
{
	const struct cw_layer *layer = &found->layer[found->count - 1];
	struct cw_datagram datagram;

	if (!cw_datagram_is(layer))
		return false;
	if (!cw_trailer_seen(skb, network, found, &datagram) &&
	    (!cw_datagram_known(skb) ||
	     !cw_datagram_find(skb, cw_datagram_fingerprint(skb, network, layer), &datagram)))
		return false;
	if (!cw_context_traced(&datagram.context))
		return false;
	*context = datagram.context;
	info->length = cw_datagram_length(layer);
	if (datagram.response)
		info->flags |= CW_EVENT_RESPONSE;
	return true;
}
