/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts how often modules with tapped functions come and go, and whether their taps have followed:
 * these are registered and unregistered a moment later.
 */
#ifndef CW_TAP_MODULE_H
#define CW_TAP_MODULE_H

#include <linux/types.h>

/* Notes that such a module came or goes.  Any context. */
void cw_tap_module_moved(void);

/* How often such modules came or went.  Any context. */
int cw_tap_module_moves(void);

/* Notes that the taps follow the first @moves of these.  Process context, cw_control_mutex held. */
void cw_tap_module_followed(int moves);

/* Has such a module come or gone for which the taps have not followed yet?  Any context. */
bool cw_tap_module_pending(void);

#endif
