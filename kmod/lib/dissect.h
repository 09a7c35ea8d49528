/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The slow path's look at a packet: finds the innermost TCP, UDP or ICMP through tunnels of
 * VXLAN, Geneve, GRE, IPIP, IP6IP6, 4in6 and 6in4.  Pure: reads bytes through a callback, bounded
 * in depth and in extension headers; any context.
 */
#ifndef CW_DISSECT_H
#define CW_DISSECT_H

#include "../../uapi/causeway.h"
#include "port.h"

#define CW_DISSECT_LAYERS	3	/* at most a tunnel in a tunnel is looked into */
#define CW_DISSECT_PORTS	8

/**
 * struct cw_packet - where the bytes are
 * @read: returns a pointer to @length bytes at @offset, in the packet itself or copied to
 *	@buffer; NULL if they are not there; never asked for bytes beyond @length
 * @data: for @read
 * @head: the first bytes as they lie in memory (an skb's linear part); for these bytes @read is
 *	not called
 * @head_length: how many bytes @head has; 0: none
 * @length: of the packet, from the same origin as offsets
 */
struct cw_packet {
	const u8 *(*read)(const void *data, u32 offset, u32 length, u8 *buffer);
	const void *data;
	const u8 *head;
	u32 head_length;
	u32 length;
};

/**
 * struct cw_layer - one IP packet on the way in
 * @tunnel: how it is wrapped into the one outside it: CW_TUNNEL_*, NONE: the outermost
 * @family: 4 or 6
 * @protocol: of its transport header, behind extension headers
 * @fragment: it is the first fragment of several; later fragments make no layer
 * @source: address, network order; IPv4 in the first 4 bytes, rest zero
 * @destination: address, network order; IPv4 in the first 4 bytes, rest zero
 * @source_port: host order; 0 where there is none
 * @destination_port: host order
 * @network: offset of its IP header
 * @transport: offset of its transport header, not beyond @end; the least header of TCP
 *	(20 bytes), UDP or ICMP (8 bytes) lies before @end
 * @end: offset of the first byte behind it, by its own length field; never beyond @end of the
 *	layer around it, which may go on (padding, trailers).  The length field of a packet of
 *	partial GSO says less than its skb holds.
 */
struct cw_layer {
	u8 tunnel;
	u8 family;
	u8 protocol;
	bool fragment;
	u8 source[16];
	u8 destination[16];
	u16 source_port;
	u16 destination_port;
	u32 network;
	u32 transport;
	u32 end;
};

/**
 * struct cw_dissection - what was found
 * @count: number of layers, 1: no tunnel; elements of @layer behind that are undefined
 * @layer: from the outside in
 */
struct cw_dissection {
	u8 count;
	struct cw_layer layer[CW_DISSECT_LAYERS];
};

/**
 * struct cw_tunnel_ports - UDP destination ports of tunnels
 * @vxlan: host order; 0: none
 */
struct cw_tunnel_ports {
	u16 vxlan[CW_DISSECT_PORTS];
};

static __always_inline bool cw_is_vxlan(const struct cw_tunnel_ports *ports, u16 port)
{
	unsigned int i;

	if (!port)
		return false;
	/* Each packet at each device passes here: unrolled, it takes two instructions a port. */
#pragma GCC unroll 8
	for (i = 0; i < CW_DISSECT_PORTS; i++)
		if (port == ports->vxlan[i])
			return true;
	return false;
}

/**
 * cw_dissect() - find the innermost packet
 * @packet: the bytes
 * @network: offset of the outermost IP header
 * @ethertype: what is there, host order: 0x0800 or 0x86dd
 * @ports: which UDP ports are VXLAN's
 * @out: result
 *
 * If the inside of a tunnel is broken or unknown, or the tunnel's packet is a fragment, the walk
 * ends at the layer around it; it also ends after CW_DISSECT_LAYERS.  No checksum is looked at.
 *
 * Return: the innermost layer, in @out, or NULL if the outermost packet is not whole.
 * Context: any.
 */
const struct cw_layer *cw_dissect(const struct cw_packet *packet, u32 network, u16 ethertype,
				  const struct cw_tunnel_ports *ports, struct cw_dissection *out);

#endif
