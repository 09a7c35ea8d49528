// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes what is inline in kmod/lib, and the histogram made of it: buckets, message ids,
 * byte order, sequence numbers.  The input is a list of 64-bit values.
 */
#include "fuzz.h"

#include <string.h>

#include "bucket.h"
#include "context.h"
#include "histogram.h"

/* A value lies in its bucket, and buckets follow each other without a hole. */
static void check_bucket(uint64_t value)
{
	uint32_t index = cw_bucket_index(value);
	uint64_t floor = cw_bucket_floor(index);

	FUZZ_MUST(index < 64 * CW_BUCKET_PARTS);
	FUZZ_MUST(floor <= value && cw_bucket_index(floor) == index);
	FUZZ_MUST(!floor || cw_bucket_index(floor - 1) == index - 1);
	FUZZ_MUST(value - floor <= floor / CW_BUCKET_PARTS);
}

static void check_words(uint64_t a, uint64_t b)
{
	uint8_t bytes[2];
	uint64_t message = cw_message_id(a);
	uint32_t from = (uint32_t)a, to = (uint32_t)b;

	FUZZ_MUST(message >> 63 && !((message ^ a) & 0xffffffffffULL));
	FUZZ_MUST(cw_message_id(message) == message);
	cw_put_be16((uint16_t)a, bytes);
	FUZZ_MUST(cw_get_be16(bytes) == (uint16_t)a && bytes[1] == (uint8_t)a);
	FUZZ_MUST(cw_before(from, to) == cw_after(to, from));
	FUZZ_MUST(from == to || to - from == 1u << 31 ||
		  cw_before(from, to) != cw_before(to, from));
}

/* No quantile lies outside of what was added, none below a lower one. */
static void check_histogram(const uint64_t *value, size_t count)
{
	static struct cw_histogram histogram;
	uint64_t last = 0, sum = 0;

	memset(&histogram, 0, sizeof(histogram));
	for (size_t i = 0; i < count; i++) {
		cw_histogram_add(&histogram, value[i]);
		sum += value[i];
	}
	for (unsigned int i = 0; i < CW_HISTOGRAM_BUCKETS; i++)
		last += histogram.bucket[i];
	FUZZ_MUST(histogram.count == count && last == count && histogram.sum == sum);
	last = histogram.min;
	for (unsigned int per_mille = 0; per_mille <= 1000; per_mille += 50) {
		uint64_t now = cw_histogram_quantile(&histogram, per_mille);

		FUZZ_MUST(now >= last && now <= histogram.max);
		last = now;
	}
	FUZZ_MUST(last == histogram.max);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t value[64];
	size_t count = size / sizeof(*value);

	if (count < 2 || count > sizeof(value) / sizeof(*value))
		return 0;
	memcpy(value, data, count * sizeof(*value));
	for (size_t i = 0; i < count; i++)
		check_bucket(value[i]);
	check_words(value[0], value[1]);
	check_histogram(value, count);
	return 0;
}
