// SPDX-License-Identifier: GPL-2.0
/*
 * XXH64, seed 0, after its published specification.  A file of ten million
 * events is 640 MB: its checksum must not take most of the time of reading it, as a
 * CRC without tables or special instructions would.  Pure: no state, no lock.
 */
#include "checksum.h"

#define PRIME_1 0x9e3779b185ebca87ULL
#define PRIME_2 0xc2b2ae3d27d4eb4fULL
#define PRIME_3 0x165667b19e3779f9ULL
#define PRIME_4 0x85ebca77c2b2ae63ULL
#define PRIME_5 0x27d4eb2f165667c5ULL

#define STRIPE 32

static u64 rotate_left(u64 v, unsigned int bits)
{
	return v << bits | v >> (64 - bits);
}

static u32 get_le32(const u8 *p)
{
	return (u32)p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

static u64 get_le64(const u8 *p)
{
	return (u64)get_le32(p) | (u64)get_le32(p + 4) << 32;
}

static u64 mix_lane(u64 lane, u64 input)
{
	return rotate_left(lane + input * PRIME_2, 31) * PRIME_1;
}

static u64 merge_lane(u64 hash, u64 lane)
{
	return (hash ^ mix_lane(0, lane)) * PRIME_1 + PRIME_4;
}

static u64 hash_stripes(const u8 *p, const u8 *end)
{
	u64 a = PRIME_1 + PRIME_2, b = PRIME_2, c = 0, d = 0 - PRIME_1, hash;

	for (; end - p >= STRIPE; p += STRIPE) {
		a = mix_lane(a, get_le64(p));
		b = mix_lane(b, get_le64(p + 8));
		c = mix_lane(c, get_le64(p + 16));
		d = mix_lane(d, get_le64(p + 24));
	}
	hash = rotate_left(a, 1) + rotate_left(b, 7) + rotate_left(c, 12) + rotate_left(d, 18);
	hash = merge_lane(merge_lane(hash, a), b);
	return merge_lane(merge_lane(hash, c), d);
}

static u64 hash_tail(u64 hash, const u8 *p, const u8 *end)
{
	for (; end - p >= 8; p += 8)
		hash = rotate_left(hash ^ mix_lane(0, get_le64(p)), 27) * PRIME_1 + PRIME_4;
	for (; end - p >= 4; p += 4)
		hash = rotate_left(hash ^ get_le32(p) * PRIME_1, 23) * PRIME_2 + PRIME_3;
	for (; p < end; p++)
		hash = rotate_left(hash ^ *p * PRIME_5, 11) * PRIME_1;
	return hash;
}

u64 cw_checksum(const void *data, size_t length)
{
	const u8 *p = data, *end = p + length;
	u64 hash = length >= STRIPE ? hash_stripes(p, end) : PRIME_5;

	hash = hash_tail(hash + length, p + length / STRIPE * STRIPE, end);
	hash = (hash ^ hash >> 33) * PRIME_2;
	hash = (hash ^ hash >> 29) * PRIME_3;
	return hash ^ hash >> 32;
}
