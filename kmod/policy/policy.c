// SPDX-License-Identifier: GPL-2.0
/*
 * The list of policy rules: which traffic begins a trace, which addresses contexts are
 * sent to and taken from, and where they are taken off.  Asked in the packet path and in probes under RCU; changed in
 * process context under cw_policy_mutex.  Rules never change once they are in the list, but for
 * their counters, which are atomic.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringify.h>
#include <linux/timekeeping.h>

#include "base/counter.h"
#include "base/net.h"
#include "compat/cgroup.h"
#include "compat/unaligned.h"
#include "lib/claim.h"
#include "policy/policy.h"

static_assert(CW_COMM_LEN == TASK_COMM_LEN);

/* See policy.h for what they protect, and control.h for their order. */
DEFINE_MUTEX(cw_control_mutex);
DEFINE_MUTEX(cw_policy_mutex);
atomic_t cw_policy_generation = ATOMIC_INIT(0);

/* Both written under cw_policy_mutex.  Rules are in order of their ids: new ones go last. */
static LIST_HEAD(rules);
static u32 rule_count;

/* The highest id given so far; under cw_policy_mutex. */
static u32 last_id;

/* What a rule is asked about. */
struct subject {
	const struct net *net;
	u8 side;
	u8 family;
	struct cw_address remote;
	u16 port;
	u16 other_port;		/* in transit: either may be the service's */
	struct task_struct *task;
};

static struct subject subject_of(const struct net *net, u8 family, const u8 *remote, u16 port)
{
	struct subject s = { .net = net, .family = family, .port = port };

	cw_address_make(&s.remote, remote, family == AF_INET6 ? 16 : 4);
	return s;
}

static bool rule_covers(const struct cw_rule *rule, u8 kind, const struct subject *s)
{
	if (rule->kind != kind || (rule->net && rule->net != s->net))
		return false;
	if (rule->port && rule->port != s->port && rule->port != s->other_port)
		return false;
	if (!rule->family)
		return true;
	return rule->family == s->family && cw_prefix_covers(&rule->match, &s->remote);
}

/* The name may change meanwhile: then the old, the new or neither matches, none is wrong. */
static bool task_covered(const struct cw_rule *rule, struct task_struct *task)
{
	if (!task)
		return true;
	if (rule->comm[0] && strncmp(rule->comm, task->comm, CW_COMM_LEN))
		return false;
	return !rule->cgroup || cw_task_in_cgroup(task, rule->cgroup);
}

static bool root_covers(const struct cw_rule *rule, const struct subject *s)
{
	return rule_covers(rule, CW_RULE_ROOT, s) && (rule->side & s->side) &&
	       task_covered(rule, s->task);
}

static bool rate_allows(struct cw_rule *rule)
{
	u32 now = (u32)ktime_get_seconds(), used;
	s64 old, new;

	if (!rule->rate)
		return true;
	old = atomic64_read(&rule->window);
	do {
		used = upper_32_bits(old) == now ? lower_32_bits(old) : 0;
		if (used >= rule->rate)
			return false;
		new = (s64)((u64)now << 32 | (used + 1));
	} while (!atomic64_try_cmpxchg(&rule->window, &old, new));
	return true;
}

static bool root_decide(struct cw_rule *rule)
{
	atomic64_inc(&rule->matched);
	if (rule->ratio < CW_RATIO_ONE &&
	    reciprocal_scale(get_random_u32(), CW_RATIO_ONE) >= rule->ratio) {
		cw_count(root_sampled_out);
		return false;
	}
	if (!rate_allows(rule)) {
		cw_count(root_rate_capped);
		return false;
	}
	return true;
}

static void root_fill(struct cw_context *out, u8 class)
{
	memset(out, 0, sizeof(*out));
	do {
		put_unaligned(get_random_u64(), (u64 *)out->trace_id);
		put_unaligned(get_random_u64(), (u64 *)(out->trace_id + 8));
	} while (!memchr_inv(out->trace_id, 0, sizeof(out->trace_id)));
	out->flags = CW_CTX_VALID | CW_CTX_SAMPLED | CW_CTX_ROOT;
	out->class = class;
}

bool cw_policy_root(const struct net *net, u8 side, u8 family, const u8 *remote, u16 port,
		    struct task_struct *task, struct cw_context *out)
{
	struct subject s = subject_of(net, family, remote, port);
	struct cw_rule *rule;
	bool begins = false;

	s.side = side;
	s.task = task;
	rcu_read_lock();
	list_for_each_entry_rcu(rule, &rules, node) {
		if (!root_covers(rule, &s))
			continue;
		begins = root_decide(rule);
		if (begins)
			root_fill(out, rule->class);
		break;
	}
	rcu_read_unlock();
	return begins;
}

/* A rule of ratio 0 is an exception from those after it, but only for the tasks that it covers. */
bool cw_policy_has_root(const struct net *net, u8 side, u8 family, const u8 *remote, u16 port,
			struct task_struct *task)
{
	struct subject s = subject_of(net, family, remote, port);
	const struct cw_rule *rule;
	bool found = false;

	s.side = side;
	s.task = task;
	rcu_read_lock();
	list_for_each_entry_rcu(rule, &rules, node) {
		if (!root_covers(rule, &s))
			continue;
		found = rule->ratio;
		if (found || task || !(rule->comm[0] || rule->cgroup))
			break;
	}
	rcu_read_unlock();
	return found;
}

static void peer_apply(const struct cw_rule *rule, struct cw_peer_verdict *out)
{
	if (rule->direction & CW_DIRECTION_SEND) {
		out->may_send = true;
		out->mark_every |= !!(rule->flags & CW_PEER_MARK_EVERY);
	}
	if (rule->direction & CW_DIRECTION_ACCEPT) {
		out->may_accept = true;
		out->accept_obi |= !!(rule->flags & CW_PEER_ACCEPT_OBI);
	}
}

/* Leaves of the peer rules' verdict what the strip rules do. */
static void strip_apply(const struct cw_claim *strip, const struct cw_claim *peer,
			struct cw_peer_verdict *out)
{
	if (cw_claim_outweighs(strip, peer, CW_DIRECTION_SEND)) {
		out->strip_send = true;
		out->may_send = false;
		out->mark_every = false;
	}
	if (cw_claim_outweighs(strip, peer, CW_DIRECTION_ACCEPT)) {
		out->strip_accept = true;
		out->may_accept = false;
		out->accept_obi = false;
	}
}

static void claim_by(struct cw_claim *claim, const struct cw_rule *rule)
{
	cw_claim_add(claim, rule->direction, rule->prefix_len, rule->port, rule->host);
}

static void peer_judge(const struct subject *s, struct cw_peer_verdict *out)
{
	struct cw_claim strip = { 0 }, peer = { 0 };
	struct cw_rule *rule;

	memset(out, 0, sizeof(*out));
	rcu_read_lock();
	list_for_each_entry_rcu(rule, &rules, node) {
		if (rule_covers(rule, CW_RULE_PEER, s)) {
			peer_apply(rule, out);
			claim_by(&peer, rule);
		} else if (rule_covers(rule, CW_RULE_STRIP, s)) {
			out->strip_obi |= !!(rule->flags & CW_PEER_ACCEPT_OBI);
			claim_by(&strip, rule);
		} else {
			continue;
		}
		atomic64_inc(&rule->matched);
	}
	rcu_read_unlock();
	strip_apply(&strip, &peer, out);
}

void cw_policy_peer(const struct net *net, u8 family, const u8 *remote, u16 port,
		    struct cw_peer_verdict *out)
{
	const struct subject s = subject_of(net, family, remote, port);

	peer_judge(&s, out);
}

void cw_policy_edge(const struct net *net, u8 family, const u8 *address, const u16 ports[2],
		    struct cw_peer_verdict *out)
{
	struct subject s = subject_of(net, family, address, ports[0]);

	s.other_port = ports[1];
	peer_judge(&s, out);
}

bool cw_policy_concerns(const struct net *net)
{
	const struct cw_rule *rule;

	lockdep_assert_held(&cw_policy_mutex);
	list_for_each_entry(rule, &rules, node)
		if (!rule->net || rule->net == net)
			return true;
	return false;
}

bool cw_policy_strips(const struct net *net)
{
	const struct cw_rule *rule;

	lockdep_assert_held(&cw_policy_mutex);
	list_for_each_entry(rule, &rules, node)
		if (rule->kind == CW_RULE_STRIP && (!rule->net || rule->net == net))
			return true;
	return false;
}

static void generation_raise(void)
{
	/* After the list: who sees the new generation sees the new rules. */
	smp_mb__before_atomic();
	atomic_inc(&cw_policy_generation);
}

static void rule_link(struct cw_rule *rule)
{
	rule->id = ++last_id;
	cw_prefix_make(&rule->match, rule->prefix, rule->prefix_len);
	list_add_tail_rcu(&rule->node, &rules);
	WRITE_ONCE(rule_count, rule_count + 1);
	generation_raise();
}

static void rule_unlink(struct cw_rule *rule)
{
	list_del_rcu(&rule->node);
	WRITE_ONCE(rule_count, rule_count - 1);
	generation_raise();
}

/* Of others than the host's administrator. */
static unsigned int foreign_count(void)
{
	const struct cw_rule *rule;
	unsigned int n = 0;

	list_for_each_entry(rule, &rules, node)
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

/* Shall it be deleted?  -EPERM: it is what was asked for, and not the caller's to delete. */
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
	list_for_each_entry_safe(rule, next, &rules, node) {
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
	list_for_each_entry(rule, &rules, node) {
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
