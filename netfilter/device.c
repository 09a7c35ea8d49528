// SPDX-License-Identifier: GPL-2.0
/*
 * Looks for a context in a packet at a device, also inside of tunnels, and emits an event.  The
 * fast path looks at a few bytes (lib/fast_ipv4.h) and hands marked segments to event/segment.c;
 * packets that it does not recognise take the slow path, emit_slow().  Changes nothing in the
 * packet; any context but hardirq.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/tcp.h>

#include "base/counter.h"
#include "base/net.h"
#include "event/event.h"
#include "event/segment.h"
#include "lib/dissect.h"
#include "lib/option.h"
#include "lib/fast_ipv4.h"
#include "lib/fast_look.h"
#include "netfilter/header.h"
#include "netfilter/datagram.h"
#include "netfilter/device.h"
#include "netfilter/device_set.h"
#include "netfilter/layers.h"

/* The packet from its network header on; skb->data may be elsewhere. */
struct view {
	const struct sk_buff *skb;
	int network;
};

static const void *view_bytes(const struct view *view, u32 offset, u32 length, void *buffer)
{
	return skb_header_pointer(view->skb, view->network + (int)offset, length, buffer);
}

/* Reads the sampled context that a TCP segment carries; false: it carries none. */
static bool segment_context(const struct view *view, const struct cw_layer *layer,
			    struct cw_stage_info *info, struct cw_context *context)
{
	struct cw_option option;
	struct tcphdr copy;
	const struct tcphdr *th;
	const u8 *options;
	u8 buffer[40];
	u32 length;

	if (layer->protocol != IPPROTO_TCP || layer->fragment)
		return false;
	th = view_bytes(view, layer->transport, sizeof(copy), &copy);
	if (!th || th->doff <= 5 || layer->transport + th->doff * 4 > layer->end)
		return false;
	length = th->doff * 4 - sizeof(copy);
	options = view_bytes(view, layer->transport + sizeof(copy), length, buffer);
	if (!options || cw_option_plain(options, length))
		return false;
	if (cw_option_find(options, length, false, &option) != CW_OPTION_LONG || !option.sampled)
		return false;
	memset(context, 0, sizeof(*context));
	memcpy(context->trace_id, option.trace_id, sizeof(context->trace_id));
	context->flags = CW_CTX_VALID | CW_CTX_SAMPLED;
	context->message = option.message;
	context->class = option.class;
	info->seq = ntohl(th->seq) - option.back;
	info->length = layer->end - layer->transport - th->doff * 4;
	return true;
}

/* The slow path.  The caller has set stage, net and what else it knows in @info. */
static noinline void emit_slow(const struct view *view, struct cw_stage_info *info)
{
	struct cw_context context;
	const struct cw_layer *layer;
	struct cw_dissection found;
	struct cw_flow_key flow, outer;

	layer = cw_packet_dissect(view->skb, view->network, &found);
	if (!layer || !(segment_context(view, layer, info, &context) ||
			cw_datagram_seen(view->skb, view->network, &found, info, &context)))
		return;
	cw_packet_flow(layer, &flow);
	info->flow = &flow;
	if (found.count > 1) {
		cw_packet_flow(layer - 1, &outer);
		info->outer = &outer;
	}
	info->context = &context;
	cw_event_emit(info);
}

DEFINE_PER_CPU(const struct sk_buff *, cw_packet_plain);

/* Notes a packet that carries nothing at stages behind which the packet is seen once more soon. */
static __always_inline void remember_plain(const struct sk_buff *plain, unsigned int stage)
{
	if (stage == CW_STAGE_DEV_QUEUE || stage == CW_STAGE_DEV_ARRIVE)
		this_cpu_write(cw_packet_plain, plain);
}

/* How many bytes from @ip on are in the linear part; 0: not even the header, so no look. */
static __always_inline u32 head_from(const struct sk_buff *skb, const u8 *ip)
{
	const u8 *end = skb_tail_pointer(skb);

	return ip < end ? end - ip : 0;
}

/* Handles a packet that fast_ipv4.h does not recognise. */
static noinline void handle_other(const struct sk_buff *skb, const u8 *ip,
				  const struct net_device *device, unsigned int stage)
{
	const struct view view = { .skb = skb, .network = (int)(ip - skb->data) };
	struct cw_stage_info info = {
		.device = device,
		.net = cw_net(dev_net(device)),
		.stage = stage,
	};
	const struct sk_buff *plain = NULL;

	if (cw_fast_further(ip, head_from(skb, ip), ntohs(skb->protocol), &cw_tunnel_ports) ==
	    CW_FAST_PLAIN)
		plain = skb;
	remember_plain(plain, stage);
	if (!plain)
		emit_slow(&view, &info);
}

static __always_inline u32 length_from(const struct sk_buff *skb, const u8 *ip)
{
	return skb->data + skb->len - ip;
}

/*
 * Handles what the look has found.  A marked segment clears the note of cw_packet_plain, which may
 * be of another packet: that one is then looked at once more.
 */
static __always_inline void handle_look(const struct sk_buff *skb, const u8 *ip, u32 look,
					const struct net_device *device, unsigned int stage)
{
	if (look == CW_FAST_OTHER)
		return handle_other(skb, ip, device, stage);
	if (look == CW_FAST_PLAIN)
		return remember_plain(skb, stage);
	this_cpu_write(cw_packet_plain, NULL);
	cw_segment_seen(look, ip, device, stage);
}

/*
 * Each packet passes handle_tunnel() or cw_packet_seen() several times.  They are two functions and
 * call others only as their last act, so that no register has to be saved.
 */
static noinline void handle_tunnel(const struct sk_buff *skb, const u8 *ip,
				   const struct net_device *device, unsigned int stage, u32 head)
{
	handle_look(skb, ip, cw_fast_tunnel(ip, head, length_from(skb, ip), &cw_tunnel_ports),
		    device, stage);
}

void cw_packet_seen(const struct sk_buff *skb, const u8 *ip, const struct net_device *device,
		    unsigned int stage)
{
	u32 head;

	if (ip < skb->data)
		return;
	head = head_from(skb, ip);
	if (skb->protocol != htons(ETH_P_IP) || !cw_fast_ipv4(ip, head))
		return handle_other(skb, ip, device, stage);
	if (!cw_fast_is_tcp(ip))
		return handle_tunnel(skb, ip, device, stage, head);
	handle_look(skb, ip, cw_fast_segment(ip, head, length_from(skb, ip)), device, stage);
}

/*
 * Finds the namespace and device of a packet that is dropped.  skb->dev may hold other data, such
 * as the links of a tree of packets, so it counts only if it is a known device.  The route shares
 * its place with data of sockets, which is used after the IP header was pulled.  skb->sk shares its
 * place with data of fragments, so it counts only if the skb has a destructor.
 */
static struct net *find_net(const struct sk_buff *skb, int network,
			    const struct net_device **device)
{
	*device = NULL;
	if (skb->dev && cw_device_set_has(skb->dev))
		*device = skb->dev;
	else if (network >= 0 && skb_dst(skb))
		*device = skb_dst(skb)->dev;
	if (*device)
		return dev_net(*device);
	return skb->sk && skb->destructor ? sock_net(skb->sk) : NULL;
}

void cw_packet_dropped(const struct sk_buff *skb, const struct cw_drop *drop)
{
	const struct view view = { .skb = skb, .network = skb_network_offset(skb) };
	struct cw_stage_info info = { .stage = CW_STAGE_DROP, .reason = drop };
	struct net *net;

	if ((skb->protocol != htons(ETH_P_IP) && skb->protocol != htons(ETH_P_IPV6)) ||
	    !skb->network_header || skb_network_header(skb) >= skb_tail_pointer(skb))
		return;
	net = find_net(skb, view.network, &info.device);
	if (!net) {
		cw_count(drop_unplaced);
		return;
	}
	if (!cw_net_active(net))
		return;
	info.net = cw_net(net);
	emit_slow(&view, &info);
}
