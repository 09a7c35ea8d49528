/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What reading and writing share: who acts, new ids, events of a socket's stages.
 */
#ifndef CW_MESSAGE_H
#define CW_MESSAGE_H

#include <linux/random.h>
#include <linux/sched.h>

#include "base/counter.h"
#include "event/event.h"
#include "state/sock.h"
#include "state/task.h"

/* A kernel thread or io_uring's worker acts for somebody whom we cannot name. */
static inline bool cw_actor_unknown(void)
{
	return current->flags & (PF_KTHREAD | PF_IO_WORKER);
}

/* As 40 random bits go on the wire; never zero. */
static inline u64 cw_message_new(void)
{
	return cw_message_id(get_random_u64());
}

/*
 * Span ids are never zero, and never leave the host by themselves: they need not be hard to guess,
 * only each another one.  A step of SplitMix64 (Steele, Lea, Flood, 2014), from a random start for
 * each CPU.  Any context.
 */
u64 cw_span_new(void);

/* Process context. */
void cw_spans_init(void);

/* As cw_sock_event(), somebody is listening. */
void cw_sock_event_emit(const struct cw_sock *s, const struct cw_context *context,
			struct cw_stage_info *info);

/**
 * cw_sock_event() - emit an event of a socket's stage
 * @s: state; its lock held
 * @context: whose bytes
 * @info: stage, flags, seq and length, and what else is known; the rest is filled in
 *
 * The span of what an application wrote or read is the context's.
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
