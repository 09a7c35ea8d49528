/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netfilter hooks of a namespace: LOCAL_OUT after all others, where segments get their
 * option, and LOCAL_IN, where it is read; and, where a strip rule wants it, FORWARD, where
 * it is taken off packets that pass through.
 */
#ifndef CW_NETFILTER_HOOK_H
#define CW_NETFILTER_HOOK_H

#include <net/net_namespace.h>

/* Process context, cw_policy_mutex held.  Return: 0 or an error of the registration. */
int cw_hooks_register(struct net *net);
/* As above.  Hook functions may still run for an RCU grace period. */
void cw_hooks_unregister(struct net *net);

/* The same for those of packets that pass through. */
int cw_edge_hooks_register(struct net *net);
void cw_edge_hooks_unregister(struct net *net);

#endif
