/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first look at a packet, which is the last one for nearly all: TCP without an option of
 * ours, or with one where it mostly stands, behind an IP header or behind those of VXLAN or
 * IP in IP.  Says nothing of others, for which there is cw_dissect().  Pure; reads what is
 * directly in memory; any context.
 */
#ifndef CW_QUICK_H
#define CW_QUICK_H

#include "dissect.h"

/**
 * enum cw_quick_verdict - what was seen at a glance; the low bits of what cw_quick_look() returns
 * @CW_QUICK_OTHER: nothing known
 * @CW_QUICK_PLAIN: TCP that carries no option of ours
 * @CW_QUICK_MARKED: TCP with the long form behind time stamps, which fill the header
 */
enum cw_quick_verdict {
	CW_QUICK_OTHER,
	CW_QUICK_PLAIN,
	CW_QUICK_MARKED,
};
#define CW_QUICK_VERDICT 3

/* With MARKED: the tunnel, and how far the segment's IP header is behind the outermost one */
#define CW_QUICK_TUNNEL_SHIFT	2
#define CW_QUICK_TUNNEL_MASK	7
#define CW_QUICK_AT_SHIFT	8

/* IP header, UDP's, VXLAN's, Ethernet's; IP header */
#define CW_QUICK_IN_VXLAN	50
#define CW_QUICK_IN_IP		20

/* From a segment's IP header: where its option is, and where its payload begins */
#define CW_QUICK_OPTION		52
#define CW_QUICK_HEADERS	80

/**
 * struct cw_quick - a marked segment; all headers are IPv4's without options, not fragments
 * @ip: IP header of the segment
 * @tunnel: CW_TUNNEL_*
 */
struct cw_quick {
	const u8 *ip;
	u8 tunnel;
};

/**
 * cw_quick_look() - look
 * @ip: the outermost IP header
 * @head: bytes directly in memory from there on; no other is looked at
 * @length: of the packet from there on; not less than @head
 * @ethertype: of the packet, host order: 0x0800, 0x86dd, or what is neither
 * @ports: which UDP ports are VXLAN's
 *
 * MARKED promises that cw_dissect() finds the layers of cw_quick_read() and no others; PLAIN,
 * that it finds no TCP with an option of ours.
 *
 * Return: enum cw_quick_verdict; if MARKED, with what cw_quick_read() wants to know beside.
 * Context: any.
 */
u32 cw_quick_look(const u8 *ip, u32 head, u32 length, u16 ethertype,
		  const struct cw_tunnel_ports *ports);

/**
 * cw_quick_further() - the last part of cw_quick_look()
 *
 * For whom quick_ipv4.h has told nothing: plain behind any IP header, through one tunnel at most.
 * Arguments and context are those of cw_quick_look().
 *
 * Return: CW_QUICK_PLAIN or CW_QUICK_OTHER.
 */
u32 cw_quick_further(const u8 *ip, u32 head, u16 ethertype, const struct cw_tunnel_ports *ports);

/**
 * cw_quick_read() - where a marked segment is
 * @ip: as given to cw_quick_look()
 * @look: what that returned
 *
 * Context: any.
 */
static __always_inline struct cw_quick cw_quick_read(const u8 *ip, u32 look)
{
	return (struct cw_quick){
		.ip = ip + (look >> CW_QUICK_AT_SHIFT),
		.tunnel = look >> CW_QUICK_TUNNEL_SHIFT & CW_QUICK_TUNNEL_MASK,
	};
}

/* The IP header around that of a segment that is in a tunnel: the outermost one. */
static __always_inline const u8 *cw_quick_outer(const struct cw_quick *quick)
{
	return quick->ip -
	       (quick->tunnel == CW_TUNNEL_VXLAN ? CW_QUICK_IN_VXLAN : CW_QUICK_IN_IP);
}

/* The long form. */
static __always_inline const u8 *cw_quick_option(const struct cw_quick *quick)
{
	return quick->ip + CW_QUICK_OPTION;
}

/* Of the payload, bytes, by the IP header's length. */
static __always_inline u32 cw_quick_length(const struct cw_quick *quick)
{
	return cw_get_be16(quick->ip + 2) - CW_QUICK_HEADERS;
}

#endif
