/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first look at nearly every packet: IPv4 without options, TCP in it, or in VXLAN or IP in IP.
 * For fast_look.c, and for who looks at each packet at each device, where a call counts.  Pure; any
 * context.
 */
#ifndef CW_FAST_IPV4_H
#define CW_FAST_IPV4_H

#include "option.h"
#include "fast.h"

#define ETHERTYPE_IPV4	0x0800
#define ETHERTYPE_IPV6	0x86dd

#define PROTO_IPV4	4
#define PROTO_TCP	6
#define PROTO_UDP	17
#define PROTO_IPV6	41

#define IPV4_SIMPLE	0x45	/* no options */
#define IPV4_LENGTH	20
#define AT_TOTAL	2
#define AT_FRAGMENT	6
#define FRAGMENT_MASK	0x3fff	/* more of them, or not the first */
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

#define FAST_STAMPS		0x0101080a	/* NOP NOP TIMESTAMP 10 */
#define FAST_LONG		((u32)CW_OPTION_KIND << 24 | CW_OPTION_LONG_LEN << 16 | CW_OPTION_EXID)
#define VXLAN_BITS	0x0c
#define VXLAN_HAS_VNI	0x08

/*
 * IPv4 without options, and TCP: with no options, with time stamps, with a mark behind
 * these.  @head: CW_FAST_OPTION at least.
 */
static __always_inline u32 cw_fast_simple(const u8 *ip, u32 head)
{
	const u8 *tcp = ip + IPV4_LENGTH, *options = tcp + TCP_LENGTH;
	u8 length = tcp[12] >> 4;

	if (ip[0] != IPV4_SIMPLE || ip[9] != PROTO_TCP)
		return CW_FAST_OTHER;
	if (length == TCP_LENGTH / 4)
		return CW_FAST_PLAIN;
	if (cw_get_be32(options) != FAST_STAMPS)
		return CW_FAST_OTHER;
	if (length == FULL_LENGTH / 4 && head >= CW_FAST_HEADERS &&
	    cw_get_be32(options + STAMPS_LENGTH) == FAST_LONG)
		return CW_FAST_MARKED;
	return length == (TCP_LENGTH + STAMPS_LENGTH) / 4 ? CW_FAST_PLAIN : CW_FAST_OTHER;
}

static __always_inline bool cw_fast_fragment(const u8 *ip)
{
	return cw_test_be16(ip + AT_FRAGMENT, FRAGMENT_MASK);
}

static __always_inline u32 cw_fast_total(const u8 *ip)
{
	return cw_get_be16(ip + AT_TOTAL);
}

/* cw_fast_simple() says that it is marked, @at, in what ends at @end: is it whole? */
static __always_inline u32 cw_fast_marked(const u8 *ip, u32 at, u32 end, u8 tunnel)
{
	u32 total = cw_fast_total(ip + at);

	if (cw_fast_fragment(ip + at) || total < CW_FAST_HEADERS || at + total > end)
		return CW_FAST_OTHER;
	return CW_FAST_MARKED | (u32)tunnel << CW_FAST_TUNNEL_SHIFT | at << CW_FAST_AT_SHIFT;
}

/* Where the packet ends that @ip, without options, begins; 0: it is not whole. */
static __always_inline u32 cw_fast_end(const u8 *ip, u32 length)
{
	u32 total = cw_fast_total(ip);

	return cw_fast_fragment(ip) || total > length ? 0 : total;
}

static __always_inline u32 cw_fast_in_vxlan(const u8 *ip, u32 head, u32 length,
					     const struct cw_tunnel_ports *ports)
{
	u32 look, end;

	if (head < CW_FAST_IN_VXLAN + CW_FAST_OPTION ||
	    cw_get_be16(ip + CW_FAST_IN_VXLAN - 2) != ETHERTYPE_IPV4 ||
	    (ip[AT_VXLAN] & VXLAN_BITS) != VXLAN_HAS_VNI ||
	    !cw_is_vxlan(ports, cw_get_be16(ip + AT_PORT)))
		return CW_FAST_OTHER;
	look = cw_fast_simple(ip + CW_FAST_IN_VXLAN, head - CW_FAST_IN_VXLAN);
	if (look != CW_FAST_MARKED)
		return look;
	end = IPV4_LENGTH + cw_get_be16(ip + AT_DATAGRAM);
	if (end > cw_fast_end(ip, length))
		return CW_FAST_OTHER;
	return cw_fast_marked(ip, CW_FAST_IN_VXLAN, end, CW_TUNNEL_VXLAN);
}

static __always_inline u32 cw_fast_in_ip(const u8 *ip, u32 head, u32 length)
{
	u32 look = CW_FAST_OTHER;

	if (head >= CW_FAST_IN_IP + CW_FAST_OPTION)
		look = cw_fast_simple(ip + CW_FAST_IN_IP, head - CW_FAST_IN_IP);
	if (look != CW_FAST_MARKED)
		return look;
	return cw_fast_marked(ip, CW_FAST_IN_IP, cw_fast_end(ip, length), CW_TUNNEL_IPIP);
}

/* The others are for such packets. */
static __always_inline bool cw_fast_ipv4(const u8 *ip, u32 head)
{
	return head >= CW_FAST_OPTION && ip[0] == IPV4_SIMPLE;
}

static __always_inline bool cw_fast_is_tcp(const u8 *ip)
{
	return ip[9] == PROTO_TCP;
}

/* As cw_fast_look(), for which OTHER is not the last word. */
static __always_inline u32 cw_fast_segment(const u8 *ip, u32 head, u32 length)
{
	u32 look = cw_fast_simple(ip, head);

	return look == CW_FAST_MARKED ? cw_fast_marked(ip, 0, length, CW_TUNNEL_NONE) : look;
}

/* The same of what is no TCP. */
static __always_inline u32 cw_fast_tunnel(const u8 *ip, u32 head, u32 length,
					   const struct cw_tunnel_ports *ports)
{
	if (ip[9] == PROTO_UDP)
		return cw_fast_in_vxlan(ip, head, length, ports);
	return ip[9] == PROTO_IPV4 ? cw_fast_in_ip(ip, head, length) : (u32)CW_FAST_OTHER;
}

#endif
