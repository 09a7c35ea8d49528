/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fast path's look at a packet, as functions.  Pure; any context.
 */
#ifndef CW_FAST_LOOK_H
#define CW_FAST_LOOK_H

#include "fast.h"

/**
 * cw_fast_look() - the fast path's look at a packet
 * @ip: the outermost IP header
 * @head: how many bytes from @ip on are directly in memory; no other byte is looked at
 * @length: of the packet from @ip on; not less than @head
 * @ethertype: of the packet, host order: 0x0800, 0x86dd, or any other
 * @ports: which UDP ports are VXLAN's
 *
 * MARKED promises that cw_dissect() finds the layers of cw_fast_read() and no others; PLAIN,
 * that it finds no TCP with an option of ours.
 *
 * Return: enum cw_fast_verdict; if MARKED, with bits for cw_fast_read() above it.
 * Context: any.
 */
u32 cw_fast_look(const u8 *ip, u32 head, u32 length, u16 ethertype,
		  const struct cw_tunnel_ports *ports);

/**
 * cw_fast_further() - the last part of cw_fast_look()
 *
 * For packets of which fast_ipv4.h says OTHER: finds TCP without an option of ours behind any IP
 * header, through one tunnel at most.  Arguments and context are those of cw_fast_look().
 *
 * Return: CW_FAST_PLAIN or CW_FAST_OTHER.
 */
u32 cw_fast_further(const u8 *ip, u32 head, u16 ethertype, const struct cw_tunnel_ports *ports);

#endif
