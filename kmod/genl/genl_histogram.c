// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink command that shows the histograms.  Process context; under cw_policy_mutex,
 * so that the namespaces stay.
 */
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "base/net.h"
#include "control/netns.h"
#include "event/definition.h"
#include "event/histogram.h"
#include "genl/genl_histogram.h"
#include "genl/request.h"
#include "policy/rule.h"

/* The size of a message with all buckets and with the attributes before them. */
#define MESSAGE_MAX (CW_HISTOGRAM_BUCKETS * sizeof(struct cw_bucket) + 512)

static const struct cw_net *net_by_cookie(u64 cookie)
{
	const struct cw_net *net;

	list_for_each_entry(net, &cw_nets, node)
		if (net->cookie == cookie)
			return net;
	return NULL;
}

/* Adds the device's name, which a device that is gone does not have any more. */
static int device_put(struct sk_buff *skb, const struct cw_net *net, u32 ifindex)
{
	const struct net_device *device;
	char name[IFNAMSIZ] = "";

	rcu_read_lock();
	device = ifindex ? dev_get_by_index_rcu(net->net, ifindex) : NULL;
	if (device)
		strscpy(name, device->name, sizeof(name));
	rcu_read_unlock();
	return *name ? nla_put_string(skb, CW_A_DEVICE_NAME, name) : 0;
}

static int buckets_put(struct sk_buff *skb, const struct cw_histogram_info *info)
{
	struct cw_bucket bucket = { 0 };
	struct nlattr *attr;
	u32 used = 0, i;

	for (i = 0; i < CW_HISTOGRAM_BUCKETS; i++)
		used += !!info->bucket[i];
	attr = nla_reserve(skb, CW_A_HISTOGRAM_BUCKETS, used * sizeof(bucket));
	if (!attr)
		return -EMSGSIZE;
	for (i = 0, used = 0; i < CW_HISTOGRAM_BUCKETS; i++) {
		if (!info->bucket[i])
			continue;
		bucket.index = i;
		bucket.count = info->bucket[i];
		memcpy(nla_data(attr) + used++ * sizeof(bucket), &bucket, sizeof(bucket));
	}
	return 0;
}

static int server_put(struct sk_buff *skb, const struct cw_histogram_info *info)
{
	struct cw_flow_def flow;

	if (!info->flow.family)
		return 0;
	cw_flow_def_fill(&flow, &info->flow, info->netns);
	return nla_put(skb, CW_A_FLOW, sizeof(flow), &flow);
}

static int step_put(struct sk_buff *skb, const struct cw_histogram_info *info)
{
	if (!info->to)
		return 0;
	return (info->direction != CW_HISTOGRAM_DIRECTION_UNKNOWN &&
		nla_put_u8(skb, CW_A_HISTOGRAM_DIRECTION, info->direction)) ||
	       nla_put_u8(skb, CW_A_HISTOGRAM_FROM, info->from) ||
	       nla_put_u8(skb, CW_A_HISTOGRAM_TO, info->to);
}

static int histogram_put(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct cw_histogram_info *info, const struct cw_net *net)
{
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   &cw_genl_family, NLM_F_MULTI, CW_CMD_HISTOGRAM_GET);

	if (!header)
		return -EMSGSIZE;
	if (nla_put_u16(skb, CW_A_NETNS_ID, info->netns) ||
	    nla_put_u32(skb, CW_A_NETNS_INUM, net ? net->net->ns.inum : 0) ||
	    server_put(skb, info) || step_put(skb, info) ||
	    (net && device_put(skb, net, info->ifindex)) ||
	    nla_put_u64_64bit(skb, CW_A_HISTOGRAM_SUM, info->sum, CW_A_PAD) ||
	    nla_put_u64_64bit(skb, CW_A_HISTOGRAM_MAX, info->max, CW_A_PAD) ||
	    buckets_put(skb, info)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

int cw_genl_histogram_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = max_t(u32, cb->min_dump_alloc, MESSAGE_MAX);
	return 0;
}

/* args[0]: next slot. */
int cw_genl_histogram_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct net *only = cw_genl_scope(sock_net(cb->skb->sk));
	struct cw_histogram_info *info;
	const struct cw_net *net;
	u32 next = cb->args[0];
	int err = cw_genl_dump_admin(cb);

	if (err)
		return err;
	info = kmalloc(sizeof(*info), GFP_KERNEL);
	if (!info) {
		NL_SET_ERR_MSG(cb->extack, "no memory for a histogram");
		return -ENOMEM;
	}
	mutex_lock(&cw_policy_mutex);
	while (cw_histogram_copy(&next, info)) {
		net = net_by_cookie(info->cookie);
		if (only && (!net || net->net != only)) {
			cb->args[0] = next;
			continue;
		}
		if (histogram_put(skb, cb, info, net))
			break;
		cb->args[0] = next;
	}
	mutex_unlock(&cw_policy_mutex);
	kfree(info);
	return skb->len;
}
