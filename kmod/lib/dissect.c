// SPDX-License-Identifier: GPL-2.0
/*
 * The walk from an outer packet to the innermost one.  Pure; any context.  Each step
 * consumes bytes or a unit of a bound, so it ends for any input.
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
#define UDP_HEADER	8
#define ETHERNET_HEADER	14
#define VLAN_TAG	4

/* More extension headers than that are no traffic that we need to know (RFC 7045). */
#define EXTENSIONS_MAX	8
#define TAGS_MAX	2

/* No packet is longer; keeps sums of offsets and lengths from wrapping. */
#define LENGTH_MAX	(1U << 24)

/**
 * struct walk - how far it has come
 * @packet: the bytes
 * @end: of what the next thing must lie in
 * @offset: of the next thing
 * @ethertype: what that is
 * @tunnel: how it is wrapped
 */
struct walk {
	const struct cw_packet *packet;
	u32 end;
	u32 offset;
	u16 ethertype;
	u8 tunnel;
};

static const u8 *bytes(const struct walk *walk, u32 offset, u32 length, u8 *buffer)
{
	const struct cw_packet *packet = walk->packet;

	if (offset > walk->end || length > walk->end - offset)
		return NULL;
	if (offset + length <= packet->head_length)
		return packet->head + offset;
	return packet->read(packet->data, offset, length, buffer);
}

/* A length field of 0: more than 16 bits can say (RFC 2675, BIG TCP). */
static u32 real_length(u32 said, u32 there)
{
	return !said && there > 0xffff ? there : said;
}

static bool ipv4_layer(struct walk *walk, struct cw_layer *layer)
{
	u8 buffer[IPV4_HEADER];
	const u8 *ip = bytes(walk, walk->offset, sizeof(buffer), buffer);
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
	memcpy(layer->destination, ip + 16, 4);
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

static bool ipv6_extensions(const struct walk *walk, struct cw_layer *layer)
{
	unsigned int i;

	for (i = 0; is_extension(layer->protocol); i++) {
		u8 buffer[8];
		const u8 *header = bytes(walk, layer->transport, sizeof(buffer), buffer);
		u32 length;

		if (!header || i == EXTENSIONS_MAX)
			return false;
		length = extension_length(layer->protocol, header[1]);
		if (length > walk->end - layer->transport)
			return false;
		if (layer->protocol == PROTO_FRAGMENT) {
			if (cw_get_be16(header + 2) & 0xfff8)
				return false;
			/* Offset 0 and none to follow is a packet of its own (RFC 6946). */
			layer->fragment |= header[3] & 1;
		}
		layer->protocol = header[0];
		layer->transport += length;
	}
	return true;
}

static bool ipv6_layer(struct walk *walk, struct cw_layer *layer)
{
	u8 buffer[IPV6_HEADER];
	const u8 *ip = bytes(walk, walk->offset, sizeof(buffer), buffer);
	u32 payload, there = walk->end - walk->offset - sizeof(buffer);

	if (!ip || ip[0] >> 4 != 6)
		return false;
	payload = real_length(cw_get_be16(ip + 4), there);
	if (payload > there)
		return false;
	layer->family = 6;
	layer->protocol = ip[6];
	memcpy(layer->source, ip + 8, 16);
	memcpy(layer->destination, ip + 24, 16);
	layer->transport = walk->offset + sizeof(buffer);
	layer->end = layer->transport + payload;
	walk->end = layer->end;
	return ipv6_extensions(walk, layer);
}

static bool read_ports(const struct walk *walk, struct cw_layer *layer)
{
	u8 buffer[4];
	const u8 *ports = bytes(walk, layer->transport, sizeof(buffer), buffer);

	if (!ports)
		return false;
	layer->source_port = cw_get_be16(ports);
	layer->destination_port = cw_get_be16(ports + 2);
	return true;
}

static bool transport_layer(const struct walk *walk, struct cw_layer *layer)
{
	u32 length = layer->end - layer->transport;

	switch (layer->protocol) {
	case PROTO_TCP:
		return length >= 20 && read_ports(walk, layer);
	case PROTO_UDP:
		return length >= UDP_HEADER && read_ports(walk, layer);
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return length >= 8;
	default:
		return true;
	}
}

static bool ip_layer(struct walk *walk, struct cw_layer *layer)
{
	memset(layer, 0, sizeof(*layer));
	layer->tunnel = walk->tunnel;
	layer->network = walk->offset;
	if (walk->ethertype == ETHERTYPE_IPV4) {
		if (!ipv4_layer(walk, layer))
			return false;
	} else if (walk->ethertype != ETHERTYPE_IPV6 || !ipv6_layer(walk, layer)) {
		return false;
	}
	/* What is inside ends where the outside says that it ends. */
	walk->end = layer->end;
	return transport_layer(walk, layer);
}

/* An Ethernet header, with up to two VLAN tags. */
static bool ethernet(struct walk *walk)
{
	u32 at = walk->offset + ETHERNET_HEADER - 2;
	unsigned int tags;

	for (tags = 0; tags <= TAGS_MAX; tags++, at += VLAN_TAG) {
		u8 buffer[2];
		const u8 *type = bytes(walk, at, sizeof(buffer), buffer);

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
 * RFC 7348: 8 bytes, of which the first has the bit for "the network id is valid".  With
 * the bit for "next protocol" it is VXLAN-GPE, where Ethernet need not follow.
 */
static bool vxlan(struct walk *walk)
{
	u8 buffer[8];
	const u8 *header = bytes(walk, walk->offset, sizeof(buffer), buffer);

	if (!header || (header[0] & 0x0c) != 0x08)
		return false;
	walk->tunnel = CW_TUNNEL_VXLAN;
	walk->offset += sizeof(buffer);
	return ethernet(walk);
}

/* RFC 8926: 8 bytes and options, the length of which is in the first byte. */
static bool geneve(struct walk *walk)
{
	u8 buffer[8];
	const u8 *header = bytes(walk, walk->offset, sizeof(buffer), buffer);

	if (!header || header[0] >> 6)
		return false;
	walk->tunnel = CW_TUNNEL_GENEVE;
	walk->ethertype = cw_get_be16(header + 2);
	walk->offset += sizeof(buffer) + (header[0] & 63) * 4;
	return walk->ethertype != ETHERTYPE_TEB || ethernet(walk);
}

/*
 * RFC 2784 and 2890: checksum, key and sequence number are there if their bit is.  What
 * must be zero is: routing and the two bits behind the sequence number's, the version.
 */
static bool gre(struct walk *walk)
{
	u8 buffer[4];
	const u8 *header = bytes(walk, walk->offset, sizeof(buffer), buffer);

	if (!header || header[0] & 0x4c || header[1] & 0x07)
		return false;
	walk->tunnel = CW_TUNNEL_GRE;
	walk->ethertype = cw_get_be16(header + 2);
	walk->offset += sizeof(buffer);
	walk->offset += 4 * (!!(header[0] & 0x80) + !!(header[0] & 0x20) + !!(header[0] & 0x10));
	return walk->ethertype != ETHERTYPE_TEB || ethernet(walk);
}

static bool is_vxlan(const struct cw_tunnel_ports *ports, u16 port)
{
	unsigned int i;

	for (i = 0; i < CW_DISSECT_PORTS && ports->vxlan[i]; i++)
		if (ports->vxlan[i] == port)
			return true;
	return false;
}

static bool udp(struct walk *walk, const struct cw_layer *layer,
		const struct cw_tunnel_ports *ports)
{
	bool is_geneve = layer->destination_port == GENEVE_PORT;
	bool is_tunnel = is_vxlan(ports, layer->destination_port);
	u32 length, there = layer->end - layer->transport;
	u8 buffer[UDP_HEADER];
	const u8 *header;

	if (!is_tunnel && !is_geneve)
		return false;
	header = bytes(walk, layer->transport, sizeof(buffer), buffer);
	if (!header)
		return false;
	length = real_length(cw_get_be16(header + 4), there);
	if (length < sizeof(buffer) || length > there)
		return false;
	walk->offset += sizeof(buffer);
	walk->end = layer->transport + length;
	return is_tunnel ? vxlan(walk) : geneve(walk);
}

/* Is there something inside, and what? */
static bool inside(struct walk *walk, const struct cw_layer *layer,
		   const struct cw_tunnel_ports *ports)
{
	if (layer->fragment)
		return false;
	walk->offset = layer->transport;
	walk->tunnel = CW_TUNNEL_IPIP;
	switch (layer->protocol) {
	case PROTO_IPV4:
		walk->ethertype = ETHERTYPE_IPV4;
		return true;
	case PROTO_IPV6:
		walk->ethertype = ETHERTYPE_IPV6;
		return true;
	case PROTO_GRE:
		return gre(walk);
	case PROTO_UDP:
		return udp(walk, layer, ports);
	default:
		return false;
	}
}

const struct cw_layer *cw_dissect(const struct cw_packet *packet, u32 network, u16 ethertype,
				  const struct cw_tunnel_ports *ports, struct cw_dissection *out)
{
	struct walk walk = { .packet = packet,
			     .end = packet->length,
			     .offset = network,
			     .ethertype = ethertype };
	struct cw_layer *layer = NULL;

	out->count = 0;
	if (packet->length > LENGTH_MAX)
		return NULL;
	while (out->count < CW_DISSECT_LAYERS && ip_layer(&walk, &out->layer[out->count])) {
		layer = &out->layer[out->count++];
		if (!inside(&walk, layer, ports))
			break;
	}
	return layer;
}
