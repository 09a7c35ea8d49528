/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command that dumps histograms.
 */
#ifndef CW_GENL_HISTOGRAM_H
#define CW_GENL_HISTOGRAM_H

struct netlink_callback;
struct sk_buff;

/* genl.c says which attributes each of them is given.  Process context. */
int cw_genl_histogram_start(struct netlink_callback *cb);
int cw_genl_histogram_dump(struct sk_buff *skb, struct netlink_callback *cb);

#endif
