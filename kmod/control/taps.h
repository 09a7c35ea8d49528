/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The taps that are registered.
 */
#ifndef CW_TAPS_H
#define CW_TAPS_H

#include <linux/types.h>

struct netlink_ext_ack;

/* Process context, cw_control_mutex held.  On error none is registered; extack says which failed. */
int cw_taps_register(struct netlink_ext_ack *extack);

/*
 * The taps but the last ones, or those; returns after the last probe that ran has
 * left.  Process context, cw_control_mutex held.
 */
void cw_taps_unregister(bool last);

/**
 * cw_taps_expect() - a module comes or goes
 * @module: its name
 *
 * Return: true if functions of it are tapped: cw_taps_follow() is to be called soon.
 * Context: any.
 */
bool cw_taps_expect(const char *module);

/**
 * cw_taps_follow() - bring the taps of modules in line with what modules there are
 *
 * However often they came and went since: a probe in a module that went is dead, and is made anew
 * if the module is there again.
 *
 * Context: process, cw_control_mutex held.
 */
void cw_taps_follow(void);

/* Names of the host-wide taps that are registered now; returns how many, at most @max. */
unsigned int cw_taps_list(const char **names, unsigned int max);

/* How often the kernel passed over a kprobe of those that are registered.  Any context. */
unsigned long cw_taps_missed(void);

#endif
