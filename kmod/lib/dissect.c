// SPDX-License-Identifier: GPL-2.0
/*
 * The walk from an outer packet to the innermost one, for the slow path.  Pure; any context.  Each
 * step consumes bytes or a unit of a bound, so the walk ends for any input.
 */
#include "dissect.h"

#define PROTO_HOP_BY_HOP	0
#define PROTO_ICMP		1
#define PROTO_IPV4		4
#define PROTO_TCP		6
#define PROTO_UDP		17
#define PROTO_IPV6		41
#define PROTO_ROUTING		43
#define PROTO_FRAGMENT		44
#define PROTO_GRE		47
#define PROTO_AUTHENTICATION	51
#define PROTO_ICMP6		58
#define PROTO_DESTINATION	60
#define PROTO_MOBILITY		135
#define PROTO_HIP		139
#define PROTO_SHIM6		140

#define ETHERTYPE_IPV4	0x0800
#define ETHERTYPE_TEB	0x6558	/* Ethernet in GRE or Geneve */
#define ETHERTYPE_VLAN	0x8100
#define ETHERTYPE_IPV6	0x86dd
#define ETHERTYPE_QINQ	0x88a8

#define GENEVE_PORT	6081

#define IPV4_HEADER	20
#define IPV6_HEADER	40
#define TCP_HEADER	20
#define UDP_HEADER	8
#define ICMP_HEADER	8
#define ETHERNET_HEADER	14
#define VLAN_TAG	4

/* A packet with more extension headers is not looked into: known traffic has fewer (RFC 7045). */
#define EXTENSIONS_MAX	8
#define TAGS_MAX	2

/* No packet is longer, so sums of offsets and lengths cannot wrap. */
#define LENGTH_MAX	0x1000000

/**
 * struct walk - how far the walk has come
 * @packet: the bytes
 * @end: the next header must lie before this offset
 * @at_hand: bytes before this offset are directly in memory
 * @offset: of the next header; sums with it cannot wrap
 * @ethertype: what the next header is; ETHERTYPE_TEB for Ethernet itself
 * @tunnel: how the next packet is wrapped, CW_TUNNEL_*
 */
struct walk {
	const struct cw_packet *packet;
	u32 end;
	u32 at_hand;
	u32 offset;
	u16 ethertype;
	u8 tunnel;
};

/* Takes values and no pointer to the walk, so that the compiler can keep the walk in registers. */
static const u8 *get_far_bytes(const struct cw_packet *packet, u32 end, u32 offset, u32 length,
			       u8 *buffer)
{
	if (offset > end || length > end - offset)
		return NULL;
	return packet->read(packet->data, offset, length, buffer);
}

/* Inlined, since it is mostly one comparison. */
static inline const u8 *get_bytes(const struct walk *walk, u32 offset, u32 length, u8 *buffer)
{
	if (offset + length <= walk->at_hand)
		return walk->packet->head + offset;
	return get_far_bytes(walk->packet, walk->end, offset, length, buffer);
}

static void set_end(struct walk *walk, u32 end)
{
	u32 head = walk->packet->head_length;

	walk->end = end;
	walk->at_hand = head < end ? head : end;
}

/* A length field of 0 stands for more than 16 bits can say (RFC 2675, BIG TCP). */
static u32 real_length(u32 said, u32 there)
{
	if (said)
		return said;
	return there > 0xffff ? there : 0;
}

static bool read_ipv4(struct walk *walk, struct cw_layer *layer)
{
	u8 buffer[IPV4_HEADER];
	const u8 *ip = get_bytes(walk, walk->offset, sizeof(buffer), buffer);
	u32 header, total, there = walk->end - walk->offset;
	u16 fragment;

	if (!ip || ip[0] >> 4 != 4)
		return false;
	header = (ip[0] & 15) * 4;
	total = real_length(cw_get_be16(ip + 2), there);
	fragment = cw_get_be16(ip + 6);
	if (header < sizeof(buffer) || total < header || total > there || fragment & 0x1fff)
		return false;
	layer->family = 4;
	layer->protocol = ip[9];
	layer->fragment = fragment & 0x2000;
	memcpy(layer->source, ip + 12, 4);
	memset(layer->source + 4, 0, 12);
	memcpy(layer->destination, ip + 16, 4);
	memset(layer->destination + 4, 0, 12);
	layer->transport = walk->offset + header;
	layer->end = walk->offset + total;
	return true;
}

static bool is_extension(u8 protocol)
{
	switch (protocol) {
	case PROTO_HOP_BY_HOP:
	case PROTO_ROUTING:
	case PROTO_FRAGMENT:
	case PROTO_AUTHENTICATION:
	case PROTO_DESTINATION:
	case PROTO_MOBILITY:
	case PROTO_HIP:
	case PROTO_SHIM6:
		return true;
	default:
		return false;
	}
}

static u32 extension_length(u8 protocol, u8 said)
{
	if (protocol == PROTO_FRAGMENT)
		return 8;
	if (protocol == PROTO_AUTHENTICATION)
		return (said + 2) * 4;	/* RFC 4302, 2.2 */
	return (said + 1) * 8;
}

static bool skip_extensions(const struct walk *walk, struct cw_layer *layer)
{
	unsigned int i;

	for (i = 0; is_extension(layer->protocol); i++) {
		u8 buffer[8];
		const u8 *header = get_bytes(walk, layer->transport, sizeof(buffer), buffer);
		u32 length;

		if (!header || i == EXTENSIONS_MAX)
			return false;
		length = extension_length(layer->protocol, header[1]);
		if (length > walk->end - layer->transport)
			return false;
		if (layer->protocol == PROTO_FRAGMENT) {
			if (cw_get_be16(header + 2) & 0xfff8)
				return false;
			/* With offset 0 and no more fragments it is a whole packet (RFC 6946). */
			layer->fragment |= header[3] & 1;
		}
		layer->protocol = header[0];
		layer->transport += length;
	}
	return true;
}

static bool read_ipv6(struct walk *walk, struct cw_layer *layer)
{
	u8 buffer[IPV6_HEADER];
	const u8 *ip = get_bytes(walk, walk->offset, sizeof(buffer), buffer);
	u32 payload, there = walk->end - walk->offset - sizeof(buffer);

	if (!ip || ip[0] >> 4 != 6)
		return false;
	payload = real_length(cw_get_be16(ip + 4), there);
	if (payload > there)
		return false;
	layer->family = 6;
	layer->protocol = ip[6];
	layer->fragment = false;
	memcpy(layer->source, ip + 8, 16);
	memcpy(layer->destination, ip + 24, 16);
	layer->transport = walk->offset + sizeof(buffer);
	layer->end = layer->transport + payload;
	set_end(walk, layer->end);
	return skip_extensions(walk, layer);
}

/* Reads the IP header at the offset; the ports are set later. */
static bool read_ip(struct walk *walk, struct cw_layer *layer)
{
	layer->tunnel = walk->tunnel;
	layer->source_port = 0;
	layer->destination_port = 0;
	layer->network = walk->offset;
	if (walk->ethertype == ETHERTYPE_IPV4) {
		if (!read_ipv4(walk, layer))
			return false;
		/* Packets inside of this one end where this one ends. */
		set_end(walk, layer->end);
		return true;
	}
	return walk->ethertype == ETHERTYPE_IPV6 && read_ipv6(walk, layer);
}

/* Passes an Ethernet header with up to two VLAN tags. */
static bool enter_ethernet(struct walk *walk)
{
	u32 at = walk->offset + ETHERNET_HEADER - 2;
	unsigned int tags;

	for (tags = 0; tags <= TAGS_MAX; tags++, at += VLAN_TAG) {
		u8 buffer[2];
		const u8 *type = get_bytes(walk, at, sizeof(buffer), buffer);

		if (!type)
			return false;
		walk->ethertype = cw_get_be16(type);
		walk->offset = at + sizeof(buffer);
		if (walk->ethertype != ETHERTYPE_VLAN && walk->ethertype != ETHERTYPE_QINQ)
			return true;
	}
	return false;
}

/*
 * Passes the header of RFC 7348: 8 bytes, of which the first has the bit for "the network id is
 * valid".  With the bit for "next protocol" it is VXLAN-GPE, where Ethernet need not follow.
 */
static bool enter_vxlan(struct walk *walk)
{
	u8 buffer[8];
	const u8 *header = get_bytes(walk, walk->offset, sizeof(buffer), buffer);

	if (!header || (header[0] & 0x0c) != 0x08)
		return false;
	walk->tunnel = CW_TUNNEL_VXLAN;
	walk->ethertype = ETHERTYPE_TEB;
	walk->offset += sizeof(buffer);
	return true;
}

/* Passes the header of RFC 8926: 8 bytes and options, whose length is in the first byte. */
static bool enter_geneve(struct walk *walk)
{
	u8 buffer[8];
	const u8 *header = get_bytes(walk, walk->offset, sizeof(buffer), buffer);

	if (!header || header[0] >> 6)
		return false;
	walk->tunnel = CW_TUNNEL_GENEVE;
	walk->ethertype = cw_get_be16(header + 2);
	walk->offset += sizeof(buffer) + (header[0] & 63) * 4;
	return true;
}

/*
 * Passes the header of RFC 2784 and 2890, which has a checksum, key or sequence number if the bit
 * of that is set.  Refuses it if a bit is set that must be zero: routing, the two bits behind the
 * sequence number's, the version.
 */
static bool enter_gre(struct walk *walk)
{
	u8 buffer[4];
	const u8 *header = get_bytes(walk, walk->offset, sizeof(buffer), buffer);

	if (!header || header[0] & 0x4c || header[1] & 0x07)
		return false;
	walk->tunnel = CW_TUNNEL_GRE;
	walk->ethertype = cw_get_be16(header + 2);
	walk->offset += sizeof(buffer);
	walk->offset += 4 * (!!(header[0] & 0x80) + !!(header[0] & 0x20) + !!(header[0] & 0x10));
	return true;
}

/* Passes the header of a tunnel in UDP.  False: the datagram carries no known tunnel. */
static bool enter_datagram(struct walk *walk, const struct cw_layer *layer, u32 said,
			   const struct cw_tunnel_ports *ports)
{
	bool is_tunnel = cw_is_vxlan(ports, layer->destination_port);
	u32 length, there = layer->end - layer->transport;

	if (!is_tunnel && layer->destination_port != GENEVE_PORT)
		return false;
	length = real_length(said, there);
	if (length < UDP_HEADER || length > there)
		return false;
	walk->offset = layer->transport + UDP_HEADER;
	set_end(walk, layer->transport + length);
	return is_tunnel ? enter_vxlan(walk) : enter_geneve(walk);
}

enum verdict {
	BROKEN,		/* a header is not whole */
	INNERMOST,	/* this is the innermost packet */
	TUNNEL,		/* another packet is inside */
};

static void set_ports(struct cw_layer *layer, const u8 *header)
{
	layer->source_port = cw_get_be16(header);
	layer->destination_port = cw_get_be16(header + 2);
}

static enum verdict read_tcp(const struct walk *walk, struct cw_layer *layer)
{
	u8 buffer[TCP_HEADER];
	const u8 *header = get_bytes(walk, layer->transport, sizeof(buffer), buffer);

	if (!header)
		return BROKEN;
	set_ports(layer, header);
	return INNERMOST;
}

static enum verdict read_udp(struct walk *walk, struct cw_layer *layer,
			     const struct cw_tunnel_ports *ports)
{
	u8 buffer[UDP_HEADER];
	const u8 *header = get_bytes(walk, layer->transport, sizeof(buffer), buffer);

	if (!header)
		return BROKEN;
	set_ports(layer, header);
	if (layer->fragment || !enter_datagram(walk, layer, cw_get_be16(header + 4), ports))
		return INNERMOST;
	return TUNNEL;
}

static enum verdict read_other(struct walk *walk, const struct cw_layer *layer)
{
	walk->offset = layer->transport;
	walk->tunnel = CW_TUNNEL_IPIP;
	switch (layer->protocol) {
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return layer->end - layer->transport < ICMP_HEADER ? BROKEN : INNERMOST;
	case PROTO_IPV4:
		walk->ethertype = ETHERTYPE_IPV4;
		return layer->fragment ? INNERMOST : TUNNEL;
	case PROTO_IPV6:
		walk->ethertype = ETHERTYPE_IPV6;
		return layer->fragment ? INNERMOST : TUNNEL;
	case PROTO_GRE:
		return !layer->fragment && enter_gre(walk) ? TUNNEL : INNERMOST;
	default:
		return INNERMOST;
	}
}

static enum verdict read_layer(struct walk *walk, struct cw_layer *layer,
			       const struct cw_tunnel_ports *ports)
{
	if (walk->ethertype == ETHERTYPE_TEB && !enter_ethernet(walk))
		return BROKEN;
	if (!read_ip(walk, layer))
		return BROKEN;
	if (layer->protocol == PROTO_TCP)
		return read_tcp(walk, layer);
	if (layer->protocol == PROTO_UDP)
		return read_udp(walk, layer, ports);
	return read_other(walk, layer);
}

const struct cw_layer *cw_dissect(const struct cw_packet *packet, u32 network, u16 ethertype,
				  const struct cw_tunnel_ports *ports, struct cw_dissection *out)
{
	struct walk walk = { .packet = packet, .offset = network, .ethertype = ethertype };
	struct cw_layer *layer = out->layer;
	enum verdict verdict;

	out->count = 0;
	if (packet->length > LENGTH_MAX || network > packet->length)
		return NULL;
	set_end(&walk, packet->length);
	do {
		verdict = read_layer(&walk, layer, ports);
		if (verdict == BROKEN)
			break;
		layer++;
		out->count++;
	} while (verdict == TUNNEL && out->count < CW_DISSECT_LAYERS);
	return out->count ? layer - 1 : NULL;
}
