/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The context that messages carry: a plain value of 40 bytes.  It is copied and never shared, so
 * it needs no count of references.
 */
#ifndef CW_CONTEXT_H
#define CW_CONTEXT_H

#include "port.h"

/* struct cw_context.flags */
#define CW_CTX_VALID	0x01	/* there is a context; without this bit all members are 0 */
#define CW_CTX_SAMPLED	0x02	/* it is traced: events are made of it */
#define CW_CTX_ROOT	0x04	/* this message is the first of its trace */
#define CW_CTX_UNKNOWN	0x08	/* bytes of which nothing is known, not even "none" */

/**
 * struct cw_context - trace metadata
 * @trace_id: W3C trace id, network order
 * @message: message id; for a task: of the message that it read, 0: none
 * @span: the local span.  In a task's context, the span that the task works in; in a run's, the
 *	span that wrote the bytes (tx) or that begins with them (rx)
 * @flags: CW_CTX_*
 * @class: 0..7
 */
struct cw_context {
	u8 trace_id[16];
	u64 message;
	u64 span;
	u8 flags;
	u8 class;
	u8 pad[6];
};

static inline bool cw_context_valid(const struct cw_context *c)
{
	return c->flags & CW_CTX_VALID;
}

static inline bool cw_context_traced(const struct cw_context *c)
{
	return (c->flags & (CW_CTX_VALID | CW_CTX_SAMPLED)) == (CW_CTX_VALID | CW_CTX_SAMPLED);
}

/**
 * cw_message_id() - expand the 40 bits on the wire to a message id
 * @wire: low 40 bits count
 *
 * The id is the wire's bits with bit 63 set, so that it is never zero and cannot be mistaken for a
 * span id that an application made.
 *
 * Return: the 64-bit message id.
 * Context: any.
 */
static inline u64 cw_message_id(u64 wire)
{
	return (wire & 0xffffffffffULL) | 1ULL << 63;
}

#endif
