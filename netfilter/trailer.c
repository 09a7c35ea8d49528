// SPDX-License-Identifier: GPL-2.0
/*
 * The overlay trailer in skbs.  It is put behind the inner packet at LOCAL_OUT of the tunnel's own
 * packets (softirq, or process context of the thread that runs the queue).  It is read at LOCAL_IN
 * (softirq) and by the taps of devices; RCU read lock.  It need not be taken off: the inner IP
 * layer trims what is behind its packet.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/udp.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/udp.h>

#include "base/counter.h"
#include "lib/trailer.h"
#include "netfilter/fingerprint.h"
#include "netfilter/layers.h"
#include "netfilter/trailer.h"
#include "policy/pause.h"
#include "policy/policy.h"

/* Asks policy; the service's port is the one that requests go to. */
static struct cw_peer_verdict peer_verdict(struct net *net, const struct cw_layer *layer,
					   const u8 *remote, bool response)
{
	return cw_policy_peer(net, layer->family == 4 ? AF_INET : AF_INET6, remote,
			      response ? layer->source_port : layer->destination_port);
}

/* Is the tunnel one whose checksums cover only its headers, or are corrected by fix_headers()? */
static bool tunnel_known(const struct cw_dissection *found)
{
	return found->count == 2 && (found->layer[1].tunnel == CW_TUNNEL_VXLAN ||
				     found->layer[1].tunnel == CW_TUNNEL_IPIP);
}

/* Do the packet, and the frame that a bridge behind the tunnel sees, still fit their MTU? */
static bool has_room(const struct sk_buff *skb, const struct cw_layer *inner)
{
	return skb_dst(skb) && skb->len + CW_TRAILER_LEN <= dst_mtu(skb_dst(skb)) &&
	       inner->end - inner->network + CW_TRAILER_LEN <= READ_ONCE(skb->dev->mtu);
}

static bool shape_right(const struct sk_buff *skb, const struct cw_dissection *found)
{
	const struct cw_layer *outer = &found->layer[0], *inner = &found->layer[1];

	return !skb_network_offset(skb) && !skb_shared(skb) && !outer->fragment &&
	       cw_datagram_is(inner) && inner->end == skb->len && outer->end == skb->len;
}

/* Returns the counter that says why the packet can have no trailer; CW_COUNT_MAX: it can. */
static enum cw_counter shape_wrong(const struct sk_buff *skb, const struct cw_dissection *found)
{
	if (!tunnel_known(found) || !skb->dev)
		return CW_COUNT_tx_trailer_tunnel;
	if (skb_is_gso(skb))
		return CW_COUNT_tx_trailer_gso;
	if (!shape_right(skb, found))
		return CW_COUNT_tx_trailer_shape;
	if (!has_room(skb, &found->layer[1]))
		return CW_COUNT_tx_trailer_room;
	return CW_COUNT_MAX;
}

/* Makes all of the packet linear, unshared, and with room behind it. */
static bool make_writable(struct sk_buff *skb)
{
	if (skb_linearize(skb))
		return false;
	if (!skb_cloned(skb) && skb_tailroom(skb) >= CW_TRAILER_LEN)
		return true;
	return !pskb_expand_head(skb, 0, CW_TRAILER_LEN, GFP_ATOMIC);
}

/*
 * If the device makes a checksum it sums up to the skb's end, trailer included.  That is right for
 * the outer header's sum only; one of the inner packet is made here, before the trailer is put.
 */
static bool sum_inner(struct sk_buff *skb, const struct cw_layer *outer)
{
	if (skb->ip_summed != CHECKSUM_PARTIAL) {
		skb->ip_summed = CHECKSUM_NONE;
		return true;
	}
	if (outer->protocol == IPPROTO_UDP && skb_checksum_start_offset(skb) == outer->transport)
		return true;
	return !skb_checksum_help(skb);
}

static __sum16 pseudo_sum(const struct sk_buff *skb, u32 length, __wsum sum)
{
	const struct ipv6hdr *ip6 = ipv6_hdr(skb);
	const struct iphdr *ip = ip_hdr(skb);

	if (ip->version == 4)
		return csum_tcpudp_magic(ip->saddr, ip->daddr, length, IPPROTO_UDP, sum);
	return csum_ipv6_magic(&ip6->saddr, &ip6->daddr, length, IPPROTO_UDP, sum);
}

static void fix_udp(struct sk_buff *skb, u32 offset)
{
	struct udphdr *uh = (struct udphdr *)(skb->data + offset);
	u32 length = skb->len - offset;

	uh->len = htons(length);
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		uh->check = ~pseudo_sum(skb, length, 0);
	} else if (uh->check) {
		uh->check = 0;
		uh->check = pseudo_sum(skb, length, skb_checksum(skb, offset, length, 0));
		if (!uh->check)
			uh->check = CSUM_MANGLED_0;
	}
}

static void fix_headers(struct sk_buff *skb, const struct cw_layer *outer)
{
	if (outer->family == 4) {
		ip_hdr(skb)->tot_len = htons(skb->len);
		ip_send_check(ip_hdr(skb));
	} else {
		ipv6_hdr(skb)->payload_len = htons(skb->len - sizeof(struct ipv6hdr));
	}
	if (outer->protocol == IPPROTO_UDP)
		fix_udp(skb, outer->transport);
}

static bool append_trailer(struct sk_buff *skb, const struct cw_dissection *found,
			   const struct cw_datagram *datagram)
{
	const struct cw_layer *outer = &found->layer[0], *inner = &found->layer[1];
	struct cw_trailer trailer = {
		.message = datagram->context.message,
		.time = ktime_get_real_ns(),
		.class = datagram->context.class,
		.sampled = datagram->context.flags & CW_CTX_SAMPLED,
		.response = datagram->response,
	};

	if (!make_writable(skb) || !sum_inner(skb, outer))
		return false;
	memcpy(trailer.trace_id, datagram->context.trace_id, sizeof(trailer.trace_id));
	cw_trailer_write(&trailer, inner->end - inner->network, skb_put(skb, CW_TRAILER_LEN));
	fix_headers(skb, outer);
	return true;
}

/* Returns the counter that says what was done; CW_COUNT_MAX: the context is another packet's. */
static enum cw_counter transmit_trailer(struct sk_buff *skb, struct net *net,
					const struct cw_layer *inner,
					const struct cw_dissection *found)
{
	enum cw_counter why = shape_wrong(skb, found);
	struct cw_datagram datagram;

	if (why != CW_COUNT_MAX)
		return why;
	if (!cw_datagram_find(skb, cw_datagram_fingerprint(skb, skb_network_offset(skb), inner),
			      &datagram))
		return CW_COUNT_MAX;
	if (cw_policy_is_paused())
		return CW_COUNT_tx_bare_carrier;
	if (!peer_verdict(net, inner, inner->destination, datagram.response).may_send)
		return CW_COUNT_tx_trailer_refused;
	return append_trailer(skb, found, &datagram) ? CW_COUNT_tx_trailer :
						       CW_COUNT_tx_trailer_memory;
}

/* Is it the datagram itself, in no tunnel?  ipvs passes here what it forwards. */
static bool is_itself(const struct sk_buff *skb, const struct cw_dissection *found)
{
	const struct cw_layer *layer = &found->layer[0];

	return found->count == 1 && cw_datagram_is(layer) &&
	       cw_datagram_same(skb, cw_datagram_fingerprint(skb, skb_network_offset(skb), layer));
}

/*
 * The kernel would make the room next (ip_finish_output2, ip6_finish_output2), but in a new skb if
 * this one is charged to no socket, and the context is kept for this one.  When the room is made
 * here the kernel finds the skb large enough.  Its receiver is charged as it would be for the new
 * skb.
 */
void cw_datagram_make_room(struct sk_buff *skb)
{
	const struct net_device *device;
	int missing;

	if (!skb_dst(skb) || skb->sk || skb_shared(skb))
		return;
	device = skb_dst(skb)->dev;
	missing = LL_RESERVED_SPACE(device) - skb_headroom(skb);
	if (missing > 0 && device->header_ops &&
	    pskb_expand_head(skb, SKB_DATA_ALIGN(missing), 0, GFP_ATOMIC))
		cw_count(tx_trailer_memory);
}

void cw_trailer_transmit(struct sk_buff *skb, struct net *net)
{
	enum cw_counter outcome = CW_COUNT_tx_trailer_shape;
	const struct cw_layer *inner;
	struct cw_dissection found;

	inner = cw_packet_dissect(skb, skb_network_offset(skb), &found);
	if (inner && is_itself(skb, &found)) {
		cw_datagram_make_room(skb);
		return;
	}
	if (inner)
		outcome = transmit_trailer(skb, net, inner, &found);
	if (outcome != CW_COUNT_MAX)
		this_cpu_inc(cw_counters.value[outcome]);
	cw_datagram_forget(skb);
}

static int trailer_read(const struct sk_buff *skb, int network,
			const struct cw_dissection *found, struct cw_trailer *out)
{
	u8 buffer[CW_TRAILER_LEN];
	const u8 *bytes;
	u32 offset, inner = cw_trailer_place(found, &offset);

	if (!inner)
		return -ENOENT;
	bytes = skb_header_pointer(skb, network + (int)offset, CW_TRAILER_LEN, buffer);
	return bytes ? cw_trailer_read(bytes, inner, out) : -ENOENT;
}

static void datagram_of(const struct cw_trailer *trailer, struct cw_datagram *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->context.trace_id, trailer->trace_id, sizeof(out->context.trace_id));
	out->context.message = trailer->message;
	out->context.class = trailer->class;
	out->context.flags = CW_CTX_VALID | (trailer->sampled ? CW_CTX_SAMPLED : 0);
	out->sent = trailer->time;
	out->response = trailer->response;
}

bool cw_trailer_seen(const struct sk_buff *skb, int network, const struct cw_dissection *found,
		     struct cw_datagram *out)
{
	struct cw_trailer trailer;

	if (trailer_read(skb, network, found, &trailer))
		return false;
	datagram_of(&trailer, out);
	return true;
}

/* Quick test: nearly every packet has no magic in a trailer's place. */
static bool has_magic(const struct sk_buff *skb)
{
	const void *magic;
	__be32 copy;

	if (skb_is_gso(skb) || skb->len < sizeof(struct iphdr) + CW_TRAILER_LEN)
		return false;
	magic = skb_header_pointer(skb, skb->len - CW_TRAILER_LEN, sizeof(copy), &copy);
	return magic && cw_get_be32(magic) == CW_TRAILER_MAGIC;
}

static noinline void receive_trailer(struct sk_buff *skb, struct net *net)
{
	int network = skb_network_offset(skb), err;
	const struct cw_layer *inner;
	struct cw_datagram datagram;
	struct cw_dissection found;
	struct cw_trailer trailer;

	inner = cw_packet_dissect(skb, network, &found);
	if (!inner || found.count < 2)
		return;
	err = trailer_read(skb, network, &found, &trailer);
	if (err || !cw_datagram_is(inner)) {
		if (err == -EPROTONOSUPPORT)
			cw_count(rx_version);
		else
			cw_count(rx_trailer_malformed);
		return;
	}
	if (cw_policy_is_paused()) {
		cw_count(rx_carrier);
		return;
	}
	datagram_of(&trailer, &datagram);
	if (!peer_verdict(net, inner, inner->source, trailer.response).may_accept) {
		cw_count(rx_refused);
		return;
	}
	cw_count(rx_trailer);
	cw_datagram_keep(skb, cw_datagram_fingerprint(skb, network, inner), &datagram);
}

void cw_trailer_receive(struct sk_buff *skb, struct net *net)
{
	if (has_magic(skb))
		receive_trailer(skb, net);
}
