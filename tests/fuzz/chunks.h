/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory for tools/correlate, a bounded number of chunks, all of which go back behind each
 * input.  One thread.
 */
#ifndef CW_FUZZ_CHUNKS_H
#define CW_FUZZ_CHUNKS_H

#include "fuzz.h"
#include "memory.h"

#define CHUNKS 8192

static void *chunk[CHUNKS];
static size_t chunks;

static void *chunk_take(void *user, size_t count, size_t size)
{
	void *memory = calloc(count, size);

	(void)user;
	FUZZ_MUST(memory && chunks < CHUNKS);
	chunk[chunks++] = memory;
	return memory;
}

static void chunks_free(void)
{
	while (chunks)
		free(chunk[--chunks]);
}

static const struct cw_memory CHUNK_MEMORY = { chunk_take, NULL };

#endif
