/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The gates of the taps: static branches that let a tap return at once while no session, histogram
 * or TRACE_EVENT wants events.
 */
#ifndef CW_EVENT_KEY_H
#define CW_EVENT_KEY_H

#include <linux/jump_label_ratelimit.h>
#include <linux/types.h>

/*
 * On while there are histograms, while a session is open and for 5 seconds after, and while a
 * TRACE_EVENT of ours may be on.  To switch it patches code on all CPUs; the delay keeps sessions
 * that open and close in a loop from doing so each time.
 */
extern struct static_key_false_deferred cw_event_key;

/* On while one of the TRACE_EVENTs may be on. */
DECLARE_STATIC_KEY_FALSE(cw_trace_key);

/* Cheap test for callers: are events wanted at all? */
static inline bool cw_event_wanted(void)
{
	return static_branch_unlikely(&cw_event_key.key);
}

/* A TRACE_EVENT of ours gets its first probe, or loses its last one; tracepoints' mutex held. */
int cw_trace_begin(void);
void cw_trace_end(void);

#endif
