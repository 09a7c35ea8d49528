/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Adding and deleting rules as one transaction, with what it needs registered: taps and tables
 * (arming.h), hooks (netns.h), and those told who listen for changes.
 *
 * Locks, outermost first:
 *
 *	genl's lock for reading | pernet_ops_rwsem | modules' notifier chain	(the kernel's)
 *	cw_control_mutex	one transaction at a time; for as long as taps take to come or go
 *	cw_policy_mutex		the list of rules, cw_nets, the hooks of each namespace; short
 *	histograms' own mutex	their tables come, go, and are copied; short
 *	netfilter's hook mutex, kprobes', jump labels', allocation		(the kernel's)
 *
 * cw_control_mutex is taken in commands, in work items and at unloading only: never within
 * pernet_ops_rwsem nor within the notifier chain, for whoever makes a namespace or loads a module
 * would wait for taps, grace periods and each other.  They queue work instead.
 * cw_policy_mutex may be taken within both.  Nothing that waits is done under it: no tap, no grace
 * period, no lock of a socket; and a transaction that is about all namespaces lets go of it
 * between any two.
 */
#ifndef CW_RULES_H
#define CW_RULES_H

#include "policy/rule.h"

/**
 * cw_rules_add() - put a rule in force
 * @rule: allocated by the caller by kmalloc(), owned by policy on success: anyone may
 *	delete it from then on, so it is not to be looked at again.  Its namespace is held by the
 *	caller.
 * @id: result, the rule's id
 * @extack: says why not
 *
 * Registers taps for the first rule and hooks for namespaces newly concerned.
 *
 * Return: 0, -ENOSPC over the limit of 1,024 rules (512 of others than the host's
 *	administrator), or an error of a registration;
 *	on error nothing is changed and the rule is still the caller's.
 * Context: process; takes cw_control_mutex.
 */
int cw_rules_add(struct cw_rule *rule, u32 *id, struct netlink_ext_ack *extack);

/**
 * cw_rules_delete() - take rules out of force
 * @which: which; of all rules those that it does not select are passed over
 *
 * Unregisters hooks where no rule is left, and taps after the last one: at once, unless they come
 * and go all the time (cw_arming_keep()).
 *
 * Return: how many were deleted; -EPERM: the one with the id is the host's administrator's.
 * Context: process; takes cw_control_mutex.
 */
int cw_rules_delete(const struct cw_selection *which);

/**
 * cw_rules_net_exit() - a namespace goes away: its rules go with it
 * @net: which
 *
 * If no rule is left then, taps go by a work item.
 *
 * Context: process; cw_policy_mutex held until the hooks of @net are unregistered, too.
 */
void cw_rules_net_exit(const struct net *net);

/* Tells a namespace's listeners of a rule that came or went.  Process context, cw_policy_mutex held. */
typedef void (*cw_rules_tell)(struct net *net, const struct cw_rule *rule, bool gone);

/**
 * cw_rules_listen() - who tells of changes
 * @tell: called for each namespace that a change concerns, and the initial one; NULL: nobody.
 *	After the return no other one is called any more.
 *
 * A rule for one namespace is told there and in the initial one, a rule for all in all.
 *
 * Context: process; takes cw_policy_mutex.
 */
void cw_rules_listen(cw_rules_tell tell);

/* See modules come and go, whose functions are tapped.  Process context, no lock held. */
int cw_rules_init(void);
/* Deletes all rules; taps go at once.  No command may be under way; namespaces may come and go. */
void cw_rules_exit(void);

#endif
