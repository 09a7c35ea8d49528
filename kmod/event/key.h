/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The gates of the taps: nothing is built while nobody listens.
 */
#ifndef CW_EVENT_KEY_H
#define CW_EVENT_KEY_H

#include <linux/jump_label_ratelimit.h>
#include <linux/types.h>

/*
 * On while there are histograms, a session is open or was a moment ago, or a TRACE_EVENT of ours
 * may be.  To switch it patches code on all CPUs: sessions that open and close in a loop do not.
 */
extern struct static_key_false_deferred cw_event_key;

/* On while one of the TRACE_EVENTs may be. */
DECLARE_STATIC_KEY_FALSE(cw_trace_key);

/* Cheap gate for callers: is anyone interested? */
static inline bool cw_event_wanted(void)
{
	return static_branch_unlikely(&cw_event_key.key);
}

/* A TRACE_EVENT of ours gets its first probe, or loses its last.  The tracepoints' mutex is held. */
int cw_trace_begin(void);
void cw_trace_end(void);

#endif
