// SPDX-License-Identifier: GPL-2.0
/*
 * Adds rules to the list and takes them out.  Process context, under cw_policy_mutex.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/stringify.h>

#include "policy/rule.h"

static_assert(CW_COMM_LEN == TASK_COMM_LEN);

/* policy/rule.h says what the mutexes protect, and control/rules.h how they are ordered. */
DEFINE_MUTEX(cw_control_mutex);
DEFINE_MUTEX(cw_policy_mutex);
atomic_t cw_policy_generation = ATOMIC_INIT(0);

LIST_HEAD(cw_rules);
static u32 rule_count;

/* The highest id given so far; under cw_policy_mutex. */
static u32 last_id;

bool cw_policy_concerns(const struct net *net)
{
	const struct cw_rule *rule;

	lockdep_assert_held(&cw_policy_mutex);
	list_for_each_entry(rule, &cw_rules, node)
		if (!rule->net || rule->net == net)
			return true;
	return false;
}

bool cw_policy_strips(const struct net *net)
{
	const struct cw_rule *rule;

	lockdep_assert_held(&cw_policy_mutex);
	list_for_each_entry(rule, &cw_rules, node)
		if (rule->kind == CW_RULE_STRIP && (!rule->net || rule->net == net))
			return true;
	return false;
}

static void generation_raise(void)
{
	/* Orders the list before the number: a CPU that sees the new number sees the new rules. */
	smp_mb__before_atomic();
	atomic_inc(&cw_policy_generation);
}

static void rule_link(struct cw_rule *rule)
{
	rule->id = ++last_id;
	cw_prefix_make(&rule->match, rule->prefix, rule->prefix_len);
	list_add_tail_rcu(&rule->node, &cw_rules);
	WRITE_ONCE(rule_count, rule_count + 1);
	generation_raise();
}

static void rule_unlink(struct cw_rule *rule)
{
	list_del_rcu(&rule->node);
	WRITE_ONCE(rule_count, rule_count - 1);
	generation_raise();
}

/* Counts the rules that the host's administrator did not make. */
static unsigned int foreign_count(void)
{
	const struct cw_rule *rule;
	unsigned int n = 0;

	list_for_each_entry(rule, &cw_rules, node)
		n += !rule->host;
	return n;
}

static int add_check(const struct cw_rule *rule, struct netlink_ext_ack *extack)
{
	if (!rule->host && foreign_count() >= CW_POLICY_FOREIGN_MAX) {
		NL_SET_ERR_MSG(extack, "the limit of " __stringify(CW_POLICY_FOREIGN_MAX)
			       " policy rules of containers is reached: delete some first");
		return -ENOSPC;
	}
	if (rule_count >= CW_POLICY_MAX) {
		NL_SET_ERR_MSG(extack, "the limit of " __stringify(CW_POLICY_MAX)
			       " policy rules is reached: delete some first");
		return -ENOSPC;
	}
	if (last_id == U32_MAX) {
		NL_SET_ERR_MSG(extack, "no rule id is left: load the module anew");
		return -ENOSPC;
	}
	return 0;
}

int cw_policy_link(struct cw_rule *rule, struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&cw_policy_mutex);
	err = add_check(rule, extack);
	if (!err)
		rule_link(rule);
	mutex_unlock(&cw_policy_mutex);
	return err;
}

void cw_policy_unlink(struct cw_rule *rule)
{
	mutex_lock(&cw_policy_mutex);
	rule_unlink(rule);
	mutex_unlock(&cw_policy_mutex);
}

/* Shall the rule be deleted?  -EPERM: it has the id that was given, and the caller may not. */
static int delete_check(const struct cw_rule *rule, const struct cw_selection *which)
{
	if ((which->id && rule->id != which->id) || (which->net && rule->net != which->net))
		return 0;
	if (rule->host && !which->host)
		return which->id ? -EPERM : 0;
	return 1;
}

int cw_policy_take(const struct cw_selection *which, void (*each)(const struct cw_rule *rule),
		   struct cw_rule **gone)
{
	struct cw_rule *rule, *next;
	int taken = 0, err;

	lockdep_assert_held(&cw_policy_mutex);
	*gone = NULL;
	list_for_each_entry_safe(rule, next, &cw_rules, node) {
		err = delete_check(rule, which);
		if (err < 0)
			return err;
		if (!err)
			continue;
		rule_unlink(rule);
		each(rule);
		rule->gone = *gone;
		*gone = rule;
		taken++;
	}
	return taken;
}

void cw_policy_free(struct cw_rule *gone)
{
	while (gone) {
		struct cw_rule *next = gone->gone;

		kfree_rcu(gone, rcu);
		gone = next;
	}
}

u32 cw_policy_count(void)
{
	return READ_ONCE(rule_count);
}

u32 cw_policy_walk(u32 first, const struct net *only,
		   int (*visit)(const struct cw_rule *rule, void *data), void *data)
{
	const struct cw_rule *rule;
	u32 stopped = 0;

	mutex_lock(&cw_policy_mutex);
	list_for_each_entry(rule, &cw_rules, node) {
		if (rule->id < first || (only && rule->net != only))
			continue;
		if (visit(rule, data)) {
			stopped = rule->id;
			break;
		}
	}
	mutex_unlock(&cw_policy_mutex);
	return stopped;
}
