/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that all commands share: they check the sender's right, find the namespace that the
 * command is about, and make the reply.
 */
#ifndef CW_GENL_REQUEST_H
#define CW_GENL_REQUEST_H

#include <linux/types.h>
#include <net/genetlink.h>

struct net;
struct rhashtable_iter;

/* Complete once cw_genl_init() has set its commands. */
extern struct genl_family cw_genl_family;

/**
 * CW_GENL_MISSING() - is a required attribute missing
 * @info: request
 * @attr: CW_A_*, by its name
 *
 * Return: true if so, and the sender is told which.
 */
#define CW_GENL_MISSING(info, attr) ({						\
	bool __missing = GENL_REQ_ATTR_CHECK(info, attr);			\
										\
	if (__missing)								\
		NL_SET_ERR_MSG((info)->extack, "attribute " #attr " is missing");	\
	__missing; })

/**
 * cw_genl_admin() - may the sender administer a network namespace
 * @skb: the request
 * @net: namespace
 * @extack: says why not
 *
 * The check is made here and not by flags of the command, since the core's has no message.
 *
 * Return: 0 with CAP_NET_ADMIN in the user namespace that owns @net, else -EPERM.
 * Context: process.
 */
int cw_genl_admin(struct sk_buff *skb, const struct net *net, struct netlink_ext_ack *extack);

/**
 * cw_genl_host_admin() - may the sender administer the host
 * @skb: the request
 * @extack: says why not
 *
 * Return: 0 with CAP_NET_ADMIN in the initial user namespace, else -EPERM.
 * Context: process.
 */
int cw_genl_host_admin(struct sk_buff *skb, struct netlink_ext_ack *extack);

/**
 * cw_genl_walk() - the walk over a hash table that belongs to a dump
 * @cb: the dump; args[0] holds the walk
 * @begin: called for the first message to begin the walk
 *
 * The command's .done is cw_genl_walk_done(), which ends the walk when the dump ends, or when the
 * reader closes its socket before that.  Until then the module stays.
 *
 * Return: the walk; NULL without memory, and the sender is told.
 * Context: process.
 */
struct rhashtable_iter *cw_genl_walk(struct netlink_callback *cb,
				     struct rhashtable_iter *(*begin)(void));
int cw_genl_walk_done(struct netlink_callback *cb);

/**
 * cw_genl_net_by_fd() - the namespace that an attribute names
 * @skb: the request
 * @attr: s32, an open file
 * @extack: says why not
 *
 * Return: the namespace, to be given back by put_net(), if the sender may administer it; else
 *	an ERR_PTR().
 * Context: process.
 */
struct net *cw_genl_net_by_fd(struct sk_buff *skb, const struct nlattr *attr,
			      struct netlink_ext_ack *extack);

/**
 * cw_genl_scope() - which namespace's state a dump may show
 * @net: the sender's namespace, which it may administer
 *
 * Return: @net, or NULL (all of them) for the initial namespace.
 * Context: any.
 */
const struct net *cw_genl_scope(const struct net *net);

/**
 * cw_genl_dump_admin() - may the sender administer the namespace that it dumps
 * @cb: the dump
 *
 * Called for each message of the dump, and not in its .start, since on older kernels a refusal by
 * .start cannot have an extack message.
 *
 * Return: 0 or -EPERM.
 * Context: process.
 */
int cw_genl_dump_admin(struct netlink_callback *cb);

/**
 * cw_genl_reply() - begin the reply to a request
 * @info: request
 * @cmd: its command
 * @header: result: for genlmsg_end()
 *
 * The caller makes the reply before it changes anything, so that lack of memory changes nothing.
 *
 * Return: the message, or NULL, and the sender is told.
 * Context: process.
 */
struct sk_buff *cw_genl_reply(struct genl_info *info, u8 cmd, void **header);

#endif
