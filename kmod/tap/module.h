/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Modules whose functions are tapped come and go, and their taps follow a moment later.
 */
#ifndef CW_TAP_MODULE_H
#define CW_TAP_MODULE_H

#include <linux/types.h>

/* One came or goes.  Any context. */
void cw_tap_module_moved(void);

/* How often one did so.  Any context. */
int cw_tap_module_moves(void);

/* The taps are in line with the first @moves of these.  Process context, cw_control_mutex held. */
void cw_tap_module_followed(int moves);

/* Has one come or gone that its taps have not followed yet?  Any context. */
bool cw_tap_module_pending(void);

#endif
