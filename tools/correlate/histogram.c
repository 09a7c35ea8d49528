// SPDX-License-Identifier: GPL-2.0
/*
 * Log-linear histograms, with the buckets of those in the kernel.  Pure.
 */
#include "histogram.h"

unsigned int cw_histogram_bucket(u64 value)
{
	u32 bucket = cw_bucket_index(value);

	return bucket < CW_HISTOGRAM_BUCKETS ? bucket : CW_HISTOGRAM_BUCKETS - 1;
}

u64 cw_histogram_floor(unsigned int bucket)
{
	return cw_bucket_floor(bucket);
}

void cw_histogram_add(struct cw_histogram *histogram, u64 value)
{
	if (!histogram->count || value < histogram->min)
		histogram->min = value;
	if (value > histogram->max)
		histogram->max = value;
	histogram->count++;
	histogram->sum += value;
	histogram->bucket[cw_histogram_bucket(value)]++;
}

static u64 bucket_middle(const struct cw_histogram *histogram, unsigned int bucket)
{
	u64 from = cw_histogram_floor(bucket), to = cw_histogram_floor(bucket + 1);
	u64 value = from + (to - from) / 2;

	if (value < histogram->min)
		return histogram->min;
	return value > histogram->max ? histogram->max : value;
}

u64 cw_histogram_quantile(const struct cw_histogram *histogram, unsigned int per_mille)
{
	u64 rank = histogram->count / 1000 * per_mille, seen = 0;
	unsigned int bucket;

	rank += (histogram->count % 1000 * per_mille + 999) / 1000;
	if (!histogram->count)
		return 0;
	if (rank >= histogram->count)
		return histogram->max;
	for (bucket = 0; bucket < CW_HISTOGRAM_BUCKETS - 1; bucket++) {
		seen += histogram->bucket[bucket];
		if (seen && seen >= rank)
			break;
	}
	return bucket_middle(histogram, bucket);
}
