// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink commands that show the module's state (status, counters, namespaces, sockets), and the
 * one that pauses policy.  Process context; namespaces are listed under cw_policy_mutex.
 */
#include <linux/netlink.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "base/counter.h"
#include "base/net.h"
#include "compat/genl.h"
#include "control/arming.h"
#include "control/hooks.h"
#include "control/netns.h"
#include "control/taps.h"
#include "event/definition.h"
#include "event/event.h"
#include "event/session.h"
#include "genl/genl_state.h"
#include "genl/request.h"
#include "policy/pause.h"
#include "policy/rule.h"
#include "state/run.h"
#include "state/sock_table.h"
#include "state/task.h"

#define TAPS_MAX 64

static void *dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &cw_genl_family,
			   NLM_F_MULTI, cmd);
}

/* Ends a message of a dump, or takes it out again if an attribute did not fit (@misfit). */
static int dump_end(struct sk_buff *skb, void *header, int misfit)
{
	if (misfit) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

static int taps_put(struct sk_buff *skb)
{
	struct nlattr *nest = nla_nest_start(skb, CW_A_TAPS);
	const char *names[TAPS_MAX];
	unsigned int i, n;

	if (!nest)
		return -EMSGSIZE;
	n = cw_taps_list(names, TAPS_MAX);
	for (i = 0; i < n; i++)
		if (nla_put_string(skb, CW_A_TAP_NAME, names[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int kept_put(struct sk_buff *skb)
{
	u32 ms;

	return cw_taps_kept(&ms) ? nla_put_u32(skb, CW_A_TAPS_KEPT_MS, ms) : 0;
}

static int status_put(struct sk_buff *skb)
{
	return nla_put_string(skb, CW_A_VERSION, CW_VERSION) ||
	       nla_put_u32(skb, CW_A_ABI, CW_ABI_VERSION) ||
	       nla_put_u32(skb, CW_A_POLICY_COUNT, cw_policy_count()) ||
	       nla_put_u32(skb, CW_A_HOOKED_NETNS, cw_hooks_count()) ||
	       nla_put_u32(skb, CW_A_SOCKETS, cw_sock_count()) ||
	       nla_put_u32(skb, CW_A_TASKS, cw_task_count()) ||
	       nla_put_u32(skb, CW_A_RUNS, cw_run_count()) ||
	       nla_put_u32(skb, CW_A_SESSIONS, cw_session_list(NULL, 0)) ||
	       nla_put_u8(skb, CW_A_CARRIER_OFF, cw_policy_is_paused()) ||
	       kept_put(skb) || taps_put(skb);
}

int cw_genl_status_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *header;

	reply = cw_genl_reply(info, CW_CMD_STATUS_GET, &header);
	if (!reply)
		return -ENOMEM;
	if (status_put(reply)) {
		GENL_SET_ERR_MSG(info, "the status does not fit a message");
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

static int counter_put(struct sk_buff *skb, struct netlink_callback *cb, unsigned int i)
{
	void *header = dump_put(skb, cb, CW_CMD_COUNTER_GET);
	u64 value = cw_counter_read(i);

	if (!header)
		return -EMSGSIZE;
	if (i == CW_COUNT_probe_missed)
		value += cw_taps_missed();
	return dump_end(skb, header,
			nla_put_string(skb, CW_A_COUNTER_NAME, cw_counter_name(i)) ||
			nla_put_u64_64bit(skb, CW_A_COUNTER_VALUE, value, CW_A_PAD));
}

/* Keeps in args[0] the next counter. */
int cw_genl_counter_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	for (; cb->args[0] < CW_COUNT_MAX; cb->args[0]++)
		if (counter_put(skb, cb, cb->args[0]))
			break;
	return skb->len;
}

static int netns_put(struct sk_buff *skb, struct netlink_callback *cb, const struct cw_net *net)
{
	void *header = dump_put(skb, cb, CW_CMD_NETNS_GET);

	if (!header)
		return -EMSGSIZE;
	return dump_end(skb, header,
			nla_put_u16(skb, CW_A_NETNS_ID, net->id) ||
			nla_put_u32(skb, CW_A_NETNS_INUM, net->net->ns.inum) ||
			(net->active && nla_put_flag(skb, CW_A_HOOKS)));
}

/*
 * Keeps in args[0] how many namespaces were shown so far.  Namespaces that come or go meanwhile may
 * be missed or shown twice.
 */
int cw_genl_netns_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct net *only = cw_genl_scope(sock_net(cb->skb->sk));
	const struct cw_net *net;
	long index = 0;
	int err = cw_genl_dump_admin(cb);

	if (err)
		return err;
	mutex_lock(&cw_policy_mutex);
	list_for_each_entry(net, &cw_nets, node) {
		if ((only && net->net != only) || index++ < cb->args[0])
			continue;
		if (netns_put(skb, cb, net))
			break;
		cb->args[0]++;
	}
	mutex_unlock(&cw_policy_mutex);
	return skb->len;
}

static int socket_put(struct sk_buff *skb, const struct cw_sock_info *info)
{
	struct cw_flow_def flow;

	cw_flow_def_fill(&flow, &info->flow, info->netns);
	if (nla_put(skb, CW_A_FLOW, sizeof(flow), &flow) ||
	    nla_put_u32(skb, CW_A_NETNS_INUM, info->netns_inum) ||
	    nla_put_u32(skb, CW_A_SOCKET_STATE, info->state) ||
	    nla_put_u32(skb, CW_A_SOCKET_TX_RUNS, info->tx_runs) ||
	    nla_put_u32(skb, CW_A_SOCKET_RX_RUNS, info->rx_runs))
		return -EMSGSIZE;
	if (!cw_context_valid(&info->last))
		return 0;
	return nla_put(skb, CW_A_TRACE_ID, CW_TRACE_ID_LEN, info->last.trace_id) ||
	       nla_put_u64_64bit(skb, CW_A_MESSAGE_ID, info->last.message, CW_A_PAD);
}

struct socket_dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
};

static int socket_visit(const struct cw_sock_info *info, void *data)
{
	struct socket_dump *dump = data;
	void *header = dump_put(dump->skb, dump->cb, CW_CMD_SOCKET_GET);
	int err = -EMSGSIZE;

	if (header)
		err = dump_end(dump->skb, header, socket_put(dump->skb, info));
	return err;
}

/* Keeps in args[1] whether all sockets were shown. */
int cw_genl_socket_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct socket_dump dump = { .skb = skb, .cb = cb };
	int err = cw_genl_dump_admin(cb);
	struct rhashtable_iter *walk;

	if (err)
		return err;
	walk = cw_genl_walk(cb, cw_sock_walk_begin);
	if (!walk)
		return -ENOMEM;
	if (!cb->args[1])
		cb->args[1] = !cw_sock_walk_on(walk, cw_genl_scope(sock_net(cb->skb->sk)),
					       socket_visit, &dump);
	return skb->len;
}

int cw_genl_carrier_set(struct sk_buff *skb, struct genl_info *info)
{
	int err = cw_genl_host_admin(skb, info->extack);

	if (err)
		return err;
	if (CW_GENL_MISSING(info, CW_A_CARRIER_OFF))
		return -EINVAL;
	cw_policy_pause(nla_get_u8(info->attrs[CW_A_CARRIER_OFF]));
	return 0;
}
