// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink commands of the event stream: its sessions, and the definitions of the short ids
 * that are in use.  Process context; the sessions have their own locks.
 */
#include <linux/netlink.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "base/net.h"
#include "compat/genl.h"
#include "event/definition.h"
#include "event/event.h"
#include "event/session.h"
#include "genl/genl_session.h"
#include "genl/request.h"

/* So many sessions are shown, which is more than may be open (CW_SESSIONS_MAX). */
#define SESSIONS_SHOWN	32
/* So many definitions are put into a message; few, since they are copied to the stack. */
#define DEFINITIONS	8

/* Records name threads by their ids in the initial pid namespace. */
static int filter_task(struct genl_info *info, struct cw_filter *filter)
{
	const struct nlattr *attr = info->attrs[CW_A_FILTER_TID];

	if (!attr)
		return 0;
	filter->tid = nla_get_u32(attr);
	if (task_active_pid_ns(current) == &init_pid_ns)
		return 0;
	rcu_read_lock();
	filter->tid = pid_nr(find_vpid(filter->tid));
	rcu_read_unlock();
	if (filter->tid)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attr,
			    "there is no thread with this id in the caller's pid namespace");
	return -ESRCH;
}

static int filter_set_net(struct genl_info *info, struct cw_filter *filter, const struct net *net)
{
	filter->netns_cookie = cw_net(net)->cookie;
	if (cw_net(net)->id)
		return 0;
	GENL_SET_ERR_MSG(info, "the namespace is not traced: no short id was left for it");
	return -ENOSPC;
}

/* @watched: result: the namespace that the request names, with a reference; NULL: it names none */
static int filter_net(struct sk_buff *skb, struct genl_info *info, struct cw_filter *filter,
		      struct net **watched)
{
	const struct nlattr *attr = info->attrs[CW_A_FILTER_NETNS_FD];
	struct net *net = genl_info_net(info);
	int err;

	if (attr) {
		net = cw_genl_net_by_fd(skb, attr, info->extack);
		if (IS_ERR(net))
			return PTR_ERR(net);
		*watched = net;
		return filter_set_net(info, filter, net);
	}
	err = cw_genl_admin(skb, net, info->extack);
	if (err || !cw_genl_scope(net))
		return err;
	return filter_set_net(info, filter, net);
}

static int filter_bits(struct genl_info *info, struct cw_filter *filter)
{
	struct nlattr **attrs = info->attrs;

	if (attrs[CW_A_FILTER_TRACE_ID]) {
		memcpy(filter->trace_id, nla_data(attrs[CW_A_FILTER_TRACE_ID]), CW_TRACE_ID_LEN);
		filter->by_trace_id = true;
	}
	if (attrs[CW_A_FILTER_PORT])
		filter->port = nla_get_u16(attrs[CW_A_FILTER_PORT]);
	if (!attrs[CW_A_FILTER_STAGES])
		return 0;
	filter->stages = nla_get_u32(attrs[CW_A_FILTER_STAGES]);
	if (filter->stages)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attrs[CW_A_FILTER_STAGES],
			    "no stage is named: leave it out to see all");
	return -EINVAL;
}

static int filter_parse(struct sk_buff *skb, struct genl_info *info, struct cw_filter *filter,
			struct net **watched)
{
	int err;

	memset(filter, 0, sizeof(*filter));
	err = filter_net(skb, info, filter, watched);
	if (!err)
		err = filter_task(info, filter);
	if (!err)
		err = filter_bits(info, filter);
	return err;
}

static int session_open(struct genl_info *info, const struct cw_filter *filter)
{
	struct net *net = genl_info_net(info);
	struct cw_session_stats stats;
	struct sk_buff *reply;
	void *header;
	u32 id;
	int err;

	reply = cw_genl_reply(info, CW_CMD_SESSION_OPEN, &header);
	if (!reply)
		return -ENOMEM;
	err = cw_session_prepare(net, info->snd_portid, filter, &id, info->extack);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	/* The message is new and has room. */
	nla_put_u32(reply, CW_A_SESSION_ID, id);
	genlmsg_end(reply, header);
	err = genlmsg_reply(reply, info);
	if (err) {
		GENL_SET_ERR_MSG(info, "the session's id does not fit the socket's receive queue");
		cw_session_end(net, info->snd_portid, id, &stats);
		return err;
	}
	cw_session_start(id);
	return 0;
}

/*
 * Holds the namespace that is watched until the session is open.  If the namespace goes after that,
 * cw_sessions_net_exit() finds the session, and its reader knows the id of what ends.
 */
int cw_genl_session_open(struct sk_buff *skb, struct genl_info *info)
{
	struct net *watched = NULL;
	struct cw_filter filter;
	int err = filter_parse(skb, info, &filter, &watched);

	if (!err)
		err = session_open(info, &filter);
	if (watched)
		put_net(watched);
	return err;
}

static int stats_put(struct sk_buff *skb, const struct cw_session_stats *stats)
{
	return nla_put_u32(skb, CW_A_SESSION_ID, stats->id) ||
	       nla_put_u32(skb, CW_A_PORTID, stats->portid) ||
	       nla_put_u64_64bit(skb, CW_A_SESSION_PRODUCED, stats->produced, CW_A_PAD) ||
	       nla_put_u64_64bit(skb, CW_A_SESSION_SENT, stats->sent, CW_A_PAD) ||
	       nla_put_u64_64bit(skb, CW_A_SESSION_DROPPED, stats->dropped, CW_A_PAD);
}

/* Any process with the socket that opened the session may close it: portids are not shared. */
int cw_genl_session_close(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[CW_A_SESSION_ID];
	struct cw_session_stats stats = {};
	struct sk_buff *reply;
	void *header;
	int err;

	if (CW_GENL_MISSING(info, CW_A_SESSION_ID))
		return -EINVAL;
	reply = cw_genl_reply(info, CW_CMD_SESSION_CLOSE, &header);
	if (!reply)
		return -ENOMEM;
	err = cw_session_end(genl_info_net(info), info->snd_portid, nla_get_u32(attr), &stats);
	if (err) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "this socket has no session with this id");
		nlmsg_free(reply);
		return err;
	}
	/* The message is new and has room. */
	stats_put(reply, &stats);
	genlmsg_end(reply, header);
	err = genlmsg_reply(reply, info);
	if (err)
		GENL_SET_ERR_MSG(info, "closed; the final numbers did not fit the socket's queue");
	return err;
}

static int session_put(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct cw_session_stats *stats)
{
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   &cw_genl_family, NLM_F_MULTI, CW_CMD_SESSION_GET);

	if (!header)
		return -EMSGSIZE;
	if (stats_put(skb, stats)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/* Keeps in args[0] how many sessions were shown so far. */
int cw_genl_session_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cw_session_stats *list;
	unsigned int i, n;

	list = kcalloc(SESSIONS_SHOWN, sizeof(*list), GFP_KERNEL);
	if (!list) {
		NL_SET_ERR_MSG(cb->extack, "no memory for the list of sessions");
		return -ENOMEM;
	}
	n = min_t(unsigned int, cw_session_list(list, SESSIONS_SHOWN), SESSIONS_SHOWN);
	for (i = cb->args[0]; i < n; i++)
		if (session_put(skb, cb, &list[i]))
			break;
	cb->args[0] = i;
	kfree(list);
	return skb->len;
}

static int records_put(struct sk_buff *skb, struct netlink_callback *cb,
		       const union cw_record *records, unsigned int n)
{
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   &cw_genl_family, NLM_F_MULTI, CW_CMD_DEFINITION_GET);

	if (!header)
		return -EMSGSIZE;
	if (nla_put(skb, CW_A_RECORDS, n * sizeof(*records), records)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/* Keeps in args[0] the slot to go on at. */
int cw_genl_definition_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(cb->skb->sk);
	u64 cookie = cw_genl_scope(net) ? cw_net(net)->cookie : 0; /* 0: all */
	union cw_record records[DEFINITIONS];
	u32 index = cb->args[0];
	unsigned int n;
	int err = cw_genl_dump_admin(cb);

	if (err)
		return err;
	for (;;) {
		n = cw_definitions_copy(&index, cookie, records, DEFINITIONS);
		if (!n || records_put(skb, cb, records, n))
			break;
		cb->args[0] = index;
	}
	return skb->len;
}
