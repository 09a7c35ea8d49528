/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands about the contexts of tasks.
 */
#ifndef CW_GENL_CONTEXT_H
#define CW_GENL_CONTEXT_H

struct genl_info;
struct netlink_callback;
struct sk_buff;

/* genl.c says which attributes each of them is given.  Process context. */
int cw_genl_context_set(struct sk_buff *skb, struct genl_info *info);
int cw_genl_context_clear(struct sk_buff *skb, struct genl_info *info);
int cw_genl_context_get(struct sk_buff *skb, struct genl_info *info);
int cw_genl_context_dump(struct sk_buff *skb, struct netlink_callback *cb);

#endif
