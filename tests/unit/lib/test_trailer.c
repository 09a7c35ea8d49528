// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the overlay trailer: its bytes, that one that is damaged anywhere or stands
 * behind another packet is none, and where in a packet it may stand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "trailer.h"

#define INNER 128

static const struct cw_trailer sample = {
	.trace_id = { 0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c,
		      0x80, 0x31, 0x9c },
	.message = 0x800000a1b2c3d4e5,
	.time = 0x18a3f0c5d6e7f801,
	.class = 5,
	.sampled = true,
	.response = true,
};

/* sample behind 128 bytes, written by hand; the sum is that of RFC 1071. */
static const u8 sample_bytes[CW_TRAILER_LEN] = {
	0x43, 0x57, 0x74, 0x72, 40,   0x3a, 0xb6, 0x9c, 0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd,
	0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c, 0x80, 0x00, 0x00, 0xa1,
	0xb2, 0xc3, 0xd4, 0xe5, 0x18, 0xa3, 0xf0, 0xc5, 0xd6, 0xe7, 0xf8, 0x01,
};

/* From a heap block of just its size. */
static int read_exact(const u8 *bytes, u32 inner, struct cw_trailer *out)
{
	u8 *exact = malloc(CW_TRAILER_LEN);
	int err;

	assert_non_null(exact);
	memcpy(exact, bytes, CW_TRAILER_LEN);
	err = cw_trailer_read(exact, inner, out);
	free(exact);
	return err;
}

static void assert_same(const struct cw_trailer *a, const struct cw_trailer *b)
{
	assert_memory_equal(a->trace_id, b->trace_id, sizeof(a->trace_id));
	assert_int_equal(a->message, b->message);
	assert_int_equal(a->time, b->time);
	assert_int_equal(a->class, b->class);
	assert_int_equal(a->sampled, b->sampled);
	assert_int_equal(a->response, b->response);
}

static void test_layout(void **state)
{
	u8 out[CW_TRAILER_LEN];

	(void)state;
	cw_trailer_write(&sample, INNER, out);
	assert_memory_equal(out, sample_bytes, CW_TRAILER_LEN);
}

static void test_all_values(void **state)
{
	struct cw_trailer t = sample, got;
	u8 out[CW_TRAILER_LEN];

	(void)state;
	for (unsigned int i = 0; i < 32; i++) {
		t.class = i & 7;
		t.sampled = i & 8;
		t.response = i & 16;
		t.time = i * 0x0123456789abcdefULL;
		cw_trailer_write(&t, i * 4000, out);
		memset(&got, 0, sizeof(got));
		assert_int_equal(read_exact(out, i * 4000, &got), 0);
		assert_same(&got, &t);
	}
}

static void test_damaged(void **state)
{
	u8 out[CW_TRAILER_LEN];
	struct cw_trailer got;

	(void)state;
	for (unsigned int bit = 0; bit < CW_TRAILER_LEN * 8; bit++) {
		cw_trailer_write(&sample, INNER, out);
		out[bit / 8] ^= (u8)(1 << bit % 8);
		assert_int_equal(read_exact(out, INNER, &got), -EINVAL);
	}
}

static void test_other_packet(void **state)
{
	u8 out[CW_TRAILER_LEN];
	struct cw_trailer got;

	(void)state;
	cw_trailer_write(&sample, INNER, out);
	for (u32 inner = 0; inner < 1500; inner++)
		assert_int_equal(read_exact(out, inner, &got), inner == INNER ? 0 : -EINVAL);
}

/* With a right checksum: bits of a later version, and ids that none may have. */
static void seal(u8 *bytes)
{
	u32 sum = INNER;

	bytes[6] = 0;
	bytes[7] = 0;
	for (unsigned int i = 0; i < CW_TRAILER_LEN; i += 2)
		sum += (u32)(bytes[i] << 8 | bytes[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	bytes[6] = (u8)(~sum >> 8);
	bytes[7] = (u8)~sum;
}

static void test_sealed(void **state)
{
	static const struct {
		unsigned int at, length;
		u8 value;
		int err;
	} cases[] = {
		{ 5, 1, 0x7a, -EPROTONOSUPPORT },
		{ 5, 1, 0xba, -EPROTONOSUPPORT },
		{ 5, 1, 0x3b, -EPROTONOSUPPORT },
		{ 5, 1, 0x3a, 0 },
		{ 8, 16, 0, -EINVAL },
		{ 24, 8, 0, -EINVAL },
		{ 32, 8, 0, 0 },
		{ 4, 1, 36, -EINVAL },
		{ 0, 1, 0x44, -EINVAL },
		{ 3, 1, 0, -EINVAL },
	};
	u8 out[CW_TRAILER_LEN];
	struct cw_trailer got;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cw_trailer_write(&sample, INNER, out);
		memset(out + cases[i].at, cases[i].value, cases[i].length);
		seal(out);
		assert_int_equal(read_exact(out, INNER, &got), cases[i].err);
	}
}

static void test_place(void **state)
{
	struct cw_dissection d = {
		.count = 2,
		.layer = { { .network = 0, .end = 50 + INNER + CW_TRAILER_LEN },
			   { .network = 50, .end = 50 + INNER } },
	};
	u32 offset = 0;

	(void)state;
	assert_int_equal(cw_trailer_place(&d, &offset), INNER);
	assert_int_equal(offset, 50 + INNER);
	d.layer[0].fragment = true;
	assert_int_equal(cw_trailer_place(&d, &offset), 0);
	d.layer[0].fragment = false;
	d.layer[1].fragment = true;
	assert_int_equal(cw_trailer_place(&d, &offset), 0);
	d.layer[1].fragment = false;
	for (u32 end = 50 + INNER; end < 50 + INNER + 100; end++) {
		d.layer[0].end = end;
		assert_int_equal(cw_trailer_place(&d, &offset),
				 end == 50 + INNER + CW_TRAILER_LEN ? INNER : 0);
	}
	d.count = 1;
	d.layer[0].end = 50 + INNER + CW_TRAILER_LEN;
	assert_int_equal(cw_trailer_place(&d, &offset), 0);
	/* A tunnel in a tunnel: behind the innermost packet. */
	d.count = 3;
	d.layer[2] = (struct cw_layer){ .network = 90, .end = 10 + INNER };
	d.layer[1].end = 10 + INNER + CW_TRAILER_LEN;
	assert_int_equal(cw_trailer_place(&d, &offset), INNER - 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),	cmocka_unit_test(test_all_values),
		cmocka_unit_test(test_damaged), cmocka_unit_test(test_other_packet),
		cmocka_unit_test(test_sealed),	cmocka_unit_test(test_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
