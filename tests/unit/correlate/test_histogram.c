// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of histogram.c: intervals without holes, and quantiles near those of a
 * sorted list.  One thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "histogram.h"

static void test_intervals_touch(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < CW_HISTOGRAM_BUCKETS; i++) {
		assert_true(cw_histogram_floor(i) < cw_histogram_floor(i + 1));
		assert_int_equal(cw_histogram_bucket(cw_histogram_floor(i)), i);
		if (i + 1 < CW_HISTOGRAM_BUCKETS)
			assert_int_equal(cw_histogram_bucket(cw_histogram_floor(i + 1) - 1), i);
	}
	assert_true(cw_histogram_floor(CW_HISTOGRAM_BUCKETS) == 1ULL << 44);
	assert_int_equal(cw_histogram_bucket(~0ULL), CW_HISTOGRAM_BUCKETS - 1);
}

static void test_empty(void **state)
{
	struct cw_histogram histogram = { 0 };

	(void)state;
	assert_int_equal(cw_histogram_quantile(&histogram, 500), 0);
}

static void test_one_value(void **state)
{
	struct cw_histogram histogram = { 0 };
	unsigned int q;

	(void)state;
	cw_histogram_add(&histogram, 123457);
	for (q = 0; q <= 1000; q += 10)
		assert_int_equal(cw_histogram_quantile(&histogram, q), 123457);
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static void test_against_sorted_list(void **state)
{
	static const unsigned int QUANTILES[] = { 1, 10, 250, 500, 900, 990, 999, 1000 };
	struct cw_histogram histogram = { 0 };
	u64 value[5003], seed = 88172645463325252ULL, sum = 0;
	size_t i, count = sizeof(value) / sizeof(*value);

	(void)state;
	for (i = 0; i < count; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		value[i] = seed >> (24 + seed % 38);
		sum += value[i];
		cw_histogram_add(&histogram, value[i]);
	}
	qsort(value, count, sizeof(*value), compare);
	for (i = 0; i < sizeof(QUANTILES) / sizeof(*QUANTILES); i++) {
		size_t rank = (count * QUANTILES[i] + 999) / 1000;
		u64 exact = value[rank - 1],
		    found = cw_histogram_quantile(&histogram, QUANTILES[i]);
		u64 off = exact > found ? exact - found : found - exact;

		assert_true(off <= exact / 32 + 1);
	}
	assert_int_equal(histogram.count, count);
	assert_int_equal(histogram.min, value[0]);
	assert_int_equal(histogram.max, value[count - 1]);
	assert_int_equal(cw_histogram_quantile(&histogram, 1000), value[count - 1]);
	assert_true(histogram.sum == sum);
}

/* Nothing above the greatest interval is lost or beyond the maximum. */
static void test_huge_values(void **state)
{
	struct cw_histogram histogram = { 0 };

	(void)state;
	cw_histogram_add(&histogram, ~0ULL);
	cw_histogram_add(&histogram, 1);
	assert_int_equal(cw_histogram_quantile(&histogram, 500), 1);
	assert_true(cw_histogram_quantile(&histogram, 1000) == ~0ULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_intervals_touch), cmocka_unit_test(test_empty),
		cmocka_unit_test(test_one_value),	cmocka_unit_test(test_against_sorted_list),
		cmocka_unit_test(test_huge_values),
	};

	return cmocka_run_group_tests_name("correlate: histogram", tests, NULL, NULL);
}
