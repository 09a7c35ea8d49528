/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory of correlate's tables.  Correlate allocates nothing itself: every table
 * has a fixed size and is taken once, when it is set up; the caller frees all of them
 * at the end in one go.  Pure.
 */
#ifndef CW_MEMORY_H
#define CW_MEMORY_H

#include "../../kmod/lib/port.h"

/**
 * struct cw_memory - an allocator that never frees
 * @get: zeroed memory for @count members of @size bytes, aligned for any type;
 *	returns NULL if there is none
 * @user: handed to @get
 */
struct cw_memory {
	void *(*get)(void *user, size_t count, size_t size);
	void *user;
};

static inline void *cw_memory_get(const struct cw_memory *memory, size_t count, size_t size)
{
	return memory->get(memory->user, count, size);
}

/* Spreads a key over 64 bits (the finaliser of MurmurHash3). */
static inline u64 cw_hash(u64 key)
{
	key = (key ^ key >> 33) * 0xff51afd7ed558ccdULL;
	key = (key ^ key >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return key ^ key >> 33;
}

#endif
