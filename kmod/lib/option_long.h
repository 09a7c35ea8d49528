/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The layout of the long form of the TCP option: for option.c, and for the fast path, which has
 * found an option with the right kind, length and ExID.  Pure; any context.
 */
#ifndef CW_OPTION_LONG_H
#define CW_OPTION_LONG_H

#include "context.h"

/* Offsets from the option's kind; the bits stand at the same place in the short form */
#define CW_OPTION_AT_BITS	4
#define CW_LONG_AT_TRACE_ID	5
#define CW_LONG_AT_TAIL		20	/* 8 bytes: the trace id's last one, message id, back */
#define CW_LONG_AT_MESSAGE	21
#define CW_LONG_AT_BACK		26

#define CW_LONG_MESSAGE_SHIFT	16

/* The bits of byte 4; the version's are those of the short form, too */
#define CW_OPTION_VERSION_SHIFT	6
#define CW_OPTION_VERSION_MASK	(3 << CW_OPTION_VERSION_SHIFT)
#define CW_LONG_SAMPLED		0x20
#define CW_LONG_CLASS_SHIFT	2
#define CW_LONG_CLASS_MASK	7

static __always_inline bool cw_option_is_zero_id(const u8 *p)
{
	return !(cw_get_be64(p) | cw_get_be64(p + 8));
}

/* Is a long form, whose kind, length and ExID are right, well-formed and sampled? */
static __always_inline bool cw_option_is_traced(const u8 *p)
{
	return (p[CW_OPTION_AT_BITS] & (CW_OPTION_VERSION_MASK | CW_LONG_SAMPLED)) ==
		       CW_LONG_SAMPLED &&
	       !cw_option_is_zero_id(p + CW_LONG_AT_TRACE_ID);
}

/* The message id, expanded: member message of struct cw_option. */
static __always_inline u64 cw_option_message(const u8 *p)
{
	return cw_message_id(cw_get_be64(p + CW_LONG_AT_TAIL) >> CW_LONG_MESSAGE_SHIFT);
}

static __always_inline u16 cw_option_back(const u8 *p)
{
	return cw_get_be16(p + CW_LONG_AT_BACK);
}

/**
 * cw_option_context() - the context of a long form that is traced
 * @p: its CW_OPTION_LONG_LEN bytes; cw_option_is_traced()
 * @context: result: trace id, message and class; no span
 *
 * Context: any.
 */
static inline void cw_option_context(const u8 *p, struct cw_context *context)
{
	*context = (struct cw_context){ .flags = CW_CTX_VALID | CW_CTX_SAMPLED };
	memcpy(context->trace_id, p + CW_LONG_AT_TRACE_ID, sizeof(context->trace_id));
	context->message = cw_option_message(p);
	context->class = p[CW_OPTION_AT_BITS] >> CW_LONG_CLASS_SHIFT & CW_LONG_CLASS_MASK;
}

#endif
