/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands about sessions, and about the definitions that their events use.
 */
#ifndef CW_GENL_SESSION_H
#define CW_GENL_SESSION_H

struct genl_info;
struct netlink_callback;
struct sk_buff;

/* genl.c says which attributes each of them is given.  Process context. */
int cw_genl_session_open(struct sk_buff *skb, struct genl_info *info);
int cw_genl_session_close(struct sk_buff *skb, struct genl_info *info);
int cw_genl_session_dump(struct sk_buff *skb, struct netlink_callback *cb);
int cw_genl_definition_dump(struct sk_buff *skb, struct netlink_callback *cb);

#endif
