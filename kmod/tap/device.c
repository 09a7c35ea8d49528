// SPDX-License-Identifier: GPL-2.0
/*
 * Taps of network devices.  Softirq or process context, preemption off; nothing is
 * done while nobody reads events.
 */
#include <linux/netdevice.h>

#include "../../netfilter/packet.h"
#include "../compat/trace.h"
#include "../event.h"
#include "tap.h"

static void device_queue(void *data, struct sk_buff *skb)
{
	if (cw_event_wanted())
		cw_packet_seen(skb, skb_network_offset(skb), skb->dev, CW_STAGE_DEV_QUEUE);
}

static void device_xmit(void *data, const struct sk_buff *skb, const struct net_device *device)
{
	if (cw_event_wanted())
		cw_packet_seen(skb, skb_network_offset(skb), device, CW_STAGE_DEV_XMIT);
}

/* skb->data is at the network header, which is not set yet. */
static void device_receive(void *data, struct sk_buff *skb)
{
	if (cw_event_wanted())
		cw_packet_seen(skb, 0, skb->dev, CW_STAGE_DEV_RX);
}

struct cw_tap cw_taps_device[] = {
	{ .name = "net_dev_queue", .probe = device_queue },
	{ .name = "net_dev_start_xmit", .probe = device_xmit },
	{ .name = "netif_receive_skb", .probe = device_receive },
};
const unsigned int cw_taps_device_count = ARRAY_SIZE(cw_taps_device);

static inline void __maybe_unused check_prototypes(void)
{
	check_trace_callback_type_net_dev_queue(device_queue);
	check_trace_callback_type_net_dev_start_xmit(device_xmit);
	check_trace_callback_type_netif_receive_skb(device_receive);
}
