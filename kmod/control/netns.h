/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The list of all network namespaces.
 */
#ifndef CW_NETNS_H
#define CW_NETNS_H

#include "base/net.h"

/**
 * cw_netns_walk() - visit all namespaces, one after another
 * @visit: called with cw_policy_mutex held, which is released between any two namespaces
 * @data: for @visit
 *
 * A namespace that is made meanwhile may be missed.
 *
 * Context: process, cw_control_mutex held.
 */
void cw_netns_walk(void (*visit)(struct cw_net *net, void *data), void *data);

/**
 * cw_netns_refresh() - bring hooks and flags of all namespaces in line with policy
 *
 * Registers netfilter hooks where a rule begins to concern a namespace and unregisters them where
 * the last one went.  A namespace that is made meanwhile gets its hooks when it is made.
 *
 * Return: 0, or the first error of a registration, after which the others were tried, too.
 * Context: process, cw_control_mutex held.
 */
int cw_netns_refresh(void);

/* All namespaces; under cw_policy_mutex. */
extern struct list_head cw_nets;

/* Add a new namespace, remove one that goes away.  Process context, cw_policy_mutex held. */
void cw_netns_add(struct cw_net *cn);
void cw_netns_remove(struct cw_net *cn);

#endif
