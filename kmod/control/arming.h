/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers the taps, which are host-wide, and opens the tables that they fill, when the first rule
 * comes; takes both away after the last one.  Each time costs the whole host: code is patched on
 * all CPUs, and grace periods pass.
 */
#ifndef CW_ARMING_H
#define CW_ARMING_H

#include <linux/types.h>

struct netlink_ext_ack;

/**
 * cw_arm() - register the taps and open the tables
 * @extack: says why not
 *
 * Does nothing if the taps are registered.
 *
 * Return: 0, or the error of a registration: then none is registered.
 * Context: process, cw_control_mutex held.
 */
int cw_arm(struct netlink_ext_ack *extack);

/**
 * cw_disarm() - unregister the taps and close the tables
 *
 * Frees all state that the taps made.  Does nothing if no tap is registered.
 *
 * Context: process, cw_control_mutex held; no hook is registered, nor will be meanwhile.
 */
void cw_disarm(void);

/**
 * cw_arming_keep() - how long shall the taps stay though no rule needs them
 *
 * If the taps were registered four times within half a minute, they stay for taps_keep_ms after
 * the last rule, as if a rule were in force that matches nothing.  So a process that adds and
 * deletes a rule in a loop does not slow down all others that make namespaces, load modules or
 * trace.
 *
 * Return: jiffies; 0: none are registered, or they may go.
 * Context: process, cw_control_mutex held.
 */
unsigned long cw_arming_keep(void);

/* Are taps registered though no rule needs them, and for how many @ms yet?  Any context. */
bool cw_taps_kept(u32 *ms);

#endif
