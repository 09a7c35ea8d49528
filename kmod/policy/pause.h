/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pause, a host-wide switch: while policy is paused no mark, whether option or trailer, is
 * written or taken in, and rules stay as they are.
 */
#ifndef CW_PAUSE_H
#define CW_PAUSE_H

#include <linux/types.h>

/* Switch the pause on or off; is it on?  Any context. */
void cw_policy_pause(bool pause);
bool cw_policy_is_paused(void);

#endif
