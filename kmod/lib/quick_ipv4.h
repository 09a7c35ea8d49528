/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first look at nearly every packet: IPv4 without options, TCP in it, or in VXLAN or IP in IP.
 * For quick.c, and for who looks at each packet at each device, where a call counts.  Pure; any
 * context.
 */
#ifndef CW_QUICK_IPV4_H
#define CW_QUICK_IPV4_H

#include "option.h"
#include "quick.h"

#define ETHERTYPE_IPV4	0x0800
#define ETHERTYPE_IPV6	0x86dd

#define PROTO_IPV4	4
#define PROTO_TCP	6
#define PROTO_UDP	17
#define PROTO_IPV6	41

#define IPV4_SIMPLE	0x45	/* no options */
#define IPV4_LENGTH	20
/* Of the first eight bytes of a header: without options, and no fragment. */
#define QUICK_WHOLE_MASK	0xff00000000003fffULL
#define QUICK_WHOLE		((u64)IPV4_SIMPLE << 56)
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

#define QUICK_STAMPS		0x0101080a	/* NOP NOP TIMESTAMP 10 */
#define QUICK_LONG		((u32)CW_OPTION_KIND << 24 | CW_OPTION_LONG_LEN << 16 | CW_OPTION_EXID)
#define VXLAN_BITS	0x0c
#define VXLAN_HAS_VNI	0x08

/* The total length of a simple IPv4 packet; 0: it is not, or not whole. */
static __always_inline u32 cw_quick_total(const u8 *ip, u32 there)
{
	u64 begin = cw_get_be64(ip);
	u32 total = begin >> 32 & 0xffff;

	return (begin & QUICK_WHOLE_MASK) == QUICK_WHOLE && total <= there ? total : 0;
}

/*
 * IPv4 without options, and TCP: with no options, with time stamps, with a mark behind
 * these.  @head: CW_QUICK_OPTION at least.
 */
static __always_inline u32 cw_quick_simple(const u8 *ip, u32 head)
{
	const u8 *tcp = ip + IPV4_LENGTH, *options = tcp + TCP_LENGTH;

	if (ip[0] != IPV4_SIMPLE || ip[9] != PROTO_TCP)
		return CW_QUICK_OTHER;
	if (tcp[12] >> 4 == TCP_LENGTH / 4)
		return CW_QUICK_PLAIN;
	if (cw_get_be32(options) != QUICK_STAMPS)
		return CW_QUICK_OTHER;
	if (tcp[12] >> 4 == (TCP_LENGTH + STAMPS_LENGTH) / 4)
		return CW_QUICK_PLAIN;
	if (tcp[12] >> 4 != FULL_LENGTH / 4 || head < CW_QUICK_HEADERS ||
	    cw_get_be32(options + STAMPS_LENGTH) != QUICK_LONG)
		return CW_QUICK_OTHER;
	return CW_QUICK_MARKED;
}

/* Marked, at @at, in a place of @there bytes: is it whole? */
static __always_inline u32 cw_quick_marked(const u8 *ip, u32 at, u32 there, u8 tunnel)
{
	if (cw_quick_total(ip + at, there) < CW_QUICK_HEADERS)
		return CW_QUICK_OTHER;
	return CW_QUICK_MARKED | (u32)tunnel << CW_QUICK_TUNNEL_SHIFT | at << CW_QUICK_AT_SHIFT;
}

static __always_inline u32 cw_quick_in_vxlan(const u8 *ip, u32 head, u32 length,
					     const struct cw_tunnel_ports *ports)
{
	u32 look, datagram;

	if (head < IN_VXLAN + CW_QUICK_OPTION || cw_get_be16(ip + IN_VXLAN - 2) != ETHERTYPE_IPV4 ||
	    (ip[AT_VXLAN] & VXLAN_BITS) != VXLAN_HAS_VNI ||
	    !cw_is_vxlan(ports, cw_get_be16(ip + AT_PORT)))
		return CW_QUICK_OTHER;
	look = cw_quick_simple(ip + IN_VXLAN, head - IN_VXLAN);
	if (look != CW_QUICK_MARKED)
		return look;
	datagram = cw_get_be16(ip + AT_DATAGRAM);
	if (datagram < IN_VXLAN - IPV4_LENGTH ||
	    datagram + IPV4_LENGTH > cw_quick_total(ip, length))
		return CW_QUICK_OTHER;
	return cw_quick_marked(ip, IN_VXLAN, datagram + IPV4_LENGTH - IN_VXLAN, CW_TUNNEL_VXLAN);
}

static __always_inline u32 cw_quick_in_ip(const u8 *ip, u32 head, u32 length)
{
	u32 look = CW_QUICK_OTHER, total;

	if (head >= IPV4_LENGTH + CW_QUICK_OPTION)
		look = cw_quick_simple(ip + IPV4_LENGTH, head - IPV4_LENGTH);
	if (look != CW_QUICK_MARKED)
		return look;
	total = cw_quick_total(ip, length);
	if (total < IPV4_LENGTH)
		return CW_QUICK_OTHER;
	return cw_quick_marked(ip, IPV4_LENGTH, total - IPV4_LENGTH, CW_TUNNEL_IPIP);
}

/*
 * As cw_quick_look(), for which OTHER is not the last word: TCP in IPv4, and the same in a tunnel
 * of IPv4.  Whatever IPv4 has in it may be given to either.
 */
static __always_inline u32 cw_quick_segment(const u8 *ip, u32 head, u32 length)
{
	u32 look = CW_QUICK_OTHER;

	if (head >= CW_QUICK_OPTION)
		look = cw_quick_simple(ip, head);
	return look == CW_QUICK_MARKED ? cw_quick_marked(ip, 0, length, CW_TUNNEL_NONE) : look;
}

static __always_inline u32 cw_quick_tunnel(const u8 *ip, u32 head, u32 length,
					   const struct cw_tunnel_ports *ports)
{
	if (head < CW_QUICK_OPTION || ip[0] != IPV4_SIMPLE)
		return CW_QUICK_OTHER;
	if (ip[9] == PROTO_UDP)
		return cw_quick_in_vxlan(ip, head, length, ports);
	return ip[9] == PROTO_IPV4 ? cw_quick_in_ip(ip, head, length) : (u32)CW_QUICK_OTHER;
}

#endif
