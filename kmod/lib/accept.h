/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tells whether TCP would take a segment.  A mark is read before TCP has judged the segment that
 * carries it, and counts only if TCP will not drop the segment.  Pure: plain values in, a verdict
 * out; any context.
 */
#ifndef CW_ACCEPT_H
#define CW_ACCEPT_H

#include "port.h"

/**
 * struct cw_arrived - a segment that has come, without SYN and RST
 * @seq: of its first byte
 * @length: bytes of payload
 * @ack: what it acknowledges
 * @has_ack: @ack counts
 * @tsval: sender's timestamp (RFC 7323, 3.2)
 * @has_tsval: @tsval counts
 */
struct cw_arrived {
	u32 seq;
	u32 length;
	u32 ack;
	u32 tsval;
	bool has_ack;
	bool has_tsval;
};

/**
 * struct cw_receiver - where a connection stands
 * @wup: last acknowledgement that left (RCV.NXT as the peer knows it)
 * @end: right edge of the window that was offered, and not before RCV.NXT
 * @una: first byte that the peer has not acknowledged (SND.UNA)
 * @written: behind the last byte that it could acknowledge
 * @old: an acknowledgement may lie so many bytes before @una (RFC 5961, 5.2)
 * @paws: timestamps are compared (RFC 7323, 5)
 * @tsval: latest timestamp of the peer
 */
struct cw_receiver {
	u32 wup;
	u32 end;
	u32 una;
	u32 written;
	u32 old;
	u32 tsval;
	bool paws;
};

enum cw_acceptance {
	CW_ACCEPTED,
	CW_OUTSIDE_WINDOW,	/* RFC 9293, 3.10.7.4, first */
	CW_UNACCEPTABLE,	/* its acknowledgement or its timestamp */
};

/**
 * cw_receiver_accepts() - would TCP take this segment
 * @receiver: where the connection stands
 * @arrived: the segment
 *
 * Follows Linux's tcp_validate_incoming() and tcp_ack(), but for exceptions of these for segments
 * without payload (a duplicate acknowledgement with an old timestamp).
 *
 * Return: CW_ACCEPTED, or why not.
 * Context: any.
 */
enum cw_acceptance cw_receiver_accepts(const struct cw_receiver *receiver,
				       const struct cw_arrived *arrived);

/**
 * cw_timestamp_find() - the sender's timestamp among a segment's options
 * @options: what stands between the 20-byte header and the data
 * @length: how many bytes, 0..40
 * @tsval: result
 *
 * Return: false: there is no timestamp, or the list of options is broken before it.
 * Context: any.
 */
bool cw_timestamp_find(const u8 *options, unsigned int length, u32 *tsval);

#endif
