// SPDX-License-Identifier: GPL-2.0
/*
 * Counts how often modules with tapped functions came and went.  Their taps are registered and
 * unregistered a moment later.
 */
#include <linux/atomic.h>
#include <linux/compiler.h>

#include "tap/module.h"

/* How often such modules came or went, and for how many of these moves the taps have followed. */
static atomic_t moves;
static int followed;

void cw_tap_module_moved(void)
{
	atomic_inc(&moves);
}

int cw_tap_module_moves(void)
{
	return atomic_read(&moves);
}

void cw_tap_module_followed(int seen)
{
	WRITE_ONCE(followed, seen);
}

bool cw_tap_module_pending(void)
{
	return atomic_read(&moves) != READ_ONCE(followed);
}
