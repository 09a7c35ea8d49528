/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random numbers of which a seed gives the same ones everywhere (splitmix64).
 */
#ifndef CW_FUZZ_RANDOM_H
#define CW_FUZZ_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* 0 to @most - 1 */
static inline uint32_t random_below(struct random *random, uint32_t most)
{
	return (uint32_t)(random_next(random) >> 32) % most;
}

static inline int random_one_in(struct random *random, uint32_t n)
{
	return !random_below(random, n);
}

static inline void random_fill(struct random *random, uint8_t *out, size_t length)
{
	while (length--)
		*out++ = (uint8_t)random_next(random);
}

/* Values at which lengths, counts and offsets go wrong. */
static inline uint32_t random_edge(struct random *random)
{
	static const uint32_t EDGES[] = {
		0,	  1,	      2,	  3,	      4,	 5,	 7,	 8,
		15,	  16,	      19,	  20,	      27,	 28,	 29,	 39,
		40,	  41,	      60,	  64,	      127,	 128,	 253,	 255,
		256,	  1023,	      1500,	  0x7fff,     0x8000,	 0xfffe, 0xffff, 0x10000,
		1u << 20, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff
	};

	return EDGES[random_below(random, sizeof(EDGES) / sizeof(*EDGES))];
}

#endif
