// SPDX-License-Identifier: GPL-2.0
/*
 * Modules whose functions are tapped come and go, and their taps follow a moment later.
 */
#include <linux/atomic.h>
#include <linux/compiler.h>

#include "tap/module.h"

/* How often such modules came or went, and how many of these moves were followed. */
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
