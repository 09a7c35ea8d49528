/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first rule brings taps, and the tables that they fill, and the last one takes them away:
 * host-wide.  It costs the whole host: code is patched on all CPUs, and grace periods pass.
 */
#ifndef CW_ARMING_H
#define CW_ARMING_H

#include <linux/types.h>

struct netlink_ext_ack;

/**
 * cw_arm() - register the taps and open the tables
 * @extack: says why not
 *
 * Does nothing if they are.
 *
 * Return: 0, or the error of a registration: then none is registered.
 * Context: process, cw_control_mutex held.
 */
int cw_arm(struct netlink_ext_ack *extack);

/**
 * cw_disarm() - unregister the taps and close the tables
 *
 * All state that they made is given back.  Does nothing if none is registered.
 *
 * Context: process, cw_control_mutex held; no hook is registered, nor will be meanwhile.
 */
void cw_disarm(void);

/**
 * cw_arming_keep() - how long are the taps to stay though no rule needs them
 *
 * Where they came four times within half a minute they stay for taps_keep_ms after the last rule, as
 * if a rule were in force that matches nothing: else those who make namespaces, load modules and
 * trace would pay for whoever adds and deletes a rule in a loop.
 *
 * Return: jiffies; 0: none are registered, or they may go.
 * Context: process, cw_control_mutex held.
 */
unsigned long cw_arming_keep(void);

/* Are there taps though no rule needs them, and for how long yet?  Any context. */
bool cw_taps_kept(u32 *ms);

#endif
