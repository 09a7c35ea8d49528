// SPDX-License-Identifier: GPL-2.0
/*
 * Taps of network devices.  Softirq or process context, preemption off; they return at
 * once while no event is wanted.
 */
#include <linux/netdevice.h>

#include "base/net.h"
#include "compat/trace.h"
#include "event/event.h"
#include "netfilter/device.h"
#include "tap/device.h"

/* Is the device in a namespace that policy concerns?  Inlined: most packets of a host end here. */
static __always_inline bool is_wanted(const struct net_device *device)
{
	return cw_event_wanted() && cw_net_active(dev_net(device));
}

static void device_queue(void *data, struct sk_buff *skb)
{
	if (is_wanted(skb->dev))
		cw_packet_seen(skb, skb_network_header(skb), skb->dev, CW_STAGE_DEV_QUEUE);
}

/* @skb is a chain if the discipline hands out several packets at once, NULL if it is empty. */
static void device_dequeue(void *data, struct Qdisc *qdisc, const struct netdev_queue *queue,
			   int packets, struct sk_buff *skb)
{
	if (!cw_event_wanted() || !skb || !cw_net_active(dev_net(skb->dev)))
		return;
	for (; skb; skb = skb->next)
		if (!cw_packet_known(skb))
			cw_packet_seen(skb, skb_network_header(skb), skb->dev, CW_STAGE_DEV_DEQUEUE);
}

static void device_xmit(void *data, const struct sk_buff *skb, const struct net_device *device)
{
	if (is_wanted(device) && !cw_packet_known_last(skb))
		cw_packet_seen(skb, skb_network_header(skb), device, CW_STAGE_DEV_XMIT);
}

/* The link layer's header is pulled here and in device_gro(): skb->data is the network header. */
static void device_backlog(void *data, struct sk_buff *skb)
{
	if (is_wanted(skb->dev))
		cw_packet_seen(skb, skb->data, skb->dev, CW_STAGE_DEV_ARRIVE);
}

static void device_gro(void *data, const struct sk_buff *skb)
{
	if (is_wanted(skb->dev))
		cw_packet_seen(skb, skb->data, skb->dev, CW_STAGE_DEV_ARRIVE);
}

/* skb->data is the network header; skb->network_header is not set yet. */
static void device_receive(void *data, struct sk_buff *skb)
{
	if (is_wanted(skb->dev) && !cw_packet_known_last(skb))
		cw_packet_seen(skb, skb->data, skb->dev, CW_STAGE_DEV_RX);
}

static void device_drop(void *data, CW_ARGS_KFREE_SKB)
{
#ifdef CW_NO_DROP_REASON
	const u32 reason = 0;
#endif
	const struct cw_drop drop = { .reason = reason, .location = (unsigned long)location };

	if (!cw_event_wanted())
		return;
	rcu_read_lock();
	cw_packet_dropped(skb, &drop);
	rcu_read_unlock();
}

static struct cw_tap taps[] = {
	{ .name = "net_dev_queue", .probe = device_queue },
	{ .name = "qdisc_dequeue", .probe = device_dequeue },
	{ .name = "net_dev_start_xmit", .probe = device_xmit },
	{ .name = "netif_rx", .probe = device_backlog },
	{ .name = "napi_gro_receive_entry", .probe = device_gro },
	{ .name = "napi_gro_frags_entry", .probe = device_gro },
	{ .name = "netif_receive_skb", .probe = device_receive },
	{ .name = "kfree_skb", .probe = device_drop },
};

const struct cw_tap_group cw_taps_device = { taps, ARRAY_SIZE(taps) };

static inline void __maybe_unused check_prototypes(void)
{
	check_trace_callback_type_net_dev_queue(device_queue);
	check_trace_callback_type_net_dev_start_xmit(device_xmit);
	check_trace_callback_type_qdisc_dequeue(device_dequeue);
	check_trace_callback_type_netif_rx(device_backlog);
	check_trace_callback_type_napi_gro_receive_entry(device_gro);
	check_trace_callback_type_napi_gro_frags_entry(device_gro);
	check_trace_callback_type_netif_receive_skb(device_receive);
	check_trace_callback_type_kfree_skb(device_drop);
}
