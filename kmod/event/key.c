// SPDX-License-Identifier: GPL-2.0
/*
 * The gates of the taps.  The static keys' own locks, CPU hotplug and jump label, nest inside the
 * tracepoints' mutex already: tracepoints are switched by static keys under it.
 */
#include "event/key.h"

DEFINE_STATIC_KEY_DEFERRED_FALSE(cw_event_key, 5 * HZ);
DEFINE_STATIC_KEY_FALSE(cw_trace_key);

int cw_trace_begin(void)
{
	static_branch_inc(&cw_trace_key);
	static_branch_inc(&cw_event_key.key);
	return 0;
}

void cw_trace_end(void)
{
	static_branch_dec(&cw_event_key.key);
	static_branch_dec(&cw_trace_key);
}
