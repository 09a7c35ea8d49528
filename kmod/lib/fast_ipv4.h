/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fast path's look at IPv4 without options, with TCP, VXLAN or IP in IP in it.  For
 * fast_look.c, and for netfilter/device.c, where a call for each packet would cost too much.  Pure;
 * any context.
 */
#ifndef CW_IPV4_H
#define CW_IPV4_H

#include "option.h"
#include "fast.h"

#define CW_ETHERTYPE_IPV4	0x0800
#define CW_ETHERTYPE_IPV6	0x86dd

#define CW_PROTO_IPV4		4
#define CW_PROTO_TCP		6
#define CW_PROTO_UDP		17
#define CW_PROTO_IPV6		41

#define CW_IPV4_SIMPLE		0x45	/* first byte of a header without options */
#define CW_IPV4_LENGTH		20
#define CW_IPV6_LENGTH		40
#define CW_UDP_LENGTH		8
#define CW_VXLAN_LENGTH		8
#define CW_ETHERNET_LENGTH	14
#define CW_TCP_LENGTH		20
#define CW_STAMPS_LENGTH	12
#define CW_TCP_FULL_LENGTH	60	/* of a TCP header that options fill */

#define CW_FRAGMENT_MASK	0x3fff	/* more fragments follow, or this is not the first */
#define CW_VXLAN_BITS		0x0c
#define CW_VXLAN_HAS_VNI	0x08

/* Offsets from the beginning of the outer IPv4 header */
#define CW_FAST_AT_TOTAL	2
#define CW_FAST_AT_FRAGMENT	6
#define CW_FAST_AT_PORT		(CW_IPV4_LENGTH + 2)
#define CW_FAST_AT_DATAGRAM	(CW_IPV4_LENGTH + 4)
#define CW_FAST_AT_VXLAN	(CW_IPV4_LENGTH + CW_UDP_LENGTH)

/* The first four bytes of the time stamps (NOP NOP TIMESTAMP 10), and of the long form */
#define CW_FAST_STAMPS		0x0101080a
#define CW_FAST_LONG \
	((u32)CW_OPTION_KIND << 24 | CW_OPTION_LONG_LEN << 16 | CW_OPTION_EXID)

/*
 * Looks at IPv4 without options and TCP with no options, with time stamps, or with the long form
 * behind these.  @head is CW_FAST_OPTION at least.
 */
static __always_inline u32 cw_fast_simple(const u8 *ip, u32 head)
{
	const u8 *tcp = ip + CW_IPV4_LENGTH, *options = tcp + CW_TCP_LENGTH;
	u8 length = tcp[12] >> 4;

	if (ip[0] != CW_IPV4_SIMPLE || ip[9] != CW_PROTO_TCP)
		return CW_FAST_OTHER;
	if (length == CW_TCP_LENGTH / 4)
		return CW_FAST_PLAIN;
	if (cw_get_be32(options) != CW_FAST_STAMPS)
		return CW_FAST_OTHER;
	if (length == CW_TCP_FULL_LENGTH / 4 && head >= CW_FAST_HEADERS &&
	    cw_get_be32(options + CW_STAMPS_LENGTH) == CW_FAST_LONG)
		return CW_FAST_MARKED;
	return length == (CW_TCP_LENGTH + CW_STAMPS_LENGTH) / 4 ? CW_FAST_PLAIN : CW_FAST_OTHER;
}

static __always_inline bool cw_fast_fragment(const u8 *ip)
{
	return cw_test_be16(ip + CW_FAST_AT_FRAGMENT, CW_FRAGMENT_MASK);
}

static __always_inline u32 cw_fast_total(const u8 *ip)
{
	return cw_get_be16(ip + CW_FAST_AT_TOTAL);
}

/* cw_fast_simple() found a mark in the packet @at, in what ends at @end: is the packet whole? */
static __always_inline u32 cw_fast_marked(const u8 *ip, u32 at, u32 end, u8 tunnel)
{
	u32 total = cw_fast_total(ip + at);

	if (cw_fast_fragment(ip + at) || total < CW_FAST_HEADERS || at + total > end)
		return CW_FAST_OTHER;
	return CW_FAST_MARKED | (u32)tunnel << CW_FAST_TUNNEL_SHIFT | at << CW_FAST_AT_SHIFT;
}

/* The length of the packet at @ip, which has no options; 0: it is not whole. */
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
	    cw_get_be16(ip + CW_FAST_IN_VXLAN - 2) != CW_ETHERTYPE_IPV4 ||
	    (ip[CW_FAST_AT_VXLAN] & CW_VXLAN_BITS) != CW_VXLAN_HAS_VNI ||
	    !cw_is_vxlan(ports, cw_get_be16(ip + CW_FAST_AT_PORT)))
		return CW_FAST_OTHER;
	look = cw_fast_simple(ip + CW_FAST_IN_VXLAN, head - CW_FAST_IN_VXLAN);
	if (look != CW_FAST_MARKED)
		return look;
	end = CW_IPV4_LENGTH + cw_get_be16(ip + CW_FAST_AT_DATAGRAM);
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

/* Is it IPv4 without options?  All other functions of this file are for such packets only. */
static __always_inline bool cw_fast_ipv4(const u8 *ip, u32 head)
{
	return head >= CW_FAST_OPTION && ip[0] == CW_IPV4_SIMPLE;
}

static __always_inline bool cw_fast_is_tcp(const u8 *ip)
{
	return ip[9] == CW_PROTO_TCP;
}

/* The look at a packet of TCP.  After OTHER, cw_fast_further() may know more. */
static __always_inline u32 cw_fast_segment(const u8 *ip, u32 head, u32 length)
{
	u32 look = cw_fast_simple(ip, head);

	return look == CW_FAST_MARKED ? cw_fast_marked(ip, 0, length, CW_TUNNEL_NONE) : look;
}

/* The look at another protocol than TCP.  After OTHER, cw_fast_further() may know more. */
static __always_inline u32 cw_fast_tunnel(const u8 *ip, u32 head, u32 length,
					   const struct cw_tunnel_ports *ports)
{
	if (ip[9] == CW_PROTO_UDP)
		return cw_fast_in_vxlan(ip, head, length, ports);
	return ip[9] == CW_PROTO_IPV4 ? cw_fast_in_ip(ip, head, length) : (u32)CW_FAST_OTHER;
}

#endif
