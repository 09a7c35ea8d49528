/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stream_* programs share this format: a byte stream made of messages, each of which belongs to
 * one context, and whose bytes say which.  Plain values, no state.
 *
 *   message = cell, cell, ..., cell (the last one cut off)
 *   cell, 16 bytes: u32 number of the message | u32 length of it << 8 | context
 *                   u64 offset of the cell in the stream
 *
 * Contexts are small numbers, 0 is none.  Their trace ids say which run they belong
 * to, which is the port that the reader listens on.
 */
#ifndef STREAM_H
#define STREAM_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define STREAM_NAME "stream"
#define STREAM_CONTEXTS 16
#define STREAM_LENGTH_MAX (1u << 20)

struct stream_cell {
	uint32_t message;
	uint32_t about;
	uint64_t offset;
};

/* A message as the reader found it; the reader's file has one after another. */
struct stream_truth {
	uint64_t offset;
	uint32_t length;
	uint32_t context;
};

/* A TCP segment with payload as stream_wire saw it on a device. */
struct stream_segment {
	uint32_t seq;
	uint32_t length;
	uint16_t source_port;
	uint16_t destination_port;
	uint16_t headers;  /* IP and TCP, with options */
	uint16_t gso_size; /* 0: this is how it goes over the wire */
	uint8_t outgoing;
	uint8_t option; /* length of our option, 0: none */
	uint8_t pad[6];
};

static inline struct stream_cell stream_cell_make(uint32_t message, uint32_t length,
						  uint32_t context, uint64_t offset)
{
	struct stream_cell cell = {
		.message = message,
		.about = length << 8 | context,
		.offset = offset,
	};

	return cell;
}

static inline uint32_t stream_cell_length(const struct stream_cell *cell)
{
	return cell->about >> 8;
}

static inline uint32_t stream_cell_context(const struct stream_cell *cell)
{
	return cell->about & 0xff;
}

/* Lengths vary, so that messages begin at any alignment. */
static inline uint32_t stream_length(uint32_t size, uint32_t message)
{
	return size + message % 29;
}

/* Fills in @length bytes that belong to a message which begins at @offset. */
static inline void stream_fill(uint8_t *out, uint32_t message, uint32_t length, uint32_t context,
			       uint64_t offset)
{
	uint32_t i, n;

	for (i = 0; i < length; i += n) {
		struct stream_cell cell = stream_cell_make(message, length, context, offset + i);

		n = length - i < sizeof(cell) ? length - i : sizeof(cell);
		memcpy(out + i, &cell, n);
	}
}

struct stream_id {
	char name[8];
	uint32_t run;
	uint32_t context;
};

static inline void stream_trace_id(uint32_t run, uint32_t context, uint8_t out[16])
{
	struct stream_id id = {
		.name = STREAM_NAME,
		.run = htobe32(run),
		.context = htobe32(context),
	};

	memcpy(out, &id, sizeof(id));
}

/* The context that a trace id names, 0 for one that is not of this run. */
static inline uint32_t stream_trace_context(const uint8_t trace_id[16], uint32_t run)
{
	struct stream_id id;

	memcpy(&id, trace_id, sizeof(id));
	if (memcmp(id.name, STREAM_NAME, sizeof(STREAM_NAME)) || be32toh(id.run) != run)
		return 0;
	return be32toh(id.context);
}

#endif
