// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what context.h and port.h promise: the message id's fixed rule, the
 * flags, byte order and sequence comparison.  One thread, no state.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "context.h"

static void test_message_id(void **state)
{
	(void)state;
	assert_int_equal(cw_message_id(0), 0x8000000000000000ULL);
	assert_int_equal(cw_message_id(1), 0x8000000000000001ULL);
	assert_int_equal(cw_message_id(~0ULL), 0x800000ffffffffffULL);
	assert_int_equal(cw_message_id(1ULL << 40), 0x8000000000000000ULL);
	assert_int_equal(cw_message_id(cw_message_id(77)), cw_message_id(77));
}

static void test_context_flags(void **state)
{
	(void)state;
	for (unsigned int f = 0; f < 256; f++) {
		struct cw_context c = { .flags = (u8)f };

		assert_int_equal(cw_context_valid(&c), f & 1);
		assert_int_equal(cw_context_traced(&c), (f & 3) == 3);
	}
	assert_int_equal(sizeof(struct cw_context), 40);
}

static void test_sequence_wraps(void **state)
{
	static const struct {
		u32 a, b;
		bool before;
	} t[] = {
		{ 0, 0, false },
		{ 0, 1, true },
		{ 1, 0, false },
		{ 0xffffffff, 0, true },
		{ 0, 0xffffffff, false },
		{ 0x7fffffff, 0x80000000, true },
		{ 0xfffffff0, 0x10, true },
		{ 0x10, 0xfffffff0, false },
		{ 0, 0x7fffffff, true },
		{ 0x7fffffff, 0, false },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(cw_before(t[i].a, t[i].b), t[i].before);
		assert_int_equal(cw_after(t[i].b, t[i].a), t[i].before);
	}
}

static void test_byte_order(void **state)
{
	u8 b[3] = { 0xee, 0xee, 0xee };

	(void)state;
	cw_put_be16(0x1234, b + 1);
	assert_int_equal(b[0], 0xee);
	assert_int_equal(b[1], 0x12);
	assert_int_equal(b[2], 0x34);
	assert_int_equal(cw_get_be16(b + 1), 0x1234);
	assert_int_equal(cw_get_be16(b), 0xee12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message_id),
		cmocka_unit_test(test_context_flags),
		cmocka_unit_test(test_sequence_wraps),
		cmocka_unit_test(test_byte_order),
	};

	return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
