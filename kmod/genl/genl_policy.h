/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands about rules.
 */
#ifndef CW_GENL_POLICY_H
#define CW_GENL_POLICY_H

struct genl_info;
struct netlink_callback;
struct sk_buff;

/* genl.c says which attributes each of them is given.  Process context. */
int cw_genl_policy_add(struct sk_buff *skb, struct genl_info *info);
int cw_genl_policy_del(struct sk_buff *skb, struct genl_info *info);
int cw_genl_policy_dump(struct sk_buff *skb, struct netlink_callback *cb);

#endif
