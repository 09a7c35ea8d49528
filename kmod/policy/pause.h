/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host-wide switch of the carriers: while policy is paused no context is sent and none is
 * taken, and rules stay as they are.
 */
#ifndef CW_PAUSE_H
#define CW_PAUSE_H

#include <linux/types.h>

/* Any context. */
void cw_policy_pause(bool pause);
bool cw_policy_is_paused(void);

#endif
