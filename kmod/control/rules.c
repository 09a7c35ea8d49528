// SPDX-License-Identifier: GPL-2.0
/*
 * Transactions on policy, one at a time.  See control/rules.h for the locks and their order.
 */
#include <linux/module.h>
#include <linux/workqueue.h>

#include "control/arming.h"
#include "control/netns.h"
#include "control/rules.h"
#include "control/taps.h"

/* Under cw_policy_mutex. */
static cw_rules_tell teller;

static void settle_work(struct work_struct *work);
static void follow_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(settle, settle_work);
static DECLARE_WORK(follow, follow_work);

/* The mutex makes it wait for a namespace that is going until its hooks are unregistered. */
static bool no_rules(void)
{
	bool none;

	mutex_lock(&cw_policy_mutex);
	none = !cw_policy_count();
	mutex_unlock(&cw_policy_mutex);
	return none;
}

/* After a change: if no rule is left the taps go, at once or later. */
static void taps_settle(void)
{
	unsigned long keep;

	lockdep_assert_held(&cw_control_mutex);
	if (!no_rules())
		return;
	keep = cw_arming_keep();
	if (keep)
		mod_delayed_work(system_unbound_wq, &settle, keep);
	else
		cw_disarm();
}

static void settle_work(struct work_struct *work)
{
	mutex_lock(&cw_control_mutex);
	taps_settle();
	mutex_unlock(&cw_control_mutex);
}

/* Tells of a rule for one namespace, which the caller keeps from going away. */
static void notify_owner(const struct cw_rule *rule, bool gone)
{
	lockdep_assert_held(&cw_policy_mutex);
	if (!teller || !rule->net)
		return;
	teller(rule->net, rule, gone);
	if (!net_eq(rule->net, &init_net))
		teller(&init_net, rule, gone);
}

/* Called under cw_policy_mutex, which keeps the rule's namespace from going away. */
static void notify_gone(const struct cw_rule *rule)
{
	notify_owner(rule, true);
}

struct news {
	const struct cw_rule *rule;
	bool gone;
};

static void notify_namespace(struct cw_net *net, void *data)
{
	const struct news *news = data;

	if (teller)
		teller(net->net, news->rule, news->gone);
}

static void notify_all(const struct cw_rule *rule, bool gone)
{
	struct news news = { rule, gone };

	cw_netns_walk(notify_namespace, &news);
}

static void notify_added(const struct cw_rule *rule)
{
	if (!rule->net)
		return notify_all(rule, false);
	mutex_lock(&cw_policy_mutex);
	notify_owner(rule, false);
	mutex_unlock(&cw_policy_mutex);
}

static int rule_enforce(struct cw_rule *rule, struct netlink_ext_ack *extack)
{
	int err = cw_policy_link(rule, extack);

	if (err)
		return err;
	err = cw_netns_refresh();
	if (!err)
		return 0;
	NL_SET_ERR_MSG(extack, "netfilter hooks could not be registered in all namespaces");
	cw_policy_unlink(rule);
	cw_netns_refresh();
	/* The caller frees the rule, so no reader may still see it. */
	synchronize_rcu();
	return err;
}

static int add_locked(struct cw_rule *rule, u32 *id, struct netlink_ext_ack *extack)
{
	int err = cw_arm(extack);

	if (err)
		return err;
	err = rule_enforce(rule, extack);
	if (err) {
		taps_settle();
		return err;
	}
	*id = rule->id;
	notify_added(rule);
	return 0;
}

int cw_rules_add(struct cw_rule *rule, u32 *id, struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&cw_control_mutex);
	err = add_locked(rule, id, extack);
	mutex_unlock(&cw_control_mutex);
	return err;
}

/* Hooks go first, then taps: a hook may use tables that taps maintain. */
static int delete_locked(const struct cw_selection *which)
{
	struct cw_rule *gone, *rule;
	int deleted;

	mutex_lock(&cw_policy_mutex);
	deleted = cw_policy_take(which, notify_gone, &gone);
	mutex_unlock(&cw_policy_mutex);
	if (deleted <= 0)
		return deleted;
	for (rule = gone; rule; rule = rule->gone)
		if (!rule->net)
			notify_all(rule, true);
	cw_policy_free(gone);
	cw_netns_refresh();
	taps_settle();
	return deleted;
}

int cw_rules_delete(const struct cw_selection *which)
{
	int deleted;

	mutex_lock(&cw_control_mutex);
	deleted = delete_locked(which);
	mutex_unlock(&cw_control_mutex);
	return deleted;
}

void cw_rules_net_exit(const struct net *net)
{
	const struct cw_selection its = { .net = net, .host = true };
	struct cw_rule *gone;

	if (!cw_policy_take(&its, notify_gone, &gone))
		return;
	cw_policy_free(gone);
	if (!cw_policy_count())
		mod_delayed_work(system_unbound_wq, &settle, 0);
}

void cw_rules_listen(cw_rules_tell tell)
{
	mutex_lock(&cw_policy_mutex);
	teller = tell;
	mutex_unlock(&cw_policy_mutex);
}

static void follow_work(struct work_struct *work)
{
	mutex_lock(&cw_control_mutex);
	cw_taps_follow();
	mutex_unlock(&cw_control_mutex);
}

/*
 * Queues work only: the process that loads the module may hold a lock that a transaction waits
 * for.
 */
static int module_notify(struct notifier_block *block, unsigned long state, void *data)
{
	const struct module *module = data;

	if ((state == MODULE_STATE_COMING || state == MODULE_STATE_GOING) &&
	    cw_taps_expect(module->name))
		queue_work(system_unbound_wq, &follow);
	return NOTIFY_DONE;
}

static struct notifier_block modules = { .notifier_call = module_notify };

int cw_rules_init(void)
{
	return register_module_notifier(&modules);
}

void cw_rules_exit(void)
{
	const struct cw_selection all = { .host = true };

	unregister_module_notifier(&modules);
	cancel_work_sync(&follow);
	cw_rules_delete(&all);
	/* No rule is left, so nothing queues this work any more. */
	cancel_delayed_work_sync(&settle);
	mutex_lock(&cw_control_mutex);
	cw_disarm();
	mutex_unlock(&cw_control_mutex);
}
