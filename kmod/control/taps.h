/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers, unregisters and lists the taps.
 */
#ifndef CW_TAPS_H
#define CW_TAPS_H

#include <linux/types.h>

struct netlink_ext_ack;

/* Registers all taps; on error none is.  Process context, cw_control_mutex held. */
int cw_taps_register(struct netlink_ext_ack *extack);

/*
 * Unregisters the taps that see objects go away (@last), or all other ones.  Returns after the
 * last probe that ran has left.  Process context, cw_control_mutex held.
 */
void cw_taps_unregister(bool last);

/**
 * cw_taps_expect() - a module comes or goes
 * @module: its name
 *
 * Return: true if functions of it are tapped: cw_taps_follow() has to be called soon.
 * Context: any.
 */
bool cw_taps_expect(const char *module);

/**
 * cw_taps_follow() - bring the taps of modules in line with the modules that are loaded
 *
 * A probe in a module that went is dead.  It is made anew if the module is there again, however
 * often it came and went since.
 *
 * Context: process, cw_control_mutex held.
 */
void cw_taps_follow(void);

/* Names of the host-wide taps that are registered now; returns how many, at most @max. */
unsigned int cw_taps_list(const char **names, unsigned int max);

/* How often the kernel did not run a registered kprobe, since another one ran.  Any context. */
unsigned long cw_taps_missed(void);

#endif
