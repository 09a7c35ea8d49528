// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the byte layout of the overlay trailer.  Pure: bytes and plain values in, plain
 * values and bytes out; any context, no lock.  Any host may have written the bytes, and they may
 * be no trailer at all: magic, length, checksum and place have to match.
 */
#include "trailer.h"

#define AT_MAGIC	0
#define AT_LENGTH	4
#define AT_BITS		5
#define AT_CHECKSUM	6
#define AT_TRACE_ID	8
#define AT_MESSAGE	24
#define AT_TIME		32

/* The bits of byte 5 */
#define VERSION_SHIFT	6
#define SAMPLED		0x20
#define RESPONSE	0x10
#define CLASS_SHIFT	1
#define CLASS_MASK	7
#define RESERVED	0x01

static u64 get_be(const u8 *p, unsigned int bytes)
{
	u64 v = 0;

	while (bytes--)
		v = v << 8 | *p++;
	return v;
}

static void put_be(u64 v, u8 *p, unsigned int bytes)
{
	while (bytes--) {
		p[bytes] = (u8)v;
		v >>= 8;
	}
}

/* The sum of RFC 1071 over all but the checksum, and over the inner packet's length. */
static u16 sum_trailer(const u8 *bytes, u32 inner)
{
	u32 sum = (inner >> 16) + (inner & 0xffff);
	unsigned int i;

	for (i = 0; i < CW_TRAILER_LEN; i += 2)
		if (i != AT_CHECKSUM)
			sum += (u32)get_be(bytes + i, 2);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum;
}

static bool is_zero(const u8 *bytes, unsigned int length)
{
	while (length--)
		if (*bytes++)
			return false;
	return true;
}

void cw_trailer_write(const struct cw_trailer *trailer, u32 inner, u8 *out)
{
	put_be(CW_TRAILER_MAGIC, out + AT_MAGIC, 4);
	out[AT_LENGTH] = CW_TRAILER_LEN;
	out[AT_BITS] = (u8)((trailer->class & CLASS_MASK) << CLASS_SHIFT);
	if (trailer->sampled)
		out[AT_BITS] |= SAMPLED;
	if (trailer->response)
		out[AT_BITS] |= RESPONSE;
	memcpy(out + AT_TRACE_ID, trailer->trace_id, sizeof(trailer->trace_id));
	put_be(trailer->message, out + AT_MESSAGE, 8);
	put_be(trailer->time, out + AT_TIME, 8);
	put_be(sum_trailer(out, inner), out + AT_CHECKSUM, 2);
}

int cw_trailer_read(const u8 *bytes, u32 inner, struct cw_trailer *out)
{
	u8 bits = bytes[AT_BITS];

	if (get_be(bytes + AT_MAGIC, 4) != CW_TRAILER_MAGIC ||
	    bytes[AT_LENGTH] != CW_TRAILER_LEN ||
	    get_be(bytes + AT_CHECKSUM, 2) != sum_trailer(bytes, inner))
		return -EINVAL;
	if (bits >> VERSION_SHIFT || bits & RESERVED)
		return -EPROTONOSUPPORT;
	memcpy(out->trace_id, bytes + AT_TRACE_ID, sizeof(out->trace_id));
	out->message = get_be(bytes + AT_MESSAGE, 8);
	out->time = get_be(bytes + AT_TIME, 8);
	out->class = (bits >> CLASS_SHIFT) & CLASS_MASK;
	out->sampled = bits & SAMPLED;
	out->response = bits & RESPONSE;
	if (!out->message || is_zero(out->trace_id, sizeof(out->trace_id)))
		return -EINVAL;
	return 0;
}

u32 cw_trailer_place(const struct cw_dissection *found, u32 *offset)
{
	const struct cw_layer *inner, *outer;

	if (found->count < 2)
		return 0;
	inner = &found->layer[found->count - 1];
	outer = inner - 1;
	if (inner->fragment || outer->fragment || outer->end - inner->end != CW_TRAILER_LEN)
		return 0;
	*offset = inner->end;
	return inner->end - inner->network;
}
