// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that all commands share: may the sender do this, which namespace is it about, and the
 * reply.  Process context.
 */
#include <linux/module.h>
#include <linux/netlink.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "base/table_walk.h"
#include "genl/request.h"
#include "uapi/causeway.h"

/* resv_start_op stays 0: every command is validated in full. */
struct genl_family cw_genl_family __ro_after_init = {
	.name = CW_GENL_NAME,
	.version = CW_GENL_VERSION,
	.maxattr = CW_A_MAX,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
};

int cw_genl_admin(struct sk_buff *skb, const struct net *net, struct netlink_ext_ack *extack)
{
	if (netlink_ns_capable(skb, net->user_ns, CAP_NET_ADMIN))
		return 0;
	NL_SET_ERR_MSG(extack, "this takes CAP_NET_ADMIN over the network namespace");
	return -EPERM;
}

int cw_genl_host_admin(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_NET_ADMIN))
		return 0;
	NL_SET_ERR_MSG(extack, "this takes CAP_NET_ADMIN in the initial user namespace");
	return -EPERM;
}

int cw_genl_dump_admin(struct netlink_callback *cb)
{
	return cw_genl_admin(cb->skb, sock_net(cb->skb->sk), cb->extack);
}

struct rhashtable_iter *cw_genl_walk(struct netlink_callback *cb,
				     struct rhashtable_iter *(*begin)(void))
{
	if (!cb->args[0])
		cb->args[0] = (long)begin();
	if (!cb->args[0])
		NL_SET_ERR_MSG(cb->extack, "no memory for a walk over the table");
	return (struct rhashtable_iter *)cb->args[0];
}

int cw_genl_walk_done(struct netlink_callback *cb)
{
	cw_table_walk_end((struct rhashtable_iter *)cb->args[0]);
	return 0;
}

struct net *cw_genl_net_by_fd(struct sk_buff *skb, const struct nlattr *attr,
			      struct netlink_ext_ack *extack)
{
	struct net *net = get_net_ns_by_fd(nla_get_s32(attr));
	int err;

	if (IS_ERR(net)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "not an open file of a network namespace (/proc/PID/ns/net)");
		return net;
	}
	err = cw_genl_admin(skb, net, extack);
	if (!err)
		return net;
	NL_SET_BAD_ATTR(extack, attr);
	put_net(net);
	return ERR_PTR(err);
}

const struct net *cw_genl_scope(const struct net *net)
{
	return net_eq(net, &init_net) ? NULL : net;
}

struct sk_buff *cw_genl_reply(struct genl_info *info, u8 cmd, void **header)
{
	struct sk_buff *reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	*header = reply ? genlmsg_put_reply(reply, info, &cw_genl_family, 0, cmd) : NULL;
	if (*header)
		return reply;
	NL_SET_ERR_MSG(info->extack, "no memory for the reply");
	nlmsg_free(reply);
	return NULL;
}
