// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes the TCP option.  The first byte of the input chooses how, the rest is a list of options,
 * or the fields of one.  A list is read from a heap block of just its size, so that the address
 * sanitizer finds a byte read beyond it.
 */
#include "fuzz.h"

#include <string.h>

#include "option.h"
#include "strip.h"

#define LONGEST 40

static enum cw_option_type find(const uint8_t *data, size_t size, bool obi, struct cw_option *out)
{
	uint8_t *exact = malloc(size ? size : 1);
	enum cw_option_type type;

	FUZZ_MUST(exact);
	memcpy(exact, data, size);
	memset(out, 0, sizeof(*out));
	type = cw_option_find(exact, (unsigned int)size, obi, out);
	FUZZ_MUST(type == out->type);
	free(exact);
	return type;
}

static bool same(const struct cw_option *a, const struct cw_option *b)
{
	return a->type == b->type && a->run == b->run && a->class == b->class &&
	       a->sampled == b->sampled && a->message == b->message && a->back == b->back &&
	       !memcmp(a->trace_id, b->trace_id, sizeof(a->trace_id));
}

/* Is the encoded option, @length bytes at @part, somewhere in the list? */
static bool contains(const uint8_t *data, size_t size, const uint8_t *part, size_t length)
{
	for (size_t i = 0; i + length <= size; i++) {
		if (!memcmp(data + i, part, length))
			return true;
	}
	return false;
}

static void check_found(const uint8_t *data, size_t size, const struct cw_option *got)
{
	uint8_t out[CW_OPTION_LONG_LEN];
	unsigned int length = cw_option_write(got, out);
	struct cw_option again;

	FUZZ_MUST(length == (got->type == CW_OPTION_LONG ? 28 : 8));
	FUZZ_MUST(contains(data, size, out, length));
	FUZZ_MUST(find(out, length, false, &again) == got->type);
	FUZZ_MUST(same(got, &again));
	FUZZ_MUST(got->type != CW_OPTION_LONG || got->message >> 40 == 1 << 23);
	FUZZ_MUST(got->run < 4 && got->class < 8);
}

static void check_list(const uint8_t *data, size_t size, bool obi)
{
	struct cw_option got, other;
	uint8_t out[CW_OPTION_LONG_LEN];

	find(data, size, obi, &got);
	if (got.type >= CW_OPTION_LONG && got.type <= CW_OPTION_ACK)
		check_found(data, size, &got);
	else
		FUZZ_MUST(!cw_option_write(&got, out));
	if (got.type == CW_OPTION_OBI)
		FUZZ_MUST(obi && got.message);
	if (size && cw_option_plain(data, (unsigned int)size))
		FUZZ_MUST(got.type == CW_OPTION_ABSENT);

	/* OBI's option is looked for only where there is none of ours. */
	find(data, size, !obi, &other);
	if (got.type != other.type)
		FUZZ_MUST(got.type == CW_OPTION_OBI || other.type == CW_OPTION_OBI ||
			  got.type == CW_OPTION_MALFORMED || other.type == CW_OPTION_MALFORMED);
}

/* An option that was stripped is not found any more, and all other bytes stay. */
static void check_strip(const uint8_t *data, size_t size, bool obi)
{
	uint8_t *exact = malloc(size ? size : 1);
	struct cw_option before, after;
	unsigned int stripped;

	FUZZ_MUST(exact);
	memcpy(exact, data, size);
	find(data, size, obi, &before);
	stripped = cw_option_strip(exact, (unsigned int)size, obi);
	find(exact, size, obi, &after);
	FUZZ_MUST(after.type == CW_OPTION_ABSENT || after.type == CW_OPTION_MALFORMED);
	FUZZ_MUST(before.type != CW_OPTION_ABSENT || !stripped);
	FUZZ_MUST(before.type != CW_OPTION_DUPLICATE || stripped >= 2);
	for (size_t i = 0; i < size; i++)
		FUZZ_MUST(exact[i] == data[i] || (stripped && exact[i] == 1));
	FUZZ_MUST(!cw_option_strip(exact, (unsigned int)size, obi));
	free(exact);
}

/* decode(encode(x)) == x, alone and behind @pad NOPs. */
static void check_fields(const uint8_t *data, size_t size)
{
	struct cw_option o = { .type = CW_OPTION_LONG + data[0] % 4 };
	uint8_t list[LONGEST];
	struct cw_option got;
	unsigned int pad, length;

	if (size < 26)
		return;
	o.run = data[1] & 3;
	o.back = (uint16_t)(data[2] << 8 | data[3]);
	if (o.type == CW_OPTION_LONG) {
		o.class = data[4] & 7;
		o.sampled = data[4] & 8;
		memcpy(o.trace_id, data + 5, 16);
		o.trace_id[15] |= 1;
		memcpy(&o.message, data + 21, 5);
		o.message = cw_message_id(o.message);
	}
	memset(list, 1, sizeof(list));
	pad = data[4] >> 4;
	if (pad > 12)
		pad = 12;
	length = cw_option_write(&o, list + pad);
	FUZZ_MUST(find(list, pad + length, data[0] & 4, &got) == o.type);
	FUZZ_MUST(same(&o, &got));
	FUZZ_MUST(find(list, LONGEST, data[0] & 4, &got) == o.type);
	FUZZ_MUST(same(&o, &got));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	if (data[0] & 1)
		check_fields(data + 1, size - 1);
	else
		check_list(data + 1, size - 1, data[0] & 2);
	if (!(data[0] & 1))
		check_strip(data + 1, size - 1, data[0] & 2);
	return 0;
}
