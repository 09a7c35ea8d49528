/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic netlink family of uapi/causeway.h: parses requests, calls the layers
 * below, fills replies.  No logic of its own.  genl.c has the tables and the family;
 * genl_policy.c, genl_context.c, genl_state.c and genl_session.c the commands.
 *
 * Commands run in process context, several at once (parallel_ops), with genl's own
 * lock held for reading; they take cw_control_mutex and cw_policy_mutex through the layers below.
 */
#ifndef CW_GENL_H
#define CW_GENL_H

#include <linux/types.h>

struct cw_rule;
struct genl_family;
struct genl_info;
struct net;
struct netlink_callback;
struct netlink_ext_ack;
struct nlattr;
struct rhashtable_iter;
struct sk_buff;

extern struct genl_family cw_genl_family;

/* Register and unregister the family.  Process context, no lock held. */
int cw_genl_init(void);
void cw_genl_exit(void);

/* What follows is shared by genl*.c only. */

/**
 * CW_GENL_MISSING() - is an attribute missing that the command cannot do without
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
 * The check is made here and not by flags of the command, since the core's says nothing.
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
 * cw_genl_walk() - the walk of a dump that goes over a hash table
 * @cb: the dump; its args[0] is the walk's
 * @begin: begins one, with the first message: who may not dump has none
 *
 * The command's .done is cw_genl_walk_done(), which ends it: with the dump, or where its reader
 * abandons that, when the reader's socket goes.  Until then the module stays.
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
 * @net: the sender's, who may administer it
 *
 * Return: @net, or NULL (all of them) for the initial namespace.
 * Context: any.
 */
const struct net *cw_genl_scope(const struct net *net);

/**
 * cw_genl_dump_admin() - the same check as cw_genl_admin() for a dump
 * @cb: the dump
 *
 * Made with each message of the dump, and not when it starts, since only then its
 * refusal can carry a message on all kernels.
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
 * To be had before anything is changed, so that lack of memory changes nothing.
 *
 * Return: the message, or NULL, and the sender is told.
 * Context: process.
 */
struct sk_buff *cw_genl_reply(struct genl_info *info, u8 cmd, void **header);

/* Commands; the attributes that they see passed the policies in genl.c. */
int cw_genl_status_get(struct sk_buff *skb, struct genl_info *info);
int cw_genl_counter_dump(struct sk_buff *skb, struct netlink_callback *cb);
int cw_genl_netns_dump(struct sk_buff *skb, struct netlink_callback *cb);
int cw_genl_socket_dump(struct sk_buff *skb, struct netlink_callback *cb);
int cw_genl_carrier_set(struct sk_buff *skb, struct genl_info *info);

int cw_genl_policy_add(struct sk_buff *skb, struct genl_info *info);
int cw_genl_policy_del(struct sk_buff *skb, struct genl_info *info);
int cw_genl_policy_dump(struct sk_buff *skb, struct netlink_callback *cb);

int cw_genl_context_set(struct sk_buff *skb, struct genl_info *info);
int cw_genl_context_clear(struct sk_buff *skb, struct genl_info *info);
int cw_genl_context_get(struct sk_buff *skb, struct genl_info *info);
int cw_genl_context_dump(struct sk_buff *skb, struct netlink_callback *cb);

int cw_genl_session_open(struct sk_buff *skb, struct genl_info *info);
int cw_genl_session_close(struct sk_buff *skb, struct genl_info *info);
int cw_genl_session_dump(struct sk_buff *skb, struct netlink_callback *cb);
int cw_genl_definition_dump(struct sk_buff *skb, struct netlink_callback *cb);
int cw_genl_histogram_start(struct netlink_callback *cb);
int cw_genl_histogram_dump(struct sk_buff *skb, struct netlink_callback *cb);

#endif
