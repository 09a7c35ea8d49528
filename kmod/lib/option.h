/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The TCP option: bytes <-> plain values.  The layout is drawn in
 * uapi/causeway.h.  Pure: no allocation, no lock, no clock; any context.
 */
#ifndef CW_OPTION_H
#define CW_OPTION_H

#include "context.h"
#include "../../uapi/causeway.h"

enum cw_option_type {
	CW_OPTION_ABSENT,	/* the list is well-formed and has no option of ours */
	CW_OPTION_LONG,
	CW_OPTION_NONE,
	CW_OPTION_BOUNDARY,
	CW_OPTION_ACK,
	CW_OPTION_OBI,		/* OpenTelemetry eBPF instrumentation's, kind 25 */
	CW_OPTION_MALFORMED,	/* the list is broken, or ours has bits that must be zero */
	CW_OPTION_UNKNOWN_VERSION,
	CW_OPTION_DUPLICATE,	/* two options of ours, of any version: neither counts */
};

/**
 * struct cw_option - one option, decoded
 * @type: which form
 * @run: number of the run, modulo 4 (long, none, boundary; an ack is sent with 0)
 * @sampled: (long, OBI with flags; true for OBI without)
 * @class: 0..7 (long)
 * @trace_id: (long, OBI); never all zero
 * @message: message id, expanded (long); OBI: its 8-byte span id; never zero
 * @back: how many bytes before the segment the run began (long, none, boundary)
 */
struct cw_option {
	enum cw_option_type type;
	u8 run;
	u8 class;
	bool sampled;
	u8 trace_id[16];
	u64 message;
	u16 back;
};

/**
 * cw_option_find() - find and decode our option in a TCP header's option bytes
 * @options: what stands between the 20-byte header and the data
 * @length: how many bytes, 0..40
 * @obi: also look for kind 25
 * @out: result; only @type is set where nothing was found
 *
 * Walks the list as RFC 9293, 3.1 says: EOL ends it, NOP is one byte, any other option
 * has a length of at least 2 that must not run past the end.  A broken list is
 * MALFORMED only if it breaks before an option of ours (or OBI's, if asked for)
 * was seen whole.  OBI's option is ignored if there is one of ours.
 *
 * Return: out->type.
 * Context: any.
 */
enum cw_option_type cw_option_find(const u8 *options, unsigned int length, bool obi,
				   struct cw_option *out);

/**
 * cw_option_plain() - quick test: the options cannot contain ours
 * @options: option bytes of a TCP header
 * @length: how many
 *
 * Return: true for no options and for NOP NOP TIMESTAMP, which nearly every segment has (RFC 7323,
 *	appendix A).
 * Context: any.
 */
static inline bool cw_option_plain(const u8 *options, unsigned int length)
{
	return !length || (length == 12 && options[0] == 1 && options[1] == 1 &&
			   options[2] == 8 && options[3] == 10);
}

/**
 * cw_option_write() - encode
 * @option: LONG, NONE, BOUNDARY or ACK
 * @out: room for CW_OPTION_LONG_LEN bytes
 *
 * The low 40 bits of the message id are sent.  The caller sees to it that the trace id is not all
 * zero, which the receiver would take for malformed.
 *
 * Return: bytes written (a multiple of 4), 0 for a type that cannot be sent.
 * Context: any.
 */
unsigned int cw_option_write(const struct cw_option *option, u8 *out);

#endif
