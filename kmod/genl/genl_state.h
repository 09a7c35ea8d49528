/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands that show the module's state, and the one that pauses policy.
 */
#ifndef CW_GENL_STATE_H
#define CW_GENL_STATE_H

struct genl_info;
struct netlink_callback;
struct sk_buff;

/* genl.c says which attributes each of them is given.  Process context. */
int cw_genl_status_get(struct sk_buff *skb, struct genl_info *info);
int cw_genl_counter_dump(struct sk_buff *skb, struct netlink_callback *cb);
int cw_genl_netns_dump(struct sk_buff *skb, struct netlink_callback *cb);
int cw_genl_socket_dump(struct sk_buff *skb, struct netlink_callback *cb);
int cw_genl_carrier_set(struct sk_buff *skb, struct genl_info *info);

#endif
