// SPDX-License-Identifier: GPL-2.0
/*
 * The host-wide switch that pauses policy.
 */
#include <linux/compiler.h>

#include "policy/pause.h"

static bool paused;

void cw_policy_pause(bool pause)
{
	WRITE_ONCE(paused, pause);
}

bool cw_policy_is_paused(void)
{
	return READ_ONCE(paused);
}
