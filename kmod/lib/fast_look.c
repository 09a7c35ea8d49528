// SPDX-License-Identifier: GPL-2.0
/*
 * The fast path's look at a packet: reads few bytes at places that are known beforehand.  Pure; any
 * context.  Packets that it does not recognise take the slow path.
 */
#include "fast_ipv4.h"
#include "fast_look.h"

static bool tcp_plain(const u8 *tcp, const u8 *end)
{
	unsigned int options;

	if (end - tcp < CW_TCP_LENGTH || tcp[12] >> 4 < CW_TCP_LENGTH / 4)
		return false;
	options = (tcp[12] >> 4) * 4 - CW_TCP_LENGTH;
	return end - tcp - CW_TCP_LENGTH >= options &&
	       cw_option_plain(tcp + CW_TCP_LENGTH, options);
}

/* Returns the protocol behind an IP header, and sets where it begins; 0: not known or not whole. */
static u8 ip_next(const u8 *ip, const u8 *end, const u8 **next)
{
	if (end - ip < CW_IPV6_LENGTH)
		return 0;
	if (ip[0] >> 4 == 4) {
		*next = ip + (ip[0] & 15) * 4;
		return ip[9];
	}
	*next = ip + CW_IPV6_LENGTH;
	return ip[0] >> 4 == 6 ? ip[6] : 0;
}

/* Returns the inner IP packet behind an outer header; NULL: there is none that is known. */
static const u8 *inner_of(u8 protocol, const u8 *next, const u8 *end,
			  const struct cw_tunnel_ports *ports)
{
	if (protocol == CW_PROTO_IPV4 || protocol == CW_PROTO_IPV6)
		return next;
	if (protocol != CW_PROTO_UDP ||
	    end - next < CW_UDP_LENGTH + CW_VXLAN_LENGTH + CW_ETHERNET_LENGTH ||
	    !cw_is_vxlan(ports, cw_get_be16(next + 2)) ||
	    !(next[CW_UDP_LENGTH] & CW_VXLAN_HAS_VNI))
		return NULL;
	next += CW_UDP_LENGTH + CW_VXLAN_LENGTH + CW_ETHERNET_LENGTH;
	/* With a VLAN's tag, or another protocol than IP, the packet takes the slow path. */
	if (cw_get_be16(next - 2) != CW_ETHERTYPE_IPV4 &&
	    cw_get_be16(next - 2) != CW_ETHERTYPE_IPV6)
		return NULL;
	return next;
}

u32 cw_fast_further(const u8 *ip, u32 head, u16 ethertype, const struct cw_tunnel_ports *ports)
{
	const u8 *end = ip + head, *next;
	u8 protocol;

	if (ethertype != CW_ETHERTYPE_IPV4 && ethertype != CW_ETHERTYPE_IPV6)
		return CW_FAST_OTHER;
	protocol = ip_next(ip, end, &next);
	if (protocol != CW_PROTO_TCP) {
		ip = inner_of(protocol, next, end, ports);
		if (!ip || ip_next(ip, end, &next) != CW_PROTO_TCP)
			return CW_FAST_OTHER;
	}
	return tcp_plain(next, end) ? CW_FAST_PLAIN : CW_FAST_OTHER;
}

u32 cw_fast_look(const u8 *ip, u32 head, u32 length, u16 ethertype,
		  const struct cw_tunnel_ports *ports)
{
	u32 look = CW_FAST_OTHER;

	if (ethertype == CW_ETHERTYPE_IPV4 && cw_fast_ipv4(ip, head))
		look = cw_fast_is_tcp(ip) ? cw_fast_segment(ip, head, length) :
					     cw_fast_tunnel(ip, head, length, ports);
	return look == CW_FAST_OTHER ? cw_fast_further(ip, head, ethertype, ports) : look;
}
