/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Buckets of histograms: powers of two, each cut into 16 equal parts, so that a value
 * is known to 1/16; values below 16 have buckets of their own.  Pure.
 */
#ifndef CW_BUCKET_H
#define CW_BUCKET_H

#include "port.h"

#define CW_BUCKET_PARTS 16

/**
 * cw_bucket_index() - the bucket of a value
 * @value: any
 *
 * Return: the bucket's index, see struct cw_bucket in uapi/causeway.h.
 * Context: any.
 */
static inline u32 cw_bucket_index(u64 value)
{
	unsigned int octave;

	if (value < CW_BUCKET_PARTS)
		return (u32)value;
	octave = 63 - (unsigned int)__builtin_clzll(value);
	return (octave - 4) * CW_BUCKET_PARTS + (u32)(value >> (octave - 4));
}

/**
 * cw_bucket_floor() - where a bucket begins
 * @index: of the bucket
 *
 * Return: the least value in it.
 * Context: any.
 */
static inline u64 cw_bucket_floor(u32 index)
{
	u32 octave = index / CW_BUCKET_PARTS;

	if (octave < 2)
		return index;
	return (u64)(CW_BUCKET_PARTS + index % CW_BUCKET_PARTS) << (octave - 1);
}

#endif
