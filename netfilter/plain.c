// SPDX-License-Identifier: GPL-2.0
/*
 * The quick test that nearly every packet ends with: TCP without an option of ours, behind
 * an IP header or behind those of VXLAN or of IP in IP.  Reads the linear part only;
 * any context.
 */
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/skbuff.h>
#include <asm/unaligned.h>

#include "../kmod/lib/option.h"
#include "packet.h"

#define UDP_LENGTH	8
#define VXLAN_LENGTH	8
#define VXLAN_HAS_VNI	0x08
#define TCP_LENGTH	20
#define IPV4_LENGTH	20
#define IPV6_LENGTH	40

static bool tcp_plain(const u8 *tcp, const u8 *end)
{
	unsigned int options;

	if (end - tcp < TCP_LENGTH || tcp[12] >> 4 < TCP_LENGTH / 4)
		return false;
	options = (tcp[12] >> 4) * 4 - TCP_LENGTH;
	return end - tcp - TCP_LENGTH >= options && cw_option_plain(tcp + TCP_LENGTH, options);
}

/* What follows an IP header, and where; 0: not known, or not there in full. */
static u8 ip_next(const u8 *ip, const u8 *end, const u8 **next)
{
	if (end - ip < IPV6_LENGTH)
		return 0;
	if (ip[0] >> 4 == 4) {
		*next = ip + (ip[0] & 15) * 4;
		return ip[9];
	}
	*next = ip + IPV6_LENGTH;
	return ip[0] >> 4 == 6 ? ip[6] : 0;
}

/* The inner IP packet behind an outer header; NULL: none that is known. */
static const u8 *inner_of(u8 protocol, const u8 *next, const u8 *end)
{
	if (protocol == IPPROTO_IPIP || protocol == IPPROTO_IPV6)
		return next;
	if (protocol != IPPROTO_UDP || end - next < UDP_LENGTH + VXLAN_LENGTH + ETH_HLEN ||
	    !cw_vxlan_port(cw_get_be16(next + 2)) || !(next[UDP_LENGTH] & VXLAN_HAS_VNI))
		return NULL;
	next += UDP_LENGTH + VXLAN_LENGTH + ETH_HLEN;
	/* A VLAN's tag, or no IP. */
	return cw_get_be16(next - 2) == ETH_P_IP || cw_get_be16(next - 2) == ETH_P_IPV6 ? next :
											  NULL;
}

#define FAST_LENGTH	(IPV4_LENGTH + TCP_LENGTH + 12)

/* The same of IPv4 without options, and TCP with no options or time stamps, all in one place. */
static __always_inline bool fast_plain(const u8 *ip)
{
	if (ip[0] != 0x45 || ip[9] != IPPROTO_TCP)
		return false;
	return ip[32] >> 4 == 5 ||
	       (ip[32] >> 4 == 8 && get_unaligned_be32(ip + 40) == 0x0101080a);
}

static __always_inline bool fast(const struct sk_buff *skb, const u8 *ip, const u8 *end)
{
	if (skb->protocol != htons(ETH_P_IP) || end - ip < FAST_LENGTH)
		return false;
	if (fast_plain(ip))
		return true;
	if (ip[0] != 0x45 || ip[9] != IPPROTO_UDP ||
	    end - ip < IPV4_LENGTH + UDP_LENGTH + VXLAN_LENGTH + ETH_HLEN + FAST_LENGTH ||
	    get_unaligned_be16(ip + 48) != ETH_P_IP ||
	    !cw_vxlan_port(get_unaligned_be16(ip + 22)))
		return false;
	return fast_plain(ip + IPV4_LENGTH + UDP_LENGTH + VXLAN_LENGTH + ETH_HLEN);
}

bool cw_packet_plain(const struct sk_buff *skb, unsigned int network)
{
	const u8 *ip = skb->data + network, *end = skb->data + skb_headlen(skb), *next;
	u8 protocol;

	if (likely(fast(skb, ip, end)))
		return true;
	if (skb->protocol != htons(ETH_P_IP) && skb->protocol != htons(ETH_P_IPV6))
		return false;
	protocol = ip_next(ip, end, &next);
	if (protocol == IPPROTO_TCP)
		return tcp_plain(next, end);
	ip = inner_of(protocol, next, end);
	return ip && ip_next(ip, end, &next) == IPPROTO_TCP && tcp_plain(next, end);
}
