/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The overlay trailer: decodes and encodes it, and finds its place in a packet.  The
 * layout is drawn in uapi/causeway.h.  Pure: no allocation, no lock, no clock; any context.
 */
#ifndef CW_TRAILER_H
#define CW_TRAILER_H

#include "dissect.h"

/**
 * struct cw_trailer - what a trailer says
 * @trace_id: never all zero
 * @message: message id; never zero
 * @time: when the packet left its sender's host; ns, CLOCK_REALTIME there
 * @class: 0..7
 * @sampled: the context is traced
 * @response: the datagram is the response to @message
 */
struct cw_trailer {
	u8 trace_id[16];
	u64 message;
	u64 time;
	u8 class;
	bool sampled;
	bool response;
};

/**
 * cw_trailer_write() - encode
 * @trailer: what the trailer shall say
 * @inner: length of the inner IP packet that it is put behind
 * @out: room for CW_TRAILER_LEN bytes
 *
 * Context: any.
 */
void cw_trailer_write(const struct cw_trailer *trailer, u32 inner, u8 *out);

/**
 * cw_trailer_read() - decode
 * @bytes: CW_TRAILER_LEN bytes
 * @inner: length of the inner IP packet that they stand behind
 * @out: result
 *
 * The checksum covers @inner, so that a trailer counts only behind its own packet.
 *
 * Return: 0; -EINVAL: the bytes are no trailer of ours; -EPROTONOSUPPORT: they are one of an
 *	unknown version.
 * Context: any.
 */
int cw_trailer_read(const u8 *bytes, u32 inner, struct cw_trailer *out);

/**
 * cw_trailer_place() - where a trailer stands in an encapsulated packet, if it has one
 * @found: what cw_dissect() made of it
 * @offset: result, from the same origin as its offsets
 *
 * A trailer fills the place between the end of the innermost IP packet and the end of the one
 * around it, and neither of these is a fragment.
 *
 * Return: length of the inner IP packet; 0: there is no place for a trailer.
 * Context: any.
 */
u32 cw_trailer_place(const struct cw_dissection *found, u32 *offset);

#endif
