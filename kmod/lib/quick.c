// SPDX-License-Identifier: GPL-2.0
/*
 * What can be said of a packet by looking at few bytes at places that are known beforehand.
 * Pure; any context.  What it does not know it leaves to others.
 */
#include "quick.h"

#include "option.h"

#define ETHERTYPE_IPV4	0x0800
#define ETHERTYPE_IPV6	0x86dd

#define PROTO_IPV4	4
#define PROTO_TCP	6
#define PROTO_UDP	17
#define PROTO_IPV6	41

#define IPV4_SIMPLE	0x45	/* no options */
#define IPV4_LENGTH	20
#define IPV6_LENGTH	40
#define UDP_LENGTH	8
#define VXLAN_LENGTH	8
#define ETHERNET_LENGTH	14
#define TCP_LENGTH	20
#define STAMPS_LENGTH	12
#define FULL_LENGTH	60	/* of a TCP header */

/* From the outer IPv4 header, or behind it */
#define AT_PORT		(IPV4_LENGTH + 2)
#define AT_DATAGRAM	(IPV4_LENGTH + 4)
#define AT_VXLAN	(IPV4_LENGTH + UDP_LENGTH)
#define IN_VXLAN	(AT_VXLAN + VXLAN_LENGTH + ETHERNET_LENGTH)

#define STAMPS		0x0101080a	/* NOP NOP TIMESTAMP 10 */
#define LONG		((u32)CW_OPTION_KIND << 24 | CW_OPTION_LONG_LEN << 16 | CW_OPTION_EXID)
#define VXLAN_BITS	0x0c
#define VXLAN_HAS_VNI	0x08

/* The total length of a simple IPv4 packet; 0: it is not, or not whole. */
static u32 simple_total(const u8 *ip, u32 there)
{
	u32 total = cw_get_be16(ip + 2);

	return ip[0] == IPV4_SIMPLE && !(cw_get_be16(ip + 6) & 0x3fff) && total <= there ? total :
											   0;
}

#define SIMPLE_LENGTH CW_QUICK_OPTION
#define MARKED_LENGTH CW_QUICK_HEADERS

/*
 * IPv4 without options, and TCP: with no options, with time stamps, with a mark behind
 * these.  @head: SIMPLE_LENGTH at least.
 */
static inline u32 simple(const u8 *ip, u32 head)
{
	const u8 *tcp = ip + IPV4_LENGTH, *options = tcp + TCP_LENGTH;

	if (ip[0] != IPV4_SIMPLE || ip[9] != PROTO_TCP)
		return CW_QUICK_OTHER;
	if (tcp[12] >> 4 == TCP_LENGTH / 4)
		return CW_QUICK_PLAIN;
	if (cw_get_be32(options) != STAMPS)
		return CW_QUICK_OTHER;
	if (tcp[12] >> 4 == (TCP_LENGTH + STAMPS_LENGTH) / 4)
		return CW_QUICK_PLAIN;
	if (tcp[12] >> 4 != FULL_LENGTH / 4 || head < MARKED_LENGTH ||
	    cw_get_be32(options + STAMPS_LENGTH) != LONG)
		return CW_QUICK_OTHER;
	return CW_QUICK_MARKED;
}

/* Marked, at @at, in a place of @there bytes: is it whole? */
static u32 marked(const u8 *ip, u32 at, u32 there, u8 tunnel)
{
	if (simple_total(ip + at, there) < MARKED_LENGTH)
		return CW_QUICK_OTHER;
	return CW_QUICK_MARKED | (u32)tunnel << CW_QUICK_TUNNEL_SHIFT | at << CW_QUICK_AT_SHIFT;
}

static u32 in_vxlan(const u8 *ip, u32 head, u32 length, const struct cw_tunnel_ports *ports)
{
	u32 look, datagram;

	if (head < IN_VXLAN + SIMPLE_LENGTH || cw_get_be16(ip + IN_VXLAN - 2) != ETHERTYPE_IPV4 ||
	    (ip[AT_VXLAN] & VXLAN_BITS) != VXLAN_HAS_VNI ||
	    !cw_is_vxlan(ports, cw_get_be16(ip + AT_PORT)))
		return CW_QUICK_OTHER;
	look = simple(ip + IN_VXLAN, head - IN_VXLAN);
	if (look != CW_QUICK_MARKED)
		return look;
	datagram = cw_get_be16(ip + AT_DATAGRAM);
	if (datagram < IN_VXLAN - IPV4_LENGTH || datagram + IPV4_LENGTH > simple_total(ip, length))
		return CW_QUICK_OTHER;
	return marked(ip, IN_VXLAN, datagram + IPV4_LENGTH - IN_VXLAN, CW_TUNNEL_VXLAN);
}

static u32 in_ip(const u8 *ip, u32 head, u32 length)
{
	u32 look = CW_QUICK_OTHER, total;

	if (head >= IPV4_LENGTH + SIMPLE_LENGTH)
		look = simple(ip + IPV4_LENGTH, head - IPV4_LENGTH);
	if (look != CW_QUICK_MARKED)
		return look;
	total = simple_total(ip, length);
	if (total < IPV4_LENGTH)
		return CW_QUICK_OTHER;
	return marked(ip, IPV4_LENGTH, total - IPV4_LENGTH, CW_TUNNEL_IPIP);
}

static u32 look_ipv4(const u8 *ip, u32 head, u32 length, const struct cw_tunnel_ports *ports)
{
	u32 look = simple(ip, head);

	if (look == CW_QUICK_PLAIN)
		return look;
	if (look == CW_QUICK_MARKED)
		return marked(ip, 0, length, CW_TUNNEL_NONE);
	if (ip[0] != IPV4_SIMPLE)
		return CW_QUICK_OTHER;
	if (ip[9] == PROTO_UDP)
		return in_vxlan(ip, head, length, ports);
	return ip[9] == PROTO_IPV4 ? in_ip(ip, head, length) : (u32)CW_QUICK_OTHER;
}

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
static const u8 *inner_of(u8 protocol, const u8 *next, const u8 *end,
			  const struct cw_tunnel_ports *ports)
{
	if (protocol == PROTO_IPV4 || protocol == PROTO_IPV6)
		return next;
	if (protocol != PROTO_UDP || end - next < UDP_LENGTH + VXLAN_LENGTH + ETHERNET_LENGTH ||
	    !cw_is_vxlan(ports, cw_get_be16(next + 2)) || !(next[UDP_LENGTH] & VXLAN_HAS_VNI))
		return NULL;
	next += UDP_LENGTH + VXLAN_LENGTH + ETHERNET_LENGTH;
	/* A VLAN's tag, or no IP. */
	if (cw_get_be16(next - 2) != ETHERTYPE_IPV4 && cw_get_be16(next - 2) != ETHERTYPE_IPV6)
		return NULL;
	return next;
}

/* Plain behind any IP header, through one tunnel at most. */
static u32 look_further(const u8 *ip, const u8 *end, const struct cw_tunnel_ports *ports)
{
	const u8 *next;
	u8 protocol = ip_next(ip, end, &next);

	if (protocol != PROTO_TCP) {
		ip = inner_of(protocol, next, end, ports);
		if (!ip || ip_next(ip, end, &next) != PROTO_TCP)
			return CW_QUICK_OTHER;
	}
	return tcp_plain(next, end) ? CW_QUICK_PLAIN : CW_QUICK_OTHER;
}

u32 cw_quick_look(const u8 *ip, u32 head, u32 length, u16 ethertype,
		  const struct cw_tunnel_ports *ports)
{
	u32 look = CW_QUICK_OTHER;

	if (ethertype == ETHERTYPE_IPV4 && head >= SIMPLE_LENGTH)
		look = look_ipv4(ip, head, length, ports);
	else if (ethertype != ETHERTYPE_IPV4 && ethertype != ETHERTYPE_IPV6)
		return CW_QUICK_OTHER;
	return look == CW_QUICK_OTHER ? look_further(ip, ip + head, ports) : look;
}
