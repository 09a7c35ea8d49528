/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A frame under construction: bytes, and where its headers are, so that lengths and
 * checksums can be set when all of it is there, and again after it was damaged.
 */
#ifndef CW_FUZZ_FRAME_H
#define CW_FUZZ_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "random.h"

#define FRAME_MAX 2048
#define FRAME_HEADERS 24

enum header_kind {
	HEADER_ETHERNET,
	HEADER_IP4,
	HEADER_IP6,
	HEADER_EXTENSION, /* of IPv6; a fragment's, too */
	HEADER_TCP,
	HEADER_UDP,
	HEADER_ICMP,
	HEADER_ICMP6,
	HEADER_TUNNEL, /* VXLAN, Geneve, GRE: nothing to be set */
};

/* One header; @end: of what it speaks for, which a trailer behind may outlast. */
struct header {
	enum header_kind kind;
	uint16_t at;
	uint16_t end;
};

struct frame {
	uint16_t length;
	uint8_t headers;
	struct header header[FRAME_HEADERS];
	uint8_t bytes[FRAME_MAX];
};

/* Room for @length bytes more, zeroed; NULL: there is none. */
uint8_t *frame_put(struct frame *frame, size_t length);
/* The same with a note of what it is. */
uint8_t *frame_header(struct frame *frame, enum header_kind kind, size_t length);
/* All headers end here, from the @first one on: what is put behind is not theirs. */
void frame_end(struct frame *frame, unsigned int first);
/* Lengths as headers' ends say. */
void frame_lengths(struct frame *frame);
/* Checksums over what length fields say, as far as there is a frame; from the inside out. */
void frame_checksums(struct frame *frame);
/* One damage, of a kind by chance. */
void frame_damage(struct frame *frame, struct random *random);

#endif
