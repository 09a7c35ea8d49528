// SPDX-License-Identifier: GPL-2.0
/*
 * Answers questions by the rules: which traffic begins a trace, which addresses contexts are sent
 * to and taken from, and where contexts are taken off.  Any context, under RCU.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/string.h>

#include "base/counter.h"
#include "base/net.h"
#include "compat/cgroup.h"
#include "compat/unaligned.h"
#include "lib/claim.h"
#include "policy/policy.h"
#include "policy/rule.h"

/* The traffic that rules are asked about. */
struct subject {
	const struct net *net;
	u8 side;
	u8 family;
	struct cw_address remote;
	u16 port;
	u16 other_port;		/* of a packet in transit, where either port may be the service's */
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

/* If the name changes meanwhile, the old name, the new one or neither may match: none is wrong. */
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
	list_for_each_entry_rcu(rule, &cw_rules, node) {
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

/*
 * A rule of ratio 0 is an exception from the rules after it, but only for the tasks that it
 * covers.  So if no task is given, the search goes on behind a rule that names some.
 */
bool cw_policy_has_root(const struct net *net, u8 side, u8 family, const u8 *remote, u16 port,
			struct task_struct *task)
{
	struct subject s = subject_of(net, family, remote, port);
	const struct cw_rule *rule;
	bool found = false;

	s.side = side;
	s.task = task;
	rcu_read_lock();
	list_for_each_entry_rcu(rule, &cw_rules, node) {
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

/* Takes out of the peer rules' verdict the directions in which strip rules decide. */
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

static struct cw_peer_verdict peer_judge(const struct subject *s)
{
	struct cw_claim strip = { 0 }, peer = { 0 };
	struct cw_peer_verdict verdict = {};
	struct cw_rule *rule;

	rcu_read_lock();
	list_for_each_entry_rcu(rule, &cw_rules, node) {
		if (rule_covers(rule, CW_RULE_PEER, s)) {
			peer_apply(rule, &verdict);
			claim_by(&peer, rule);
		} else if (rule_covers(rule, CW_RULE_STRIP, s)) {
			verdict.strip_obi |= !!(rule->flags & CW_PEER_ACCEPT_OBI);
			claim_by(&strip, rule);
		} else {
			continue;
		}
		atomic64_inc(&rule->matched);
	}
	rcu_read_unlock();
	strip_apply(&strip, &peer, &verdict);
	return verdict;
}

struct cw_peer_verdict cw_policy_peer(const struct net *net, u8 family, const u8 *remote,
				      u16 port)
{
	const struct subject s = subject_of(net, family, remote, port);

	return peer_judge(&s);
}

struct cw_peer_verdict cw_policy_edge(const struct net *net, u8 family, const u8 *address,
				      const u16 ports[2])
{
	struct subject s = subject_of(net, family, address, ports[0]);

	s.other_port = ports[1];
	return peer_judge(&s);
}
