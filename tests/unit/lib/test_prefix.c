// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of address prefixes, against a comparison bit by bit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "prefix.h"

static const u8 ADDRESS[16] = { 0x20, 0x01, 0x0d, 0xb8, 0xa5, 0x5a, 0xff, 0x00,
				0x01, 0x80, 0x7f, 0xfe, 0x10, 0x08, 0xc3, 0x3c };

static bool covers(const u8 *bytes, unsigned int bits, const u8 *address, unsigned int length)
{
	struct cw_address a;
	struct cw_prefix p;

	cw_prefix_make(&p, bytes, bits);
	cw_address_make(&a, address, length);
	return cw_prefix_covers(&p, &a);
}

/*
 * For each length of prefix one bit is changed: the address is covered while the bit is behind the
 * prefix.
 */
static void test_each_bit(void **state)
{
	(void)state;
	for (unsigned int bits = 0; bits <= 128; bits++) {
		assert_true(covers(ADDRESS, bits, ADDRESS, 16));
		for (unsigned int bit = 0; bit < 128; bit++) {
			u8 other[16];

			memcpy(other, ADDRESS, sizeof(other));
			other[bit / 8] ^= (u8)(0x80 >> bit % 8);
			assert_int_equal(covers(ADDRESS, bits, other, 16), bit >= bits);
			assert_int_equal(covers(other, bits, ADDRESS, 16), bit >= bits);
		}
	}
}

/* The bytes behind an IPv4 address are not looked at. */
static void test_ipv4(void **state)
{
	static const struct {
		u8 prefix[16], address[4];
		unsigned int bits;
		bool covered;
	} t[] = {
		{ { 10, 244, 0, 0 }, { 10, 244, 3, 10 }, 16, true },
		{ { 10, 244, 0, 0 }, { 10, 245, 3, 10 }, 16, false },
		{ { 10, 244, 1, 10 }, { 10, 244, 1, 10 }, 32, true },
		{ { 10, 244, 1, 10 }, { 10, 244, 1, 11 }, 32, false },
		{ { 10, 244, 1, 10, 7, 7 }, { 10, 244, 1, 10 }, 32, true },
		{ { 10, 244, 1, 128 }, { 10, 244, 1, 255 }, 25, true },
		{ { 10, 244, 1, 128 }, { 10, 244, 1, 127 }, 25, false },
		{ { 0 }, { 192, 0, 2, 1 }, 0, true },
		{ { 128 }, { 192, 0, 2, 1 }, 1, true },
		{ { 0 }, { 192, 0, 2, 1 }, 1, false },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_int_equal(covers(t[i].prefix, t[i].bits, t[i].address, 4), t[i].covered);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_bit),
		cmocka_unit_test(test_ipv4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
