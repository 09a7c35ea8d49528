// SPDX-License-Identifier: GPL-2.0
/*
 * Netfilter hooks of a namespace; registered and unregistered under cw_policy_mutex.
 * The hook functions accept every packet.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>

#include "base/net.h"
#include "netfilter/hook.h"
#include "netfilter/datagram.h"
#include "netfilter/layers.h"
#include "netfilter/receive.h"
#include "netfilter/strip.h"
#include "netfilter/transmit.h"
#include "uapi/causeway.h"

static unsigned int local_out(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	cw_packet_transmit(skb, state->out);
	cw_packet_transmit_datagram(skb, state);
	return NF_ACCEPT;
}

static bool is_tcp(const struct sk_buff *skb)
{
	return (ip_hdr(skb)->version == 4 ? ip_hdr(skb)->protocol : ipv6_hdr(skb)->nexthdr) ==
	       IPPROTO_TCP;
}

static void receive_packet(struct sk_buff *skb, struct net *net, u32 look)
{
	/* Bottom halves are off already, except behind NFQUEUE, where a process runs this. */
	local_bh_disable();
	if (is_tcp(skb))
		cw_packet_receive(skb, net);
	else if ((look & CW_FAST_VERDICT) != CW_FAST_MARKED)	/* TCP in a tunnel */
		cw_packet_receive_datagram(skb, net);
	local_bh_enable();
}

static unsigned int local_in(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	u32 look = cw_packet_look(skb, skb_network_offset(skb));

	if (look == CW_FAST_PLAIN)
		return NF_ACCEPT;
	receive_packet(skb, state->net, look);
	/* The strip is last, so that a mark that policy refuses is still counted as refused. */
	if (READ_ONCE(cw_net_here(state->net)->edge))
		cw_packet_strip(skb, state->net, CW_DIRECTION_ACCEPT);
	return NF_ACCEPT;
}

#if IS_ENABLED(CONFIG_IPV6)
static unsigned int forward_datagram(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	cw_packet_forward_datagram(skb, state->out);
	return NF_ACCEPT;
}
#endif

static unsigned int strip_forwarded(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	if (cw_packet_look(skb, skb_network_offset(skb)) != CW_FAST_PLAIN)
		cw_packet_strip(skb, state->net, CW_DIRECTION_BOTH);
	return NF_ACCEPT;
}

/* All are last of their hook: addresses are final there, and no other hook drops the packet. */
static const struct nf_hook_ops hooks[] = {
	{
		.hook = local_out,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = local_in,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_LAST,
	},
#if IS_ENABLED(CONFIG_IPV6)
	{
		.hook = local_out,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP6_PRI_LAST,
	},
	{
		.hook = local_in,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_LAST,
	},
	{
		.hook = forward_datagram,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_FORWARD,
		.priority = NF_IP6_PRI_LAST,
	},
#endif
};

/* At FORWARD both addresses are the ends' own, though NAT may change them before and after. */
static const struct nf_hook_ops edge_hooks[] = {
	{
		.hook = strip_forwarded,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_FORWARD,
		.priority = NF_IP_PRI_LAST,
	},
#if IS_ENABLED(CONFIG_IPV6)
	{
		.hook = strip_forwarded,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_FORWARD,
		.priority = NF_IP6_PRI_LAST,
	},
#endif
};

int cw_hooks_register(struct net *net)
{
	return nf_register_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}

void cw_hooks_unregister(struct net *net)
{
	nf_unregister_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}

int cw_edge_hooks_register(struct net *net)
{
	return nf_register_net_hooks(net, edge_hooks, ARRAY_SIZE(edge_hooks));
}

void cw_edge_hooks_unregister(struct net *net)
{
	nf_unregister_net_hooks(net, edge_hooks, ARRAY_SIZE(edge_hooks));
}
