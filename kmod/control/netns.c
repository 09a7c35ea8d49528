// SPDX-License-Identifier: GPL-2.0
/*
 * Network namespaces come and go: each has a cw_net from its birth on, also those made
 * after loading.  Netfilter hooks are registered only where policy concerns the
 * namespace.  The list and the registration are under cw_policy_mutex.  A change of rules is
 * followed by a walk over the list, which lets go of the mutex between any two: a namespace that
 * comes meanwhile is behind the walk's place, or came after the rules changed and sees them.
 */
#include <linux/moduleparam.h>
#include <linux/netfilter.h>
#include <linux/xarray.h>

#include "control/netns.h"
#include "control/rules.h"
#include "event/event.h"
#include "netfilter/hook.h"
#include "state/info.h"

unsigned int cw_net_id;

LIST_HEAD(cw_nets);

/* The one that a walk saw last, or the head; under cw_policy_mutex. */
static struct list_head *walk_at = &cw_nets;

/* How many have hooks; under cw_policy_mutex. */
static u32 hooked;

static unsigned int netns_ids_max = U16_MAX;
module_param(netns_ids_max, uint, 0444);
MODULE_PARM_DESC(netns_ids_max, "Most network namespaces that can be traced (65535)");

/* Short ids in use, and where to look for the next one: both under the array's own lock. */
static DEFINE_XARRAY_ALLOC1(ids);
static u32 id_next;

static int edge_refresh(struct cw_net *cn)
{
	bool wanted = cw_policy_strips(cn->net);
	int err;

	if (wanted == cn->edge)
		return 0;
	if (wanted) {
		err = cw_edge_hooks_register(cn->net);
		if (err)
			return err;
	}
	WRITE_ONCE(cn->edge, wanted);
	if (!wanted)
		cw_edge_hooks_unregister(cn->net);
	return 0;
}

static int ends_refresh(struct cw_net *cn)
{
	bool wanted = cw_policy_concerns(cn->net);
	int err = 0;

	if (wanted == cn->active)
		return 0;
	if (wanted) {
		err = cw_hooks_register(cn->net);
		if (err)
			return err;
		WRITE_ONCE(hooked, hooked + 1);
	}
	WRITE_ONCE(cn->active, wanted);
	if (!wanted) {
		cw_hooks_unregister(cn->net);
		WRITE_ONCE(hooked, hooked - 1);
	}
	return 0;
}

static int net_refresh(struct cw_net *cn)
{
	int err, e;

	lockdep_assert_held(&cw_policy_mutex);
	err = ends_refresh(cn);
	e = edge_refresh(cn);
	return err ? err : e;
}

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
	int *err = data, e = net_refresh(cn);

	if (!*err)
		*err = e;
}

int cw_netns_refresh(void)
{
	int err = 0;

	cw_netns_walk(refresh_visit, &err);
	return err;
}

u32 cw_net_hooked(void)
{
	return READ_ONCE(hooked);
}

/* One comes again only after all others: who still has an old one at hand is misled late. */
static u16 id_new(void)
{
	struct xa_limit limit = XA_LIMIT(1, clamp_t(u32, netns_ids_max, 1, U16_MAX));
	u32 id;

	if (xa_alloc_cyclic(&ids, &id, xa_mk_value(0), limit, &id_next, GFP_KERNEL) < 0)
		return 0;
	return id;
}

/* Without an id the namespace works, and is not traced. */
static int __net_init net_init(struct net *net)
{
	struct cw_net *cn = cw_net(net);

	cn->net = net;
	cn->cookie = net->net_cookie;
	INIT_LIST_HEAD(&cn->node);
	cn->id = id_new();
	if (!cn->id)
		return 0;
	mutex_lock(&cw_policy_mutex);
	list_add_tail(&cn->node, &cw_nets);
	if (net_refresh(cn))
		pr_warn("causeway: no netfilter hooks in a new network namespace: not traced\n");
	mutex_unlock(&cw_policy_mutex);
	return 0;
}

static void __net_exit net_exit(struct net *net)
{
	struct cw_net *cn = cw_net(net);

	mutex_lock(&cw_policy_mutex);
	cw_control_net_exit(net);
	if (walk_at == &cn->node)
		walk_at = cn->node.prev;
	list_del(&cn->node);
	if (cn->active) {
		WRITE_ONCE(cn->active, false);
		cw_hooks_unregister(net);
		WRITE_ONCE(hooked, hooked - 1);
	}
	if (cn->edge) {
		WRITE_ONCE(cn->edge, false);
		cw_edge_hooks_unregister(net);
	}
	mutex_unlock(&cw_policy_mutex);
	/* Else the module goes, and all names with it. */
	if (!check_net(net))
		cw_event_net_exit(cn);
	if (cn->id)
		xa_erase(&ids, cn->id);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &cw_net_id,
	.size = sizeof(struct cw_net),
};

int cw_netns_init(void)
{
	return register_pernet_subsys(&net_ops);
}

void cw_netns_exit(void)
{
	unregister_pernet_subsys(&net_ops);
	xa_destroy(&ids);
}
