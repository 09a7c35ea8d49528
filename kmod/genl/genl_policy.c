// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink commands that change and show policy: make rules of attributes and attributes of rules,
 * with the checks that tables of attributes cannot express.  Process context; control/rules.c and
 * policy/rule.c take the locks.
 */
#include <linux/moduleparam.h>
#include <linux/netlink.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "compat/genl.h"
#include "control/rules.h"
#include "genl/genl_policy.h"
#include "genl/request.h"
#include "policy/rule.h"

static bool tenant_rules;
module_param(tenant_rules, bool, 0644);
MODULE_PARM_DESC(tenant_rules,
		 "root of a user namespace may add rules for its network namespaces (default no)");

static int attr_refuse(struct genl_info *info, unsigned int attr)
{
	NL_SET_BAD_ATTR(info->extack, info->attrs[attr]);
	return -EINVAL;
}

/* Returns the first attribute of a list that the request has; 0: it has none. */
static unsigned int attr_given(struct genl_info *info, const u8 *which, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (info->attrs[which[i]])
			return which[i];
	return 0;
}

/* Refuses attributes that a rule of this kind would ignore. */
static int kind_check(struct genl_info *info, u8 kind)
{
	static const u8 root_only[] = { CW_A_RULE_SIDE, CW_A_RULE_CGROUP, CW_A_RULE_COMM,
					CW_A_RULE_RATIO, CW_A_RULE_RATE, CW_A_RULE_CLASS };
	static const u8 edge_only[] = { CW_A_RULE_DIRECTION, CW_A_RULE_FLAGS };
	unsigned int attr;

	if (kind != CW_RULE_ROOT) {
		attr = attr_given(info, root_only, ARRAY_SIZE(root_only));
		if (attr)
			GENL_SET_ERR_MSG(info, "this attribute is for root rules, not peer or strip rules");
	} else {
		attr = attr_given(info, edge_only, ARRAY_SIZE(edge_only));
		if (attr)
			GENL_SET_ERR_MSG(info, "this attribute is for peer and strip rules, not root rules");
	}
	return attr ? attr_refuse(info, attr) : 0;
}

static bool host_bits_set(const u8 *prefix, unsigned int bits, unsigned int bytes)
{
	unsigned int i = bits / 8;

	if (i < bytes && (prefix[i] & (0xff >> bits % 8)))
		return true;
	for (i++; i < bytes; i++)
		if (prefix[i])
			return true;
	return false;
}

static int prefix_complete(struct genl_info *info)
{
	if (info->attrs[CW_A_RULE_PREFIX])
		return CW_GENL_MISSING(info, CW_A_RULE_FAMILY) ? -EINVAL : 0;
	if (info->attrs[CW_A_RULE_FAMILY] || info->attrs[CW_A_RULE_PREFIX_LEN])
		return CW_GENL_MISSING(info, CW_A_RULE_PREFIX) ? -EINVAL : 0;
	return 0;
}

static int prefix_bytes(struct genl_info *info, u8 family)
{
	int bytes = family == AF_INET ? 4 : 16;

	if (family != AF_INET && family != AF_INET6) {
		GENL_SET_ERR_MSG(info, "the address family is neither AF_INET nor AF_INET6");
		return attr_refuse(info, CW_A_RULE_FAMILY);
	}
	if (nla_len(info->attrs[CW_A_RULE_PREFIX]) != bytes) {
		GENL_SET_ERR_MSG(info, "the prefix is not as long as an address of its family");
		return attr_refuse(info, CW_A_RULE_PREFIX);
	}
	return bytes;
}

static int prefix_parse(struct genl_info *info, struct cw_rule *rule)
{
	int bytes = prefix_complete(info);

	if (bytes || !info->attrs[CW_A_RULE_PREFIX])
		return bytes;
	rule->family = nla_get_u8(info->attrs[CW_A_RULE_FAMILY]);
	bytes = prefix_bytes(info, rule->family);
	if (bytes < 0)
		return bytes;
	rule->prefix_len = bytes * 8;
	if (info->attrs[CW_A_RULE_PREFIX_LEN])
		rule->prefix_len = nla_get_u8(info->attrs[CW_A_RULE_PREFIX_LEN]);
	if (rule->prefix_len > bytes * 8) {
		GENL_SET_ERR_MSG(info, "the prefix length is more than an address has bits");
		return attr_refuse(info, CW_A_RULE_PREFIX_LEN);
	}
	memcpy(rule->prefix, nla_data(info->attrs[CW_A_RULE_PREFIX]), bytes);
	if (host_bits_set(rule->prefix, rule->prefix_len, bytes)) {
		GENL_SET_ERR_MSG(info, "the prefix has bits set beyond its length");
		return attr_refuse(info, CW_A_RULE_PREFIX);
	}
	return 0;
}

static int root_parse(struct genl_info *info, struct cw_rule *rule)
{
	struct nlattr **attrs = info->attrs;

	rule->side = attrs[CW_A_RULE_SIDE] ? nla_get_u8(attrs[CW_A_RULE_SIDE]) : CW_SIDE_ANY;
	rule->ratio = attrs[CW_A_RULE_RATIO] ? nla_get_u32(attrs[CW_A_RULE_RATIO]) : CW_RATIO_ONE;
	if (attrs[CW_A_RULE_RATE])
		rule->rate = nla_get_u32(attrs[CW_A_RULE_RATE]);
	if (attrs[CW_A_RULE_CLASS])
		rule->class = nla_get_u8(attrs[CW_A_RULE_CLASS]);
	if (attrs[CW_A_RULE_CGROUP])
		rule->cgroup = nla_get_u64(attrs[CW_A_RULE_CGROUP]);
	if (!attrs[CW_A_RULE_COMM])
		return 0;
	nla_strscpy(rule->comm, attrs[CW_A_RULE_COMM], sizeof(rule->comm));
	if (!rule->comm[0]) {
		GENL_SET_ERR_MSG(info, "the thread's name is empty: leave it out to match any");
		return attr_refuse(info, CW_A_RULE_COMM);
	}
	return 0;
}

static int peer_parse(struct genl_info *info, struct cw_rule *rule)
{
	struct nlattr **attrs = info->attrs;

	rule->direction = CW_DIRECTION_BOTH;
	if (attrs[CW_A_RULE_DIRECTION])
		rule->direction = nla_get_u8(attrs[CW_A_RULE_DIRECTION]);
	if (attrs[CW_A_RULE_FLAGS])
		rule->flags = nla_get_u32(attrs[CW_A_RULE_FLAGS]);
	if ((rule->flags & CW_PEER_MARK_EVERY) &&
	    (rule->kind == CW_RULE_STRIP || !(rule->direction & CW_DIRECTION_SEND))) {
		GENL_SET_ERR_MSG(info, "CW_PEER_MARK_EVERY is about sending, this rule is not");
		return attr_refuse(info, CW_A_RULE_FLAGS);
	}
	if (rule->kind == CW_RULE_PEER && (rule->flags & CW_PEER_ACCEPT_OBI) &&
	    !(rule->direction & CW_DIRECTION_ACCEPT)) {
		GENL_SET_ERR_MSG(info, "CW_PEER_ACCEPT_OBI is about accepting, this rule is not");
		return attr_refuse(info, CW_A_RULE_FLAGS);
	}
	return 0;
}

static int rule_parse(struct genl_info *info, struct cw_rule *rule)
{
	int err;

	if (CW_GENL_MISSING(info, CW_A_RULE_KIND))
		return -EINVAL;
	rule->kind = nla_get_u8(info->attrs[CW_A_RULE_KIND]);
	err = kind_check(info, rule->kind);
	if (!err)
		err = prefix_parse(info, rule);
	if (err)
		return err;
	if (info->attrs[CW_A_RULE_PORT])
		rule->port = nla_get_u16(info->attrs[CW_A_RULE_PORT]);
	return rule->kind == CW_RULE_ROOT ? root_parse(info, rule) : peer_parse(info, rule);
}

/* Finds the namespace that the rule is for, and takes a reference; NULL: all namespaces. */
static struct net *rule_net(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	if (info->attrs[CW_A_NETNS_FD] && info->attrs[CW_A_ALL_NETNS]) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[CW_A_ALL_NETNS],
				    "a rule is for one network namespace or for all, not both");
		return ERR_PTR(-EINVAL);
	}
	if (info->attrs[CW_A_NETNS_FD])
		return cw_genl_net_by_fd(skb, info->attrs[CW_A_NETNS_FD], info->extack);
	if (info->attrs[CW_A_ALL_NETNS]) {
		err = cw_genl_host_admin(skb, info->extack);
		if (err)
			NL_SET_BAD_ATTR(info->extack, info->attrs[CW_A_ALL_NETNS]);
		return ERR_PTR(err);
	}
	err = cw_genl_admin(skb, genl_info_net(info), info->extack);
	return err ? ERR_PTR(err) : get_net(genl_info_net(info));
}

static struct cw_rule *rule_new(struct sk_buff *skb, struct genl_info *info, struct net *net)
{
	struct cw_rule *rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
	int err;

	if (!rule) {
		GENL_SET_ERR_MSG(info, "no memory for the rule");
		return ERR_PTR(-ENOMEM);
	}
	rule->net = net;
	rule->host = netlink_capable(skb, CAP_NET_ADMIN);
	rule->owner_net_inum = net ? net->ns.inum : 0;
	err = rule_parse(info, rule);
	if (!err)
		return rule;
	kfree(rule);
	return ERR_PTR(err);
}

static int rule_add(struct sk_buff *skb, struct genl_info *info, struct net *net)
{
	struct cw_rule *rule = rule_new(skb, info, net);
	struct sk_buff *reply;
	struct cw_selection undo = { .host = true };
	void *header;
	int err;

	if (IS_ERR(rule))
		return PTR_ERR(rule);
	reply = cw_genl_reply(info, CW_CMD_POLICY_ADD, &header);
	err = reply ? cw_rules_add(rule, &undo.id, info->extack) : -ENOMEM;
	if (err) {
		kfree(rule);
		nlmsg_free(reply);
		return err;
	}
	/* The message is new and has room. */
	nla_put_u32(reply, CW_A_RULE_ID, undo.id);
	genlmsg_end(reply, header);
	err = genlmsg_reply(reply, info);
	if (err) {
		GENL_SET_ERR_MSG(info, "the rule's id does not fit the socket's receive queue");
		cw_rules_delete(&undo);
	}
	return err;
}

/* The first rule costs the whole host, since taps patch code on all CPUs. */
static int tenant_check(struct sk_buff *skb, struct genl_info *info)
{
	if (READ_ONCE(tenant_rules) || netlink_capable(skb, CAP_NET_ADMIN))
		return 0;
	GENL_SET_ERR_MSG(info, "rules of other user namespaces than the initial one take the module parameter tenant_rules=1, which is off");
	return -EPERM;
}

int cw_genl_policy_add(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = rule_net(skb, info);
	int err;

	if (IS_ERR(net))
		return PTR_ERR(net);
	err = tenant_check(skb, info);
	/* The reference lasts until the rule is listed: cw_rules_net_exit() then finds it. */
	if (!err)
		err = rule_add(skb, info, net);
	if (net)
		put_net(net);
	return err;
}

static int rule_delete(struct genl_info *info, struct cw_selection *which)
{
	const struct nlattr *attr = info->attrs[CW_A_RULE_ID];
	int deleted;

	which->id = nla_get_u32(attr);
	/* The host's administrator may delete a rule of any namespace by its id. */
	if (which->host)
		which->net = NULL;
	deleted = cw_rules_delete(which);
	if (deleted > 0)
		return 0;
	if (deleted < 0) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "the host's administrator made this rule, and alone may delete it");
		return deleted;
	}
	NL_SET_ERR_MSG_ATTR(info->extack, attr,
			    "there is no rule with this id, or it is another namespace's");
	return -ENOENT;
}

int cw_genl_policy_del(struct sk_buff *skb, struct genl_info *info)
{
	struct cw_selection which = {
		.net = cw_genl_scope(genl_info_net(info)),
		.host = netlink_capable(skb, CAP_NET_ADMIN),
	};
	int err = cw_genl_admin(skb, genl_info_net(info), info->extack);

	if (err)
		return err;
	if (info->attrs[CW_A_ALL] && info->attrs[CW_A_RULE_ID]) {
		GENL_SET_ERR_MSG(info, "either a rule's id or all, not both");
		return attr_refuse(info, CW_A_ALL);
	}
	if (info->attrs[CW_A_ALL]) {
		cw_rules_delete(&which);
		return 0;
	}
	if (CW_GENL_MISSING(info, CW_A_RULE_ID))
		return -EINVAL;
	return rule_delete(info, &which);
}

static int prefix_put(struct sk_buff *skb, const struct cw_rule *rule)
{
	if (!rule->family)
		return 0;
	return nla_put_u8(skb, CW_A_RULE_FAMILY, rule->family) ||
	       nla_put(skb, CW_A_RULE_PREFIX, rule->family == AF_INET ? 4 : 16, rule->prefix) ||
	       nla_put_u8(skb, CW_A_RULE_PREFIX_LEN, rule->prefix_len);
}

static int root_put(struct sk_buff *skb, const struct cw_rule *rule)
{
	return nla_put_u8(skb, CW_A_RULE_SIDE, rule->side) ||
	       (rule->cgroup &&
		nla_put_u64_64bit(skb, CW_A_RULE_CGROUP, rule->cgroup, CW_A_PAD)) ||
	       (rule->comm[0] && nla_put_string(skb, CW_A_RULE_COMM, rule->comm)) ||
	       nla_put_u32(skb, CW_A_RULE_RATIO, rule->ratio) ||
	       nla_put_u32(skb, CW_A_RULE_RATE, rule->rate) ||
	       nla_put_u8(skb, CW_A_RULE_CLASS, rule->class);
}

static int peer_put(struct sk_buff *skb, const struct cw_rule *rule)
{
	return nla_put_u8(skb, CW_A_RULE_DIRECTION, rule->direction) ||
	       nla_put_u32(skb, CW_A_RULE_FLAGS, rule->flags);
}

static int rule_put(struct sk_buff *skb, const struct cw_rule *rule)
{
	return nla_put_u32(skb, CW_A_RULE_ID, rule->id) ||
	       nla_put_u8(skb, CW_A_RULE_KIND, rule->kind) ||
	       (rule->net ? nla_put_u32(skb, CW_A_NETNS_INUM, rule->owner_net_inum) :
			    nla_put_flag(skb, CW_A_ALL_NETNS)) ||
	       (rule->port && nla_put_u16(skb, CW_A_RULE_PORT, rule->port)) ||
	       prefix_put(skb, rule) || (rule->host && nla_put_flag(skb, CW_A_RULE_HOST)) ||
	       (rule->kind == CW_RULE_ROOT ? root_put(skb, rule) : peer_put(skb, rule)) ||
	       nla_put_u64_64bit(skb, CW_A_RULE_MATCHED, atomic64_read(&rule->matched), CW_A_PAD);
}

struct rule_dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
};

static int rule_visit(const struct cw_rule *rule, void *data)
{
	const struct rule_dump *dump = data;
	struct netlink_callback *cb = dump->cb;
	void *header = genlmsg_put(dump->skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   &cw_genl_family, NLM_F_MULTI, CW_CMD_POLICY_GET);

	if (!header)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, header);
	if (rule_put(dump->skb, rule)) {
		genlmsg_cancel(dump->skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(dump->skb, header);
	return 0;
}

/* Keeps in args[0] the id of the rule to go on with, in args[1] whether all were shown. */
int cw_genl_policy_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct rule_dump dump = { skb, cb };
	int err = cw_genl_dump_admin(cb);

	if (err)
		return err;
	if (cb->args[1])
		return 0;
	/* The value is never 0, which means that there is nothing to compare. */
	cb->seq = (u32)atomic_read(&cw_policy_generation) | 1U << 31;
	cb->args[0] = cw_policy_walk(cb->args[0], cw_genl_scope(sock_net(cb->skb->sk)), rule_visit,
				     &dump);
	cb->args[1] = !cb->args[0];
	return skb->len;
}
