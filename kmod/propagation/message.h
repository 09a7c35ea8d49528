/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that reading and writing share: they tell whether the acting thread is known, make
 * ids, and emit the events of a socket's stages.
 */
#ifndef CW_MESSAGE_H
#define CW_MESSAGE_H

#include <linux/random.h>
#include <linux/sched.h>

#include "base/counter.h"
#include "event/event.h"
#include "state/sock.h"
#include "state/task.h"

/* A kernel thread or io_uring's worker acts for another thread, which is not known. */
static inline bool cw_actor_unknown(void)
{
	return current->flags & (PF_KTHREAD | PF_IO_WORKER);
}

/* Makes a message id of 40 random bits, which go on the wire; never zero. */
static inline u64 cw_message_new(void)
{
	return cw_message_id(get_random_u64());
}

/*
 * Makes a span id, which is never zero.  Span ids do not leave the host by themselves, so they need
 * not be hard to guess, only different.  Each is a step of SplitMix64 (Steele, Lea, Flood, 2014)
 * from a random start for each CPU.  Any context.
 */
u64 cw_span_new(void);

/* Chooses where each CPU's span ids start.  Process context. */
void cw_spans_init(void);

/* Emits the event, after cw_sock_event() has found that one is wanted; its arguments. */
void cw_sock_event_emit(const struct cw_sock *s, const struct cw_context *context,
			struct cw_stage_info *info);

/**
 * cw_sock_event() - emit an event of a socket's stage
 * @s: state; its lock held
 * @context: the context of the bytes
 * @info: stage, flags, seq and length, and what else is known; the other members are filled in
 *
 * An event of bytes that an application wrote or read has the context's span.
 *
 * Context: any but hardirq.
 */
static inline void cw_sock_event(const struct cw_sock *s, const struct cw_context *context,
				 struct cw_stage_info *info)
{
	if (cw_event_wanted() && cw_context_traced(context))
		cw_sock_event_emit(s, context, info);
}

#endif
