// SPDX-License-Identifier: GPL-2.0
/*
 * Gives each network namespace its cw_net when it is made, also those made after loading.  Takes
 * the cw_net, the rules and the definitions away when the namespace goes.
 */
#include <linux/moduleparam.h>
#include <linux/xarray.h>

#include "control/hooks.h"
#include "control/netns.h"
#include "control/pernet.h"
#include "control/rules.h"
#include "event/event.h"
#include "policy/rule.h"

static unsigned int netns_ids_max = U16_MAX;
module_param(netns_ids_max, uint, 0444);
MODULE_PARM_DESC(netns_ids_max, "Most network namespaces that can be traced (65535)");

/* Short ids in use, and where to look for the next one; both under the array's own lock. */
static DEFINE_XARRAY_ALLOC1(ids);
static u32 id_next;

/* An id is used again only after all others, so that a reader rarely meets it with two meanings. */
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
	cw_netns_add(cn);
	if (cw_hooks_refresh(cn))
		pr_warn("causeway: no netfilter hooks in a new network namespace: not traced\n");
	mutex_unlock(&cw_policy_mutex);
	return 0;
}

static void __net_exit net_exit(struct net *net)
{
	struct cw_net *cn = cw_net(net);

	mutex_lock(&cw_policy_mutex);
	cw_rules_net_exit(net);
	cw_netns_remove(cn);
	cw_hooks_remove(cn);
	mutex_unlock(&cw_policy_mutex);
	/* If the namespace does not go, the module does, and all definitions with it. */
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

int cw_pernet_init(void)
{
	return register_pernet_subsys(&net_ops);
}

void cw_pernet_exit(void)
{
	unregister_pernet_subsys(&net_ops);
	xa_destroy(&ids);
}
