// SPDX-License-Identifier: GPL-2.0
/*
 * Makes packets from the outside in.  The formats drawn in uapi/causeway.h are written here once
 * more, by hand, so that the fuzzer does not share the module's mistakes.
 */
#include "shape.h"

#include <netinet/in.h>
#include <string.h>

#define OPTIONS_MAX 40
#define TRAILER 40

enum tunnel { TUNNEL_NONE, TUNNEL_VXLAN, TUNNEL_IPIP, TUNNEL_GRE, TUNNEL_GRETAP, TUNNEL_GENEVE };

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static void put_ethernet(struct frame *frame, const struct shape_ends *ends, bool six, bool inner)
{
	uint8_t *at = frame_header(frame, HEADER_ETHERNET, 14);

	if (!at)
		return;
	memcpy(at, ends->mac[1], 6);
	memcpy(at + 6, ends->mac[0], 6);
	if (inner)
		memset(at, 0xff, 6); /* devices of tunnels have addresses of their own */
	put16(at + 12, six ? 0x86dd : 0x0800);
}

static void put_ip4(struct frame *frame, struct random *random, const uint8_t ends[2][16],
		    uint8_t protocol)
{
	size_t options = random && random_one_in(random, 16) ? 4 * random_below(random, 11) : 0;
	uint8_t *at = frame_header(frame, HEADER_IP4, 20 + options);

	if (!at)
		return;
	at[0] = (uint8_t)(0x45 + options / 4);
	at[8] = 64;
	at[9] = protocol;
	memcpy(at + 12, ends[0], 4);
	memcpy(at + 16, ends[1], 4);
	if (random)
		put16(at + 4, (uint32_t)random_next(random));
	/* Fills the place with NOPs, or with any bytes. */
	memset(at + 20, 1, options);
	if (options && random_one_in(random, 2))
		random_fill(random, at + 20, options);
}

/* Adds destination options, routing or fragment headers now and then. */
static void put_ip6(struct frame *frame, struct random *random, const uint8_t ends[2][16],
		    uint8_t protocol)
{
	static const uint8_t EXTENSIONS[] = { 60, 43, 44, 0 };
	unsigned int count = random && random_one_in(random, 8) ? random_below(random, 3) : 0;
	uint8_t *at = frame_header(frame, HEADER_IP6, 40), *next;

	if (!at)
		return;
	at[0] = 0x60;
	at[7] = 64;
	next = &at[6];
	memcpy(at + 8, ends[0], 16);
	memcpy(at + 24, ends[1], 16);
	while (count--) {
		at = frame_header(frame, HEADER_EXTENSION, 8);
		if (!at)
			return;
		*next = EXTENSIONS[random_below(random, sizeof(EXTENSIONS))];
		next = at;
		if (*next != 44)
			at[2] = 1, at[3] = 4; /* PadN */
	}
	*next = protocol;
}

static void put_ip(struct frame *frame, struct random *random, const uint8_t ends[2][2][16],
		   bool six, uint8_t protocol)
{
	if (six)
		put_ip6(frame, random, ends[1], protocol);
	else
		put_ip4(frame, random, ends[0], protocol);
}

/* --- TCP and its options ---------------------------------------------------------------- */

static size_t option_long(struct random *random, uint8_t *out)
{
	random_fill(random, out, 28);
	out[0] = 253;
	out[1] = 28;
	put16(out + 2, 0x4357);
	out[4] &= 0x3f;
	if (random_one_in(random, 2))
		put16(out + 26, random_below(random, 100));
	return 28;
}

static size_t option_short(struct random *random, uint8_t *out)
{
	memset(out, 0, 8);
	out[0] = 253;
	out[1] = 8;
	put16(out + 2, 0x4357);
	out[4] = (uint8_t)(random_below(random, 3) << 4 | random_below(random, 4) << 2);
	put16(out + 6, random_one_in(random, 2) ? 0 : (uint32_t)random_next(random));
	return 8;
}

/* Writes OBI's option, or others of its kind. */
static size_t option_obi(struct random *random, uint8_t *out)
{
	size_t length = 25 + random_below(random, 4);

	random_fill(random, out, length);
	out[0] = 25;
	out[1] = (uint8_t)length;
	return length;
}

static size_t option_known(struct random *random, uint8_t *out)
{
	static const uint8_t KNOWN[][2] = {
		{ 2, 4 },  { 3, 3 },  { 4, 2 },	  { 5, 10 },  { 5, 18 },
		{ 5, 26 }, { 8, 10 }, { 19, 18 }, { 30, 12 }, { 34, 10 }
	};
	const uint8_t *one = KNOWN[random_below(random, sizeof(KNOWN) / sizeof(*KNOWN))];

	random_fill(random, out, one[1]);
	memcpy(out, one, 2);
	return one[1];
}

static size_t option_unknown(struct random *random, uint8_t *out)
{
	size_t length = random_below(random, 39) + 2;

	random_fill(random, out, length);
	out[1] = (uint8_t)(random_one_in(random, 8) ? random_edge(random) : length);
	if (random_one_in(random, 2))
		out[0] = 253;
	return length;
}

/* Writes a list of options as it may be; returns its length, a multiple of 4. */
static size_t options_any(struct random *random, uint8_t *out)
{
	static size_t (*const MAKERS[])(struct random *, uint8_t *) = {
		option_long, option_long, option_short, option_obi, option_known, option_unknown,
	};
	uint8_t one[OPTIONS_MAX + 8];
	size_t length = 0;

	for (unsigned int left = random_below(random, 4); left; left--) {
		size_t more =
			MAKERS[random_below(random, sizeof(MAKERS) / sizeof(*MAKERS))](random, one);

		if (length + more > OPTIONS_MAX)
			continue;
		memcpy(out + length, one, more);
		length += more;
	}
	while (length % 4)
		out[length++] = 1;
	return length;
}

/* Writes an option that must be counted in a certain counter, wherever its segment belongs. */
static size_t options_sure(struct random *random, uint8_t *out, enum outcome *outcome)
{
	size_t length = option_long(random, out);

	out[5] |= 1; /* the trace id is not zero */
	*outcome = OUTCOME_MALFORMED + random_below(random, 4);
	switch (*outcome) {
	case OUTCOME_MALFORMED:
		memset(out + 5, 0, 16);
		break;
	case OUTCOME_VERSION:
		out[4] |= 0x40;
		break;
	case OUTCOME_DUPLICATE:
		return length + option_short(random, out + length);
	default:
		break;
	}
	return length;
}

static uint8_t *put_tcp(struct frame *frame, const struct shape_stream *stream,
			const uint8_t *options, size_t length)
{
	uint8_t *at = frame_header(frame, HEADER_TCP, 20 + length);

	if (!at)
		return NULL;
	put16(at, stream->source);
	put16(at + 2, stream->destination);
	put32(at + 4, stream->seq);
	put32(at + 8, stream->ack);
	at[12] = (uint8_t)((5 + length / 4) << 4);
	at[13] = stream->flags;
	put16(at + 14, 60000);
	memcpy(at + 20, options, length);
	return at;
}

void shape_plain(struct frame *frame, const struct shape_ends *ends,
		 const struct shape_stream *stream)
{
	memset(frame, 0, offsetof(struct frame, header));
	put_ethernet(frame, ends, stream->six, false);
	put_ip(frame, NULL, ends->outer, stream->six, IPPROTO_TCP);
	put_tcp(frame, stream, NULL, 0);
	frame_put(frame, stream->payload);
	frame_end(frame, 0);
	frame_lengths(frame);
	frame_checksums(frame);
}

/* --- what is in a packet ---------------------------------------------------------------- */

static void put_segment(struct frame *frame, struct random *random,
			const struct shape_stream *stream)
{
	uint8_t options[OPTIONS_MAX + 4];
	struct shape_stream other = *stream;

	if (random_one_in(random, 8))
		other.seq += random_edge(random);
	if (random_one_in(random, 16))
		other.flags = (uint8_t)random_next(random);
	put_tcp(frame, &other, options, options_any(random, options));
	frame_put(frame, stream->payload);
}

static void put_datagram(struct frame *frame, struct random *random, bool six)
{
	bool icmp = random_one_in(random, 4);
	uint8_t *at = frame_header(frame, !icmp ? HEADER_UDP : six ? HEADER_ICMP6 : HEADER_ICMP, 8);

	if (!at)
		return;
	if (icmp) {
		at[0] = six ? 128 : 8;
		put32(at + 4, (uint32_t)random_next(random));
	} else {
		put16(at, 1024 + random_below(random, 1000));
		put16(at + 2,
		      random_one_in(random, 4) ? (uint32_t)random_next(random) : SHAPE_UDP_PORT);
	}
	frame_put(frame, random_below(random, 200));
}

/* Returns the protocol of what put_inside() will put. */
static uint8_t protocol_of(bool segment)
{
	return segment ? IPPROTO_TCP : IPPROTO_UDP;
}

/* The protocol field is set right once the inner packet is known. */
static void put_inside(struct frame *frame, struct random *random, const uint8_t ends[2][2][16],
		       const struct shape_stream *stream, bool six, bool segment)
{
	unsigned int ip = frame->headers, last;

	put_ip(frame, random, ends, six, protocol_of(segment));
	last = frame->headers - 1;
	if (segment)
		put_segment(frame, random, stream);
	else
		put_datagram(frame, random, six);
	if (!segment && last + 1 < frame->headers && ip < FRAME_HEADERS &&
	    frame->header[last + 1].kind != HEADER_UDP) {
		uint8_t *at = frame->bytes + frame->header[last].at;

		at[last > ip ? 0 : six ? 6 : 9] = six ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	}
	frame_end(frame, ip);
}

/* Puts a trailer behind the packet that begins at header @ip. */
static void put_trailer(struct frame *frame, struct random *random, unsigned int ip, bool right)
{
	size_t inner = (size_t)(frame->length - frame->header[ip].at);
	uint8_t *at = frame_put(frame, TRAILER);
	uint32_t sum = (uint32_t)inner;

	if (!at)
		return;
	random_fill(random, at, TRAILER);
	put32(at, 0x43577472);
	at[4] = TRAILER;
	at[5] &= 0x3e;
	at[8] |= 1;
	at[24] |= 1;
	for (size_t i = 0; i < TRAILER; i += 2)
		if (i != 6)
			sum += (uint32_t)(at[i] << 8 | at[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(at + 6, right ? ~sum : ~sum ^ 0x5555);
}

/* --- tunnels ---------------------------------------------------------------------------- */

static void put_udp_tunnel(struct frame *frame, struct random *random, uint16_t port)
{
	uint8_t *at = frame_header(frame, HEADER_UDP, 8);

	if (!at)
		return;
	put16(at, 32768 + random_below(random, 20000));
	put16(at + 2, port);
}

static void put_vxlan(struct frame *frame)
{
	uint8_t *at = frame_header(frame, HEADER_TUNNEL, 8);

	if (!at)
		return;
	at[0] = 8;
	at[6] = 1;
}

static void put_geneve(struct frame *frame, struct random *random, bool six)
{
	size_t options = random_one_in(random, 4) ? 4 * random_below(random, 8) : 0;
	uint8_t *at = frame_header(frame, HEADER_TUNNEL, 8 + options);

	if (!at)
		return;
	at[0] = (uint8_t)(options / 4);
	put16(at + 2, random_one_in(random, 2) ? 0x6558 : six ? 0x86dd : 0x0800);
	at[6] = 1;
	random_fill(random, at + 8, options);
}

static void put_gre(struct frame *frame, struct random *random, uint16_t ethertype)
{
	static const uint8_t FLAGS[] = { 0, 0, 0x80, 0x20, 0x10, 0xb0 };
	uint8_t flags = FLAGS[random_below(random, sizeof(FLAGS))];
	uint8_t *at = frame_header(frame, HEADER_TUNNEL,
				   4u + (flags & 0x80 ? 4 : 0) + (flags & 0x20 ? 4 : 0) +
					   (flags & 0x10 ? 4 : 0));

	if (!at)
		return;
	at[0] = flags;
	put16(at + 2, ethertype);
}

/* Writes the headers up to where the inner packet begins. */
static void put_tunnel(struct frame *frame, struct random *random, const struct shape_ends *ends,
		       enum tunnel tunnel, bool outer_six, bool six)
{
	static const uint8_t PROTOCOLS[] = { 0,		  IPPROTO_UDP, 0,
					     IPPROTO_GRE, IPPROTO_GRE, IPPROTO_UDP };
	uint8_t protocol = tunnel == TUNNEL_IPIP ? (six ? IPPROTO_IPV6 : IPPROTO_IPIP) :
						   PROTOCOLS[tunnel];

	put_ip(frame, tunnel == TUNNEL_VXLAN ? NULL : random, ends->outer, outer_six, protocol);
	switch (tunnel) {
	case TUNNEL_VXLAN:
		put_udp_tunnel(frame, random, 8472);
		put_vxlan(frame);
		put_ethernet(frame, ends, six, true);
		break;
	case TUNNEL_GENEVE:
		put_udp_tunnel(frame, random, 6081);
		put_geneve(frame, random, six);
		if (frame->bytes[frame->header[frame->headers - 1].at + 2] == 0x65)
			put_ethernet(frame, ends, six, true);
		break;
	case TUNNEL_GRETAP:
		put_gre(frame, random, 0x6558);
		put_ethernet(frame, ends, six, true);
		break;
	case TUNNEL_GRE:
		put_gre(frame, random, six ? 0x86dd : 0x0800);
		break;
	default:
		break;
	}
}

/* Makes a datagram in VXLAN, with a trailer. */
static enum outcome make_trailer(struct frame *frame, struct random *random,
				 const struct shape_ends *ends)
{
	bool right = random_one_in(random, 2);
	unsigned int ip;
	uint8_t *at;

	put_tunnel(frame, random, ends, TUNNEL_VXLAN, false, false);
	ip = frame->headers;
	put_ip4(frame, NULL, ends->inner[0], IPPROTO_UDP);
	at = frame_header(frame, HEADER_UDP, 8);
	put16(at, 1024 + random_below(random, 1000));
	put16(at + 2, SHAPE_UDP_PORT);
	frame_put(frame, random_below(random, 200));
	frame_end(frame, ip);
	put_trailer(frame, random, ip, right);
	return right ? OUTCOME_TRAILER : OUTCOME_TRAILER_MALFORMED;
}

static void make_tunnelled(struct frame *frame, struct random *random,
			   const struct shape_ends *ends, const struct shape_stream *stream,
			   bool outer_six)
{
	unsigned int depth = random_one_in(random, 8) ? 2 : 1, ip;

	for (; depth; depth--) {
		bool six = random_one_in(random, 4);

		put_tunnel(frame, random, ends, TUNNEL_VXLAN + random_below(random, 5), outer_six,
			   six);
		outer_six = six;
	}
	ip = frame->headers;
	put_inside(frame, random, ends->inner, stream, outer_six, random_one_in(random, 2));
	if (ip < frame->headers && random_one_in(random, 2))
		put_trailer(frame, random, ip, !random_one_in(random, 4));
}

static enum outcome make_sure(struct frame *frame, struct random *random,
			      const struct shape_ends *ends, const struct shape_stream *stream)
{
	uint8_t options[OPTIONS_MAX];
	enum outcome outcome;
	size_t length = options_sure(random, options, &outcome);

	put_ip(frame, NULL, ends->outer, stream->six, IPPROTO_TCP);
	put_tcp(frame, stream, options, length);
	frame_put(frame, stream->payload);
	return outcome;
}

enum outcome shape_make(struct frame *frame, struct random *random, const struct shape_ends *ends,
			const struct shape_stream *stream)
{
	enum outcome outcome = OUTCOME_ANY;
	uint32_t kind = random_below(random, 16);
	bool six = kind < 10 ? stream->six : random_one_in(random, 8);

	memset(frame, 0, offsetof(struct frame, header));
	if (kind == 1)
		six = false;
	put_ethernet(frame, ends, six, false);
	if (!kind)
		outcome = make_sure(frame, random, ends, stream);
	else if (kind == 1)
		outcome = make_trailer(frame, random, ends);
	else if (kind < 10)
		put_inside(frame, random, ends->outer, stream, six, kind < 9);
	else
		make_tunnelled(frame, random, ends, stream, six);
	frame_end(frame, 0);
	frame_lengths(frame);
	frame_checksums(frame);
	if (outcome == OUTCOME_CHECKSUM)
		frame->bytes[frame->header[2].at + 16] ^= 0x5a;
	return outcome;
}
