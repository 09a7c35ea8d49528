/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fast path's look at a packet.  It recognises TCP without an option of ours, and TCP with the
 * long form in its usual place, behind an IP header or inside of VXLAN or IP in IP.  That is
 * nearly every packet.  It leaves all others to the slow path's cw_dissect().  Pure; reads what is
 * directly in memory; any context.
 *
 * Whatever it says is what cw_dissect() and cw_option_find() would say: the unit tests hold that
 * for every packet that they dissect (check_fast() of tests/unit/lib/dissect_check.c, and
 * test_fast.c, which changes each byte of such packets).
 */
#ifndef CW_FAST_H
#define CW_FAST_H

#include "dissect.h"

/**
 * enum cw_fast_verdict - what the look found; the low bits of what cw_fast_look() returns
 * @CW_FAST_OTHER: nothing is known: the packet takes the slow path
 * @CW_FAST_PLAIN: TCP that carries no option of ours
 * @CW_FAST_MARKED: TCP with the long form behind time stamps, which fill the header
 */
enum cw_fast_verdict {
	CW_FAST_OTHER,
	CW_FAST_PLAIN,
	CW_FAST_MARKED,
};
#define CW_FAST_VERDICT 3

/* With MARKED, higher bits give the tunnel and the segment's offset from the first IP header */
#define CW_FAST_TUNNEL_SHIFT	2
#define CW_FAST_TUNNEL_MASK	7
#define CW_FAST_AT_SHIFT	8

/* Lengths of the headers around the inner IP packet: IP, UDP, VXLAN and Ethernet; or IP alone */
#define CW_FAST_IN_VXLAN	50
#define CW_FAST_IN_IP		20

/* Offsets from a segment's IP header: of its option, and of its payload */
#define CW_FAST_OPTION		52
#define CW_FAST_HEADERS	80

/**
 * struct cw_fast - a marked segment; its IP headers are IPv4's without options and no fragments
 * @ip: IP header of the segment
 * @tunnel: CW_TUNNEL_*
 */
struct cw_fast {
	const u8 *ip;
	u8 tunnel;
};

/**
 * cw_fast_read() - where a marked segment is
 * @ip: the outermost IP header, which cw_fast_look() was given
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

/* The outermost IP header of a segment that is in a tunnel. */
static __always_inline const u8 *cw_fast_outer(const struct cw_fast *fast)
{
	return fast->ip -
	       (fast->tunnel == CW_TUNNEL_VXLAN ? CW_FAST_IN_VXLAN : CW_FAST_IN_IP);
}

/* The long form of the option. */
static __always_inline const u8 *cw_fast_option(const struct cw_fast *fast)
{
	return fast->ip + CW_FAST_OPTION;
}

/* How many bytes of payload the segment has, by the IP header's length. */
static __always_inline u32 cw_fast_length(const struct cw_fast *fast)
{
	return cw_get_be16(fast->ip + 2) - CW_FAST_HEADERS;
}

#endif
