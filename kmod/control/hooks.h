/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keeps the netfilter hooks of namespaces in line with policy.
 */
#ifndef CW_HOOKS_H
#define CW_HOOKS_H

#include "base/net.h"

/**
 * cw_hooks_refresh() - bring a namespace's hooks in line with policy
 * @cn: the namespace
 *
 * Return: 0, or the first error of a registration, after which the others were tried, too.
 * Context: process, cw_policy_mutex held.
 */
int cw_hooks_refresh(struct cw_net *cn);

/* Unregisters all hooks of a namespace that goes away.  Process context, cw_policy_mutex held. */
void cw_hooks_remove(struct cw_net *cn);

/* How many namespaces have hooks.  Any context. */
u32 cw_hooks_count(void);

#endif
