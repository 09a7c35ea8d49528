// SPDX-License-Identifier: GPL-2.0
/*
 * The list of network namespaces, and walks over it.  Under cw_policy_mutex, which a walk releases
 * between any two namespaces.  A namespace that is made meanwhile is added at the end, where the
 * walk reaches it; if it is made after the walk it already sees the changed rules.
 */
#include <linux/sched.h>

#include "control/hooks.h"
#include "control/netns.h"
#include "policy/rule.h"

LIST_HEAD(cw_nets);

/* The namespace that a walk saw last, or the head; under cw_policy_mutex. */
static struct list_head *walk_at = &cw_nets;

void cw_netns_walk(void (*visit)(struct cw_net *net, void *data), void *data)
{
	lockdep_assert_held(&cw_control_mutex);
	mutex_lock(&cw_policy_mutex);
	for (walk_at = cw_nets.next; walk_at != &cw_nets; walk_at = walk_at->next) {
		visit(list_entry(walk_at, struct cw_net, node), data);
		mutex_unlock(&cw_policy_mutex);
		cond_resched();
		mutex_lock(&cw_policy_mutex);
	}
	mutex_unlock(&cw_policy_mutex);
}

static void refresh_visit(struct cw_net *cn, void *data)
{
	int *err = data, e = cw_hooks_refresh(cn);

	if (!*err)
		*err = e;
}

int cw_netns_refresh(void)
{
	int err = 0;

	cw_netns_walk(refresh_visit, &err);
	return err;
}

void cw_netns_add(struct cw_net *cn)
{
	lockdep_assert_held(&cw_policy_mutex);
	list_add_tail(&cn->node, &cw_nets);
}

void cw_netns_remove(struct cw_net *cn)
{
	lockdep_assert_held(&cw_policy_mutex);
	if (walk_at == &cn->node)
		walk_at = cn->node.prev;
	list_del(&cn->node);
}
