// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the byte layout of the TCP option in both of its forms, and how it is
 * found among the other options of a segment.  Pure: bytes and plain values in,
 * plain values and bytes out; any context, no lock.  Never reads past the length
 * that it was given, since any host may have written the bytes.
 */
#include "option.h"

#include "option_long.h"

#define KIND_EOL		0
#define KIND_NOP		1
#define KIND_OBI		25

#define LENGTH_OBI		26
#define LENGTH_OBI_FLAGS	27

/* Offsets from the option's kind; more of them in option_long.h */
#define AT_EXID			2
#define AT_ZERO			5	/* short form */
#define AT_SHORT_BACK		6
#define AT_OBI_TRACE_ID		2
#define AT_OBI_SPAN_ID		18
#define AT_OBI_FLAGS		26

#define MESSAGE_BYTES		5

/* The bits of byte 4 */
#define RUN_MASK		3
#define SHORT_WHAT_SHIFT	4
#define SHORT_WHAT_MASK		3
#define SHORT_RUN_SHIFT		2
#define SHORT_ZERO_MASK		3

#define OBI_SAMPLED		0x01

enum short_what {
	WHAT_NONE,
	WHAT_BOUNDARY,
	WHAT_ACK,
};

static void put_be(u64 v, u8 *p, unsigned int bytes)
{
	while (bytes--) {
		p[bytes] = (u8)v;
		v >>= 8;
	}
}

static bool is_ours(const u8 *p, unsigned int length)
{
	return p[0] == CW_OPTION_KIND &&
	       (length == CW_OPTION_LONG_LEN || length == CW_OPTION_SHORT_LEN) &&
	       cw_get_be16(p + AT_EXID) == CW_OPTION_EXID;
}

static bool is_obi(const u8 *p, unsigned int length)
{
	return p[0] == KIND_OBI && (length == LENGTH_OBI || length == LENGTH_OBI_FLAGS);
}

static enum cw_option_type decode_long(const u8 *p, struct cw_option *out)
{
	if (cw_option_is_zero_id(p + CW_LONG_AT_TRACE_ID))
		return CW_OPTION_MALFORMED;
	out->sampled = p[CW_OPTION_AT_BITS] & CW_LONG_SAMPLED;
	out->class = p[CW_OPTION_AT_BITS] >> CW_LONG_CLASS_SHIFT & CW_LONG_CLASS_MASK;
	out->run = p[CW_OPTION_AT_BITS] & RUN_MASK;
	memcpy(out->trace_id, p + CW_LONG_AT_TRACE_ID, CW_TRACE_ID_LEN);
	out->message = cw_option_message(p);
	out->back = cw_option_back(p);
	return CW_OPTION_LONG;
}

static enum cw_option_type decode_short(const u8 *p, struct cw_option *out)
{
	if (p[CW_OPTION_AT_BITS] & SHORT_ZERO_MASK || p[AT_ZERO])
		return CW_OPTION_MALFORMED;
	out->run = p[CW_OPTION_AT_BITS] >> SHORT_RUN_SHIFT & RUN_MASK;
	out->back = cw_get_be16(p + AT_SHORT_BACK);
	switch (p[CW_OPTION_AT_BITS] >> SHORT_WHAT_SHIFT & SHORT_WHAT_MASK) {
	case WHAT_NONE:
		return CW_OPTION_NONE;
	case WHAT_BOUNDARY:
		return CW_OPTION_BOUNDARY;
	case WHAT_ACK:
		return CW_OPTION_ACK;
	default:
		return CW_OPTION_MALFORMED;
	}
}

static void decode_ours(const u8 *p, unsigned int length, struct cw_option *out)
{
	memset(out, 0, sizeof(*out));
	if (p[CW_OPTION_AT_BITS] >> CW_OPTION_VERSION_SHIFT)
		out->type = CW_OPTION_UNKNOWN_VERSION;
	else if (length == CW_OPTION_LONG_LEN)
		out->type = decode_long(p, out);
	else
		out->type = decode_short(p, out);
}

/* In W3C trace context (3.2.2.3 and 3.2.2.4) ids of zero are invalid. */
static void decode_obi(const u8 *p, unsigned int length, struct cw_option *out)
{
	memset(out, 0, sizeof(*out));
	if (cw_option_is_zero_id(p + AT_OBI_TRACE_ID) ||
	    !cw_get_be64(p + AT_OBI_SPAN_ID)) {
		out->type = CW_OPTION_MALFORMED;
		return;
	}
	memcpy(out->trace_id, p + AT_OBI_TRACE_ID, CW_TRACE_ID_LEN);
	out->message = cw_get_be64(p + AT_OBI_SPAN_ID);
	out->sampled = length == LENGTH_OBI || p[AT_OBI_FLAGS] & OBI_SAMPLED;
	out->type = CW_OPTION_OBI;
}

/* Length of the option that begins at @p, 0 for EOL; false: the list is broken. */
static bool measure_option(const u8 *p, unsigned int left, unsigned int *length)
{
	*length = p[0] != KIND_EOL;
	if (p[0] == KIND_EOL || p[0] == KIND_NOP)
		return true;
	if (left < 2 || p[1] < 2 || p[1] > left)
		return false;
	*length = p[1];
	return true;
}

#define OPTIONS_MAX 40
#define STAMPS 12 /* NOP NOP TIMESTAMP */

/* Where the options stand.  A header has no room for two of OBI's. */
struct found {
	const u8 *ours;
	const u8 *obi;
	bool twice;
	bool broken;
};

static void find_options(const u8 *options, unsigned int length, bool obi, struct found *found)
{
	const u8 *end = options + length;
	unsigned int size;
	const u8 *p;

	for (p = options; p < end; p += size) {
		if (!measure_option(p, end - p, &size)) {
			found->broken = true;
			return;
		}
		if (!size)
			return;
		if (is_ours(p, size)) {
			found->twice = found->ours;
			found->ours = p;
		} else if (obi && is_obi(p, size)) {
			found->obi = p;
		}
	}
}

enum cw_option_type cw_option_find(const u8 *options, unsigned int length, bool obi,
				   struct cw_option *out)
{
	struct found found = { 0 };

	/* Usually time stamps and the long form fill the header. */
	if (length == OPTIONS_MAX && cw_option_plain(options, STAMPS) &&
	    options[STAMPS + 1] == CW_OPTION_LONG_LEN &&
	    is_ours(options + STAMPS, CW_OPTION_LONG_LEN)) {
		decode_ours(options + STAMPS, CW_OPTION_LONG_LEN, out);
		return out->type;
	}
	out->type = CW_OPTION_ABSENT;
	find_options(options, length, obi, &found);
	if (found.twice)
		out->type = CW_OPTION_DUPLICATE;
	else if (found.ours)
		decode_ours(found.ours, found.ours[1], out);
	else if (found.obi)
		decode_obi(found.obi, found.obi[1], out);
	else if (found.broken)
		out->type = CW_OPTION_MALFORMED;
	return out->type;
}

static unsigned int write_header(u8 *out, u8 length, unsigned int bits)
{
	out[0] = CW_OPTION_KIND;
	out[1] = length;
	cw_put_be16(CW_OPTION_EXID, out + AT_EXID);
	out[CW_OPTION_AT_BITS] = (u8)bits;
	return length;
}

static unsigned int write_long(const struct cw_option *option, u8 *out)
{
	unsigned int bits = (option->class & CW_LONG_CLASS_MASK) << CW_LONG_CLASS_SHIFT |
			    (option->run & RUN_MASK);

	if (option->sampled)
		bits |= CW_LONG_SAMPLED;
	memcpy(out + CW_LONG_AT_TRACE_ID, option->trace_id, CW_TRACE_ID_LEN);
	put_be(option->message, out + CW_LONG_AT_MESSAGE, MESSAGE_BYTES);
	cw_put_be16(option->back, out + CW_LONG_AT_BACK);
	return write_header(out, CW_OPTION_LONG_LEN, bits);
}

static unsigned int write_short(const struct cw_option *option, enum short_what what, u8 *out)
{
	out[AT_ZERO] = 0;
	cw_put_be16(option->back, out + AT_SHORT_BACK);
	return write_header(out, CW_OPTION_SHORT_LEN,
			    what << SHORT_WHAT_SHIFT | (option->run & RUN_MASK) << SHORT_RUN_SHIFT);
}

unsigned int cw_option_write(const struct cw_option *option, u8 *out)
{
	switch (option->type) {
	case CW_OPTION_LONG:
		return write_long(option, out);
	case CW_OPTION_NONE:
		return write_short(option, WHAT_NONE, out);
	case CW_OPTION_BOUNDARY:
		return write_short(option, WHAT_BOUNDARY, out);
	case CW_OPTION_ACK:
		return write_short(option, WHAT_ACK, out);
	default:
		return 0;
	}
}
