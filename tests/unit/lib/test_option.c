// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the TCP option's encoder and decoder: the vectors, every form at every
 * place, and every way to be wrong.  Option bytes are copied to a heap block of
 * just their length before they are read, so that the address sanitizer sees
 * every byte read beyond.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "vectors.h"

#define ROOM 40

static const u8 trace[16] = { 0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd,
			      0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c };

static enum cw_option_type find(const u8 *bytes, unsigned int length, bool obi,
				struct cw_option *out)
{
	u8 *exact = malloc(length ? length : 1);
	enum cw_option_type type;

	assert_non_null(exact);
	memcpy(exact, bytes, length);
	memset(out, 0, sizeof(*out));
	type = cw_option_find(length ? exact : exact + 1, length, obi, out);
	assert_int_equal(type, out->type);
	free(exact);
	return type;
}

static void assert_same(const struct cw_option *a, const struct cw_option *b)
{
	assert_string_equal(vector_type_name(a->type), vector_type_name(b->type));
	assert_int_equal(a->run, b->run);
	assert_int_equal(a->class, b->class);
	assert_int_equal(a->sampled, b->sampled);
	assert_memory_equal(a->trace_id, b->trace_id, sizeof(a->trace_id));
	assert_int_equal(a->message, b->message);
	assert_int_equal(a->back, b->back);
}

static bool found(enum cw_option_type type)
{
	return type >= CW_OPTION_LONG && type <= CW_OPTION_OBI;
}

static void check_vector(const struct vector *v)
{
	struct cw_option got;
	u8 out[CW_OPTION_LONG_LEN];

	print_message("# %s\n", v->name);
	find(v->bytes, v->length, v->obi, &got);
	assert_string_equal(vector_type_name(got.type), vector_type_name(v->expect.type));
	if (found(got.type))
		assert_same(&got, &v->expect);
	if (!v->write)
		return;
	assert_int_equal(cw_option_write(&v->expect, out), v->length);
	assert_memory_equal(out, v->bytes, v->length);
}

static void test_vectors(void **state)
{
	FILE *in = vector_open(*state);
	struct vector v;
	unsigned int count = 0;

	for (; vector_next(in, &v); count++)
		check_vector(&v);
	fclose(in);
	assert_true(count >= 10);
}

/* All that the forms can hold, one after the other; false at the end. */
static bool sample(unsigned int i, struct cw_option *o)
{
	static const u16 backs[] = { 0, 1, 255, 256, 1448, 65535 };
	static const u64 wires[] = { 0, 1, 0x0102030405, 0xffffffffff };

	memset(o, 0, sizeof(*o));
	o->type = CW_OPTION_LONG + i % 4;
	o->run = i / 4 % 4;
	o->back = backs[i / 16 % 6];
	if (o->type == CW_OPTION_LONG) {
		o->class = i / 96 % 8;
		o->sampled = i / 768 % 2;
		o->message = cw_message_id(wires[i / 1536 % 4]);
		memcpy(o->trace_id, trace, sizeof(trace));
		o->trace_id[i % 16] ^= 0x5a;
	}
	return i < 6144;
}

static void test_round_trip(void **state)
{
	struct cw_option o, got;
	u8 out[CW_OPTION_LONG_LEN], again[CW_OPTION_LONG_LEN];

	(void)state;
	for (unsigned int i = 0; sample(i, &o); i++) {
		unsigned int n = cw_option_write(&o, out);

		assert_int_equal(n, o.type == CW_OPTION_LONG ? 28 : 8);
		find(out, n, i % 2, &got);
		assert_same(&got, &o);
		assert_int_equal(cw_option_write(&got, again), n);
		assert_memory_equal(again, out, n);
	}
}

/* The option at every offset, in every length of list, truncated or not. */
static void test_every_length_and_place(void **state)
{
	struct cw_option o, got;
	u8 list[ROOM];

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		sample(i + 16, &o);
		for (unsigned int at = 0; at < ROOM; at++) {
			u8 one[CW_OPTION_LONG_LEN];
			unsigned int n = cw_option_write(&o, one);

			memset(list, 1, sizeof(list));
			memcpy(list + at, one, at + n > ROOM ? ROOM - at : n);
			for (unsigned int length = 0; length <= ROOM; length++) {
				find(list, length, true, &got);
				if (length >= at + n)
					assert_same(&got, &o);
				else if (length > at)
					assert_int_equal(got.type, CW_OPTION_MALFORMED);
				else
					assert_int_equal(got.type, CW_OPTION_ABSENT);
			}
		}
	}
}

static void test_end_of_list_hides(void **state)
{
	struct cw_option o, got;
	u8 list[ROOM];

	(void)state;
	for (unsigned int at = 1; at + 8 <= ROOM; at++) {
		memset(list, 1, sizeof(list));
		sample(1, &o);
		cw_option_write(&o, list + at);
		list[at - 1] = 0;
		assert_int_equal(find(list, ROOM, true, &got), CW_OPTION_ABSENT);
	}
}

static void test_only_exact_shape(void **state)
{
	struct cw_option o, got;
	u8 list[ROOM] = { 0 };

	(void)state;
	for (unsigned int kind = 2; kind < 256; kind++) {
		for (unsigned int length = 2; length <= ROOM; length++) {
			bool ours = kind == 253 && (length == 8 || length == 28);
			bool obi = kind == 25 && (length == 26 || length == 27);

			sample(0, &o);
			cw_option_write(&o, list);
			list[0] = (u8)kind;
			list[1] = (u8)length;
			memset(list + length, 1, sizeof(list) - length);
			find(list, ROOM, true, &got);
			assert_int_equal(got.type != CW_OPTION_ABSENT, ours || obi);
			find(list, ROOM, false, &got);
			assert_int_equal(got.type != CW_OPTION_ABSENT, ours);
		}
	}
}

static void test_exid(void **state)
{
	struct cw_option o, got;
	u8 list[8];

	(void)state;
	sample(3, &o);
	for (unsigned int exid = 0; exid <= 0xffff; exid++) {
		cw_option_write(&o, list);
		list[2] = (u8)(exid >> 8);
		list[3] = (u8)exid;
		assert_int_equal(find(list, 8, false, &got),
				 exid == CW_OPTION_EXID ? CW_OPTION_ACK : CW_OPTION_ABSENT);
	}
}

static enum cw_option_type expect_short(unsigned int bits, unsigned int zero)
{
	static const enum cw_option_type what[] = { CW_OPTION_NONE, CW_OPTION_BOUNDARY,
						    CW_OPTION_ACK, CW_OPTION_MALFORMED };

	if (bits & 0xc0)
		return CW_OPTION_UNKNOWN_VERSION;
	if (bits & 3 || zero)
		return CW_OPTION_MALFORMED;
	return what[bits >> 4];
}

static void test_short_bits(void **state)
{
	struct cw_option got;
	u8 list[8] = { 253, 8, 0x43, 0x57 };

	(void)state;
	for (unsigned int bits = 0; bits < 256; bits++) {
		for (unsigned int zero = 0; zero < 256; zero++) {
			list[4] = (u8)bits;
			list[5] = (u8)zero;
			assert_int_equal(find(list, 8, false, &got), expect_short(bits, zero));
		}
	}
}

static void test_long_bits(void **state)
{
	struct cw_option o, got;
	u8 list[28];

	(void)state;
	sample(0, &o);
	cw_option_write(&o, list);
	for (unsigned int bits = 0; bits < 256; bits++) {
		list[4] = (u8)bits;
		find(list, 28, false, &got);
		if (bits & 0xc0) {
			assert_int_equal(got.type, CW_OPTION_UNKNOWN_VERSION);
			continue;
		}
		assert_int_equal(got.type, CW_OPTION_LONG);
		assert_int_equal(got.sampled, !!(bits & 0x20));
		assert_int_equal(got.class, bits / 4 % 8);
		assert_int_equal(got.run, bits % 4);
	}
}

static void test_write_refuses(void **state)
{
	static const enum cw_option_type never[] = {
		CW_OPTION_ABSENT,	   CW_OPTION_OBI,	CW_OPTION_MALFORMED,
		CW_OPTION_UNKNOWN_VERSION, CW_OPTION_DUPLICATE,
	};
	u8 out[28], untouched[28];

	(void)state;
	memset(untouched, 0xa5, sizeof(untouched));
	for (unsigned int i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		struct cw_option o = { .type = never[i] };

		memset(out, 0xa5, sizeof(out));
		assert_int_equal(cw_option_write(&o, out), 0);
		assert_memory_equal(out, untouched, sizeof(out));
	}
}

static void test_write_masks(void **state)
{
	struct cw_option o = { .type = CW_OPTION_LONG,
			       .run = 0xff,
			       .class = 0xff,
			       .message = ~0ULL,
			       .trace_id = { 1 } };
	struct cw_option got;
	u8 out[28];

	(void)state;
	assert_int_equal(cw_option_write(&o, out), 28);
	assert_int_equal(out[4], 0x1f);
	find(out, 28, false, &got);
	assert_int_equal(got.message, 0x800000ffffffffffULL);
	o.type = CW_OPTION_ACK;
	assert_int_equal(cw_option_write(&o, out), 8);
	assert_int_equal(out[4], 0x2c);
}

static void test_plain(void **state)
{
	static const u8 stamps[12] = { 1, 1, 8, 10 };
	u8 list[ROOM] = { 1, 1, 8, 10 };

	(void)state;
	assert_true(cw_option_plain(NULL, 0));
	assert_true(cw_option_plain(stamps, 12));
	for (unsigned int length = 1; length <= ROOM; length++)
		assert_int_equal(cw_option_plain(list, length), length == 12);
	for (unsigned int i = 0; i < 4; i++) {
		memcpy(list, stamps, 12);
		list[i] ^= 0x10;
		assert_false(cw_option_plain(list, 12));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "test_vectors ours.txt", test_vectors, NULL, NULL, "option/ours.txt" },
		{ "test_vectors obi.txt", test_vectors, NULL, NULL, "option/obi.txt" },
		{ "test_vectors absent.txt", test_vectors, NULL, NULL, "option/absent.txt" },
		{ "test_vectors wrong.txt", test_vectors, NULL, NULL, "option/wrong.txt" },
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_every_length_and_place),
		cmocka_unit_test(test_end_of_list_hides),
		cmocka_unit_test(test_only_exact_shape),
		cmocka_unit_test(test_exid),
		cmocka_unit_test(test_short_bits),
		cmocka_unit_test(test_long_bits),
		cmocka_unit_test(test_write_refuses),
		cmocka_unit_test(test_write_masks),
		cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
