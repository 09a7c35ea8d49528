// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: which attributes each command takes, and the notifications.
 * Everything here runs in process context; control/rules.c calls notify_net() only while the
 * family is registered.
 *
 * tests/unit/uapi reads the tables below: keep their form.
 */
#include <linux/netlink.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "base/net.h"
#include "base/table_walk.h"
#include "compat/genl.h"
#include "control/rules.h"
#include "event/event.h"
#include "genl/genl.h"
#include "genl/genl_context.h"
#include "genl/genl_histogram.h"
#include "genl/genl_policy.h"
#include "genl/genl_session.h"
#include "genl/genl_state.h"
#include "genl/request.h"

static struct netlink_range_validation ratio_range = { .max = CW_RATIO_ONE };
static struct netlink_range_validation nonzero_u64 = { .min = 1, .max = U64_MAX };

static const struct nla_policy policy_add_policy[] = {
	[CW_A_NETNS_FD] = NLA_POLICY_MIN(NLA_S32, 0),
	[CW_A_ALL_NETNS] = { .type = NLA_FLAG },
	[CW_A_RULE_KIND] = NLA_POLICY_RANGE(NLA_U8, CW_RULE_ROOT, CW_RULE_STRIP),
	[CW_A_RULE_SIDE] = NLA_POLICY_RANGE(NLA_U8, CW_SIDE_CLIENT, CW_SIDE_ANY),
	[CW_A_RULE_DIRECTION] = NLA_POLICY_RANGE(NLA_U8, CW_DIRECTION_SEND, CW_DIRECTION_BOTH),
	[CW_A_RULE_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[CW_A_RULE_FAMILY] = { .type = NLA_U8 },
	[CW_A_RULE_PREFIX] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[CW_A_RULE_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[CW_A_RULE_CGROUP] = NLA_POLICY_FULL_RANGE(NLA_U64, &nonzero_u64),
	[CW_A_RULE_COMM] = { .type = NLA_NUL_STRING, .len = CW_COMM_LEN - 1 },
	[CW_A_RULE_RATIO] = NLA_POLICY_FULL_RANGE(NLA_U32, &ratio_range),
	[CW_A_RULE_RATE] = { .type = NLA_U32 },
	[CW_A_RULE_CLASS] = NLA_POLICY_MAX(NLA_U8, 7),
	[CW_A_RULE_FLAGS] = NLA_POLICY_MASK(NLA_U32, CW_PEER_MARK_EVERY | CW_PEER_ACCEPT_OBI),
};

static const struct nla_policy policy_del_policy[] = {
	[CW_A_ALL] = { .type = NLA_FLAG },
	[CW_A_RULE_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy context_set_policy[] = {
	[CW_A_TRACE_ID] = NLA_POLICY_EXACT_LEN(CW_TRACE_ID_LEN),
	[CW_A_SPAN_ID] = { .type = NLA_U64 },
	[CW_A_CONTEXT_FLAGS] = NLA_POLICY_MASK(NLA_U8, CW_CONTEXT_SAMPLED),
	[CW_A_CLASS] = NLA_POLICY_MAX(NLA_U8, 7),
	[CW_A_TID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy context_clear_policy[] = {
	[CW_A_TID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy context_get_policy[] = {
	[CW_A_TID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy session_open_policy[] = {
	[CW_A_FILTER_TRACE_ID] = NLA_POLICY_EXACT_LEN(CW_TRACE_ID_LEN),
	[CW_A_FILTER_TID] = NLA_POLICY_MIN(NLA_U32, 1),
	[CW_A_FILTER_NETNS_FD] = NLA_POLICY_MIN(NLA_S32, 0),
	[CW_A_FILTER_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[CW_A_FILTER_STAGES] = NLA_POLICY_MASK(NLA_U32, GENMASK(CW_STAGE_MAX, 1)),
};

static const struct nla_policy session_close_policy[] = {
	[CW_A_SESSION_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy carrier_set_policy[] = {
	[CW_A_CARRIER_OFF] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* For commands without attributes: older kernels accept any attribute if there is no policy. */
static const struct nla_policy none_policy[] = {
	[CW_A_PAD] = { .type = NLA_REJECT },
};

#define TAKES(table) .policy = table, .maxattr = ARRAY_SIZE(table) - 1

static const struct genl_ops ops[] = {
	{ .cmd = CW_CMD_STATUS_GET, .doit = cw_genl_status_get, TAKES(none_policy) },
	{ .cmd = CW_CMD_COUNTER_GET, .dumpit = cw_genl_counter_dump, TAKES(none_policy) },
	{ .cmd = CW_CMD_NETNS_GET, .dumpit = cw_genl_netns_dump, TAKES(none_policy) },
	{ .cmd = CW_CMD_POLICY_ADD, .doit = cw_genl_policy_add, TAKES(policy_add_policy) },
	{ .cmd = CW_CMD_POLICY_DEL, .doit = cw_genl_policy_del, TAKES(policy_del_policy) },
	{ .cmd = CW_CMD_POLICY_GET, .dumpit = cw_genl_policy_dump, TAKES(none_policy) },
	{ .cmd = CW_CMD_CONTEXT_SET, .doit = cw_genl_context_set, TAKES(context_set_policy) },
	{ .cmd = CW_CMD_CONTEXT_CLEAR, .doit = cw_genl_context_clear, TAKES(context_clear_policy) },
	{ .cmd = CW_CMD_CONTEXT_GET, .doit = cw_genl_context_get, .dumpit = cw_genl_context_dump,
	  .done = cw_genl_walk_done, TAKES(context_get_policy) },
	{ .cmd = CW_CMD_SOCKET_GET, .dumpit = cw_genl_socket_dump,
	  .done = cw_genl_walk_done, TAKES(none_policy) },
	{ .cmd = CW_CMD_SESSION_OPEN, .doit = cw_genl_session_open, TAKES(session_open_policy) },
	{ .cmd = CW_CMD_SESSION_CLOSE, .doit = cw_genl_session_close, TAKES(session_close_policy) },
	{ .cmd = CW_CMD_SESSION_GET, .dumpit = cw_genl_session_dump, TAKES(none_policy) },
	{ .cmd = CW_CMD_DEFINITION_GET, .dumpit = cw_genl_definition_dump, TAKES(none_policy) },
	{ .cmd = CW_CMD_CARRIER_SET, .doit = cw_genl_carrier_set, TAKES(carrier_set_policy) },
	{ .cmd = CW_CMD_HISTOGRAM_GET, .dumpit = cw_genl_histogram_dump,
	  .start = cw_genl_histogram_start, TAKES(none_policy) },
};

enum { GROUP_NOTIFY };

static const struct genl_multicast_group groups[] = {
	[GROUP_NOTIFY] = { .name = CW_MCGRP_NOTIFY, CW_MCGRP_ADMIN },
};

static struct sk_buff *rule_message(const struct cw_rule *rule, bool gone)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return NULL;
	header = genlmsg_put(skb, 0, 0, &cw_genl_family, 0, CW_CMD_POLICY_NTF);
	if (!header || nla_put_u32(skb, CW_A_RULE_ID, rule->id) ||
	    nla_put_u8(skb, CW_A_RULE_KIND, rule->kind) ||
	    (gone && nla_put_flag(skb, CW_A_RULE_GONE))) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, header);
	return skb;
}

/* Without memory listeners get ENOBUFS, which also means a full queue: they have to dump anew. */
static void notify_net(struct net *net, const struct cw_rule *rule, bool gone)
{
	struct sk_buff *skb;

	if (!genl_has_listeners(&cw_genl_family, net, GROUP_NOTIFY))
		return;
	skb = rule_message(rule, gone);
	if (skb)
		genlmsg_multicast_netns(&cw_genl_family, net, skb, 0, GROUP_NOTIFY, GFP_KERNEL);
	else
		genl_set_err(&cw_genl_family, net, 0, GROUP_NOTIFY, -ENOBUFS);
}

int __init cw_genl_init(void)
{
	int err;

	cw_genl_family.ops = ops;
	cw_genl_family.n_ops = ARRAY_SIZE(ops);
	cw_genl_family.mcgrps = groups;
	cw_genl_family.n_mcgrps = ARRAY_SIZE(groups);
	err = genl_register_family(&cw_genl_family);
	if (!err)
		cw_rules_listen(notify_net);
	return err;
}

void cw_genl_exit(void)
{
	cw_rules_listen(NULL);
	genl_unregister_family(&cw_genl_family);
}
