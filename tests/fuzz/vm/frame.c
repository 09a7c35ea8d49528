// SPDX-License-Identifier: GPL-2.0
/*
 * Frames: lengths, checksums, damage.  Headers may lie anywhere in a damaged frame: every access is
 * checked against the frame's length.
 */
#include "frame.h"

#include <netinet/in.h>
#include <string.h>

uint8_t *frame_put(struct frame *frame, size_t length)
{
	uint8_t *bytes = frame->bytes + frame->length;

	if (length > (size_t)(FRAME_MAX - frame->length))
		return NULL;
	memset(bytes, 0, length);
	frame->length = (uint16_t)(frame->length + length);
	return bytes;
}

uint8_t *frame_header(struct frame *frame, enum header_kind kind, size_t length)
{
	uint8_t *bytes = frame->headers < FRAME_HEADERS ? frame_put(frame, length) : NULL;

	if (bytes)
		frame->header[frame->headers++] =
			(struct header){ kind, (uint16_t)(bytes - frame->bytes), 0 };
	return bytes;
}

void frame_end(struct frame *frame, unsigned int first)
{
	for (; first < frame->headers; first++)
		if (!frame->header[first].end)
			frame->header[first].end = frame->length;
}

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static size_t get16(const uint8_t *at)
{
	return (size_t)(at[0] << 8 | at[1]);
}

static bool is_there(const struct frame *frame, size_t at, size_t length)
{
	return at + length <= frame->length;
}

void frame_lengths(struct frame *frame)
{
	for (unsigned int i = 0; i < frame->headers; i++) {
		const struct header *header = &frame->header[i];
		uint8_t *at = frame->bytes + header->at;
		size_t length = (size_t)(header->end - header->at);

		if (header->kind == HEADER_IP4)
			put16(at + 2, length);
		else if (header->kind == HEADER_IP6)
			put16(at + 4, length - 40);
		else if (header->kind == HEADER_UDP)
			put16(at + 4, length);
	}
}

static uint32_t sum(uint32_t sum, const uint8_t *bytes, size_t length)
{
	size_t i;

	for (i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	if (i < length)
		sum += (uint32_t)bytes[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/*
 * Sums up the pseudo header of the IP header around header @i; @end is where the packet ends as
 * that says.
 */
static uint32_t pseudo(const struct frame *frame, unsigned int i, uint8_t protocol, size_t *end)
{
	const struct header *ip = NULL;
	const uint8_t *at;
	uint32_t value;

	*end = frame->length;
	while (i-- && !ip)
		if (frame->header[i].kind == HEADER_IP4 || frame->header[i].kind == HEADER_IP6)
			ip = &frame->header[i];
	if (!ip || !is_there(frame, ip->at, ip->kind == HEADER_IP4 ? 20 : 40))
		return 0;
	at = frame->bytes + ip->at;
	if (ip->kind == HEADER_IP4) {
		value = sum(protocol, at + 12, 8);
		*end = ip->at + get16(at + 2);
	} else {
		value = sum(protocol, at + 8, 32);
		*end = ip->at + 40 + get16(at + 4);
	}
	if (*end > frame->length)
		*end = frame->length;
	return value;
}

static void checksum_ip4(struct frame *frame, const struct header *header)
{
	uint8_t *at = frame->bytes + header->at;
	size_t length;

	if (!is_there(frame, header->at, 20))
		return;
	length = (size_t)(at[0] & 15) * 4;
	if (length < 20 || !is_there(frame, header->at, length))
		return;
	put16(at + 10, 0);
	put16(at + 10, fold(sum(0, at, length)));
}

/* @field: the place of the sum; @plain: without a pseudo header */
static void checksum(struct frame *frame, unsigned int i, uint8_t protocol, size_t field,
		     bool plain)
{
	const struct header *header = &frame->header[i];
	uint8_t *at = frame->bytes + header->at;
	size_t end, length;
	uint32_t value = pseudo(frame, i, protocol, &end);

	if (plain)
		value = 0;
	if (end < header->at || !is_there(frame, header->at, field + 2) ||
	    end - header->at < field + 2)
		return;
	length = end - header->at;
	/*
	 * UDP has a length of its own.  GRO takes a checksum that is right for more bytes than that
	 * for a right one, and so does the kernel when it has cut the packet: "hw csum failure",
	 * where only the sender is at fault.
	 */
	if (protocol == IPPROTO_UDP && get16(at + 4) >= 8 && get16(at + 4) < length)
		length = get16(at + 4);
	put16(at + field, 0);
	put16(at + field, fold(sum(value + (plain ? 0 : (uint32_t)length), at, length)));
}

void frame_checksums(struct frame *frame)
{
	for (unsigned int i = frame->headers; i--;) {
		switch (frame->header[i].kind) {
		case HEADER_IP4:
			checksum_ip4(frame, &frame->header[i]);
			break;
		case HEADER_TCP:
			checksum(frame, i, IPPROTO_TCP, 16, false);
			break;
		case HEADER_UDP:
			checksum(frame, i, IPPROTO_UDP, 6, false);
			break;
		case HEADER_ICMP:
			checksum(frame, i, IPPROTO_ICMP, 2, true);
			break;
		case HEADER_ICMP6:
			checksum(frame, i, IPPROTO_ICMPV6, 2, false);
			break;
		default:
			break;
		}
	}
}

/* --- damage ----------------------------------------------------------------------------- */

#define ETHERNET 14

/* Damages a byte anywhere behind the Ethernet header, most often in the headers. */
static size_t somewhere(const struct frame *frame, struct random *random)
{
	const struct header *header = &frame->header[random_below(random, frame->headers)];
	size_t at = header->at + random_below(random, 64);

	if (random_one_in(random, 4) || at < ETHERNET || at >= frame->length)
		at = ETHERNET + random_below(random, (uint32_t)(frame->length - ETHERNET));
	return at;
}

static void damage_bits(struct frame *frame, struct random *random)
{
	for (uint32_t i = random_below(random, 8); i < 8; i++)
		frame->bytes[somewhere(frame, random)] ^= (uint8_t)(1 << random_below(random, 8));
}

static void damage_bytes(struct frame *frame, struct random *random)
{
	for (uint32_t i = random_below(random, 4); i < 4; i++)
		frame->bytes[somewhere(frame, random)] = (uint8_t)random_edge(random);
}

/* A field that says how long something is. */
static void damage_length(struct frame *frame, struct random *random)
{
	const struct header *header = &frame->header[random_below(random, frame->headers)];
	uint32_t value = random_one_in(random, 2) ? random_edge(random) :
						    (uint32_t)random_next(random);
	uint8_t *at = frame->bytes + header->at;

	if (!is_there(frame, header->at, 20))
		return;
	switch (header->kind) {
	case HEADER_IP4:
		if (random_one_in(random, 2))
			at[0] = (uint8_t)(0x40 | (value & 15));
		else
			put16(at + 2, value);
		break;
	case HEADER_IP6:
	case HEADER_UDP:
		put16(at + 4, value);
		break;
	case HEADER_TCP:
		at[12] = (uint8_t)(value << 4 | (at[12] & 15));
		break;
	default:
		at[1] = (uint8_t)value;
	}
}

static void damage_cut(struct frame *frame, struct random *random)
{
	frame->length = (uint16_t)(ETHERNET +
				   random_below(random, (uint32_t)(frame->length - ETHERNET)) + 1);
}

static void damage_tail(struct frame *frame, struct random *random)
{
	size_t length = random_below(random, 64) + 1;
	uint8_t *tail = frame_put(frame, length);

	if (tail)
		random_fill(random, tail, length);
}

/* Copies some bytes over others. */
static void damage_copy(struct frame *frame, struct random *random)
{
	size_t from = somewhere(frame, random), to = somewhere(frame, random);
	size_t most = frame->length - (from > to ? from : to);

	memmove(frame->bytes + to, frame->bytes + from, random_below(random, (uint32_t)most) + 1);
}

static void damage_fragment(struct frame *frame, struct random *random)
{
	for (unsigned int i = 0; i < frame->headers; i++) {
		const struct header *header = &frame->header[i];
		uint8_t *at = frame->bytes + header->at;

		if (random_one_in(random, 2))
			continue;
		if (header->kind == HEADER_IP4)
			put16(at + 6,
			      random_one_in(random, 2) ? 0x2000 : random_next(random) & 0x3fff);
		else if (header->kind == HEADER_EXTENSION)
			put16(at + 2, random_next(random) & 0xffff);
	}
}

void frame_damage(struct frame *frame, struct random *random)
{
	static void (*const DAMAGES[])(struct frame *, struct random *) = {
		damage_bits, damage_bytes, damage_length,   damage_cut,
		damage_tail, damage_copy,  damage_fragment, damage_bits,
	};

	if (frame->length > ETHERNET + 1)
		DAMAGES[random_below(random, sizeof(DAMAGES) / sizeof(*DAMAGES))](frame, random);
}
