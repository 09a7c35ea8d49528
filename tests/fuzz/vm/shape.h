/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Well-formed packets: TCP with options, ours among them, datagrams, tunnels around
 * them, trailers.  Some are known to end in a certain counter.
 */
#ifndef CW_FUZZ_SHAPE_H
#define CW_FUZZ_SHAPE_H

#include "frame.h"

/* The outcome that a packet must have if it arrives as it was made. */
enum outcome {
	OUTCOME_ANY,
	OUTCOME_MALFORMED,
	OUTCOME_VERSION,
	OUTCOME_DUPLICATE,
	OUTCOME_CHECKSUM,
	OUTCOME_TRAILER,
	OUTCOME_TRAILER_MALFORMED,
	OUTCOMES,
};

/* Both ends; [0]: IPv4, in the first 4 bytes; [1]: IPv6 */
struct shape_ends {
	uint8_t mac[2][6];	 /* ours, theirs */
	uint8_t outer[2][2][16]; /* family, ours and theirs */
	uint8_t inner[2][2][16]; /* in tunnels */
};

/* The place of a segment in a TCP stream; in host byte order. */
struct shape_stream {
	bool six;
	uint16_t source;
	uint16_t destination;
	uint32_t seq;
	uint32_t ack;
	uint8_t flags;
	uint16_t payload;
};

#define SHAPE_UDP_PORT 7002 /* of a socket that reads datagrams */

/* Makes a segment without options, for handshakes. */
void shape_plain(struct frame *frame, const struct shape_ends *ends,
		 const struct shape_stream *stream);
/* Makes any packet; segments outside of tunnels are of @stream. */
enum outcome shape_make(struct frame *frame, struct random *random, const struct shape_ends *ends,
			const struct shape_stream *stream);

#endif
