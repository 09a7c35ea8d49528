/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first look at a packet, which is the last one for nearly all: TCP without an option of
 * ours, or with one where it mostly stands, behind an IP header or behind those of VXLAN or
 * IP in IP.  Says nothing of others, for which there is cw_dissect().  Pure; reads what is
 * directly in memory; any context.
 */
#ifndef CW_FAST_H
#define CW_FAST_H

#include "dissect.h"

/**
 * enum cw_fast_verdict - what was seen at a glance; the low bits of what cw_fast_look() returns
 * @CW_FAST_OTHER: nothing known
 * @CW_FAST_PLAIN: TCP that carries no option of ours
 * @CW_FAST_MARKED: TCP with the long form behind time stamps, which fill the header
 */
enum cw_fast_verdict {
	CW_FAST_OTHER,
	CW_FAST_PLAIN,
	CW_FAST_MARKED,
};
#define CW_FAST_VERDICT 3

/* With MARKED: the tunnel, and how far the segment's IP header is behind the outermost one */
#define CW_FAST_TUNNEL_SHIFT	2
#define CW_FAST_TUNNEL_MASK	7
#define CW_FAST_AT_SHIFT	8

/* IP header, UDP's, VXLAN's, Ethernet's; IP header */
#define CW_FAST_IN_VXLAN	50
#define CW_FAST_IN_IP		20

/* From a segment's IP header: where its option is, and where its payload begins */
#define CW_FAST_OPTION		52
#define CW_FAST_HEADERS	80

/**
 * struct cw_fast - a marked segment; all headers are IPv4's without options, not fragments
 * @ip: IP header of the segment
 * @tunnel: CW_TUNNEL_*
 */
struct cw_fast {
	const u8 *ip;
	u8 tunnel;
};

/**
 * cw_fast_read() - where a marked segment is
 * @ip: as given to cw_fast_look()
 * @look: what that returned
 *
 * Context: any.
 */
static __always_inline struct cw_fast cw_fast_read(const u8 *ip, u32 look)
{
	return (struct cw_fast){
		.ip = ip + (look >> CW_FAST_AT_SHIFT),
		.tunnel = look >> CW_FAST_TUNNEL_SHIFT & CW_FAST_TUNNEL_MASK,
	};
}

/* The IP header around that of a segment that is in a tunnel: the outermost one. */
static __always_inline const u8 *cw_fast_outer(const struct cw_fast *fast)
{
	return fast->ip -
	       (fast->tunnel == CW_TUNNEL_VXLAN ? CW_FAST_IN_VXLAN : CW_FAST_IN_IP);
}

/* The long form. */
static __always_inline const u8 *cw_fast_option(const struct cw_fast *fast)
{
	return fast->ip + CW_FAST_OPTION;
}

/* Of the payload, bytes, by the IP header's length. */
static __always_inline u32 cw_fast_length(const struct cw_fast *fast)
{
	return cw_get_be16(fast->ip + 2) - CW_FAST_HEADERS;
}

#endif
