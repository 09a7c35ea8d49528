/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A histogram of latencies.  Each power of two is cut into 16 equal parts, so that
 * a quantile is off by at most 1/32.  Pure; the caller serialises.
 */
#ifndef CW_HISTOGRAM_H
#define CW_HISTOGRAM_H

#include "../../kmod/lib/bucket.h"

#define CW_HISTOGRAM_OCTAVES 41 /* up to 2^44 ns, nearly five hours; longer ones count there */
#define CW_HISTOGRAM_BUCKETS (CW_HISTOGRAM_OCTAVES * CW_BUCKET_PARTS)

/**
 * struct cw_histogram - all zero is the empty one
 * @count: number of values
 * @sum: of all values
 * @min: least value
 * @max: greatest value
 * @bucket: values per interval
 */
struct cw_histogram {
	u64 count;
	u64 sum;
	u64 min;
	u64 max;
	u64 bucket[CW_HISTOGRAM_BUCKETS];
};

/**
 * cw_histogram_add - count a value
 * @histogram: counts it
 * @value: any
 *
 * Context: any; the caller serialises.
 */
void cw_histogram_add(struct cw_histogram *histogram, u64 value);

/**
 * cw_histogram_quantile - the value that a share of all values does not exceed
 * @histogram: holds the values
 * @per_mille: the share, 0 to 1000
 *
 * Return: middle of the interval that holds it, within min and max; 0 if empty.
 * Context: any.
 */
u64 cw_histogram_quantile(const struct cw_histogram *histogram, unsigned int per_mille);

/**
 * cw_histogram_bucket - the interval of a value
 * @value: any
 *
 * Return: its index.
 * Context: any.
 */
unsigned int cw_histogram_bucket(u64 value);

/**
 * cw_histogram_floor - where an interval begins
 * @bucket: its index; CW_HISTOGRAM_BUCKETS gives the end of the last one
 *
 * Return: the least value in it.
 * Context: any.
 */
u64 cw_histogram_floor(unsigned int bucket);

#endif
