// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink commands that show and change the contexts of tasks.  Process context, no
 * lock.  A thread needs no capability to show and change its own context.
 */
#include <linux/netlink.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <net/genetlink.h>

#include "compat/genl.h"
#include "genl/genl_context.h"
#include "genl/request.h"
#include "state/task.h"
#include "uapi/causeway.h"

/* Finds a thread by its id in the caller's pid namespace, and takes a reference. */
static struct task_struct *task_by_id(u32 tid)
{
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(find_vpid(tid), PIDTYPE_PID);
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	return task;
}

/* Finds the task that a request is about, and takes a reference. */
static struct task_struct *task_of_request(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[CW_A_TID];
	struct task_struct *task;
	int err;

	if (!attr || nla_get_u32(attr) == task_pid_vnr(current))
		return get_task_struct(current);
	err = cw_genl_host_admin(skb, info->extack);
	if (err) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "another thread's context takes CAP_NET_ADMIN in the initial user namespace");
		return ERR_PTR(err);
	}
	task = task_by_id(nla_get_u32(attr));
	if (task)
		return task;
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "there is no thread with this id");
	return ERR_PTR(-ESRCH);
}

static int context_parse(struct genl_info *info, struct cw_context *context)
{
	struct nlattr **attrs = info->attrs;
	u8 flags = CW_CONTEXT_SAMPLED;

	if (CW_GENL_MISSING(info, CW_A_TRACE_ID) || CW_GENL_MISSING(info, CW_A_SPAN_ID))
		return -EINVAL;
	memset(context, 0, sizeof(*context));
	memcpy(context->trace_id, nla_data(attrs[CW_A_TRACE_ID]), CW_TRACE_ID_LEN);
	if (!memchr_inv(context->trace_id, 0, CW_TRACE_ID_LEN)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[CW_A_TRACE_ID],
				    "a trace id of all zeros is not valid (W3C trace context)");
		return -EINVAL;
	}
	context->span = nla_get_u64(attrs[CW_A_SPAN_ID]);
	if (attrs[CW_A_CONTEXT_FLAGS])
		flags = nla_get_u8(attrs[CW_A_CONTEXT_FLAGS]);
	context->flags = CW_CTX_VALID | (flags & CW_CONTEXT_SAMPLED ? CW_CTX_SAMPLED : 0);
	if (attrs[CW_A_CLASS])
		context->class = nla_get_u8(attrs[CW_A_CLASS]);
	return 0;
}

static int set_refuse(struct genl_info *info, int err)
{
	switch (err) {
	case -ENETDOWN:
		GENL_SET_ERR_MSG(info, "no policy rule is in force: nothing would carry it");
		break;
	case -ESRCH:
		GENL_SET_ERR_MSG(info, "the thread is exiting");
		break;
	case -ENOSPC:
		GENL_SET_ERR_MSG(info, "the limit of threads with a context is reached");
		break;
	case -ENOMEM:
		GENL_SET_ERR_MSG(info, "no memory for the context");
		break;
	default:
		GENL_SET_ERR_MSG(info, "the context could not be set");
	}
	return err;
}

int cw_genl_context_set(struct sk_buff *skb, struct genl_info *info)
{
	struct cw_context context;
	struct task_struct *task;
	int err = context_parse(info, &context);

	if (err)
		return err;
	task = task_of_request(skb, info);
	if (IS_ERR(task))
		return PTR_ERR(task);
	err = cw_task_set_context(task, &context, CW_CONTEXT_EXPLICIT);
	put_task_struct(task);
	return err ? set_refuse(info, err) : 0;
}

int cw_genl_context_clear(struct sk_buff *skb, struct genl_info *info)
{
	struct task_struct *task = task_of_request(skb, info);

	if (IS_ERR(task))
		return PTR_ERR(task);
	cw_task_clear_context(task);
	put_task_struct(task);
	return 0;
}

static int context_put(struct sk_buff *skb, u32 tid, const struct cw_context *context, u8 kind)
{
	u8 flags = context->flags & CW_CTX_SAMPLED ? CW_CONTEXT_SAMPLED : 0;

	return nla_put_u32(skb, CW_A_TID, tid) ||
	       nla_put(skb, CW_A_TRACE_ID, CW_TRACE_ID_LEN, context->trace_id) ||
	       nla_put_u64_64bit(skb, CW_A_SPAN_ID, context->span, CW_A_PAD) ||
	       nla_put_u8(skb, CW_A_CONTEXT_FLAGS, flags) ||
	       nla_put_u8(skb, CW_A_CLASS, context->class) ||
	       nla_put_u8(skb, CW_A_CONTEXT_KIND, kind);
}

static int context_reply(struct genl_info *info, u32 tid, const struct cw_context *context,
			 u8 kind)
{
	struct sk_buff *reply;
	void *header;

	reply = cw_genl_reply(info, CW_CMD_CONTEXT_GET, &header);
	if (!reply)
		return -ENOMEM;
	/* The message is new and has room. */
	context_put(reply, tid, context, kind);
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

int cw_genl_context_get(struct sk_buff *skb, struct genl_info *info)
{
	struct task_struct *task = task_of_request(skb, info);
	struct cw_context context;
	u32 tid;
	u8 kind;

	if (IS_ERR(task))
		return PTR_ERR(task);
	kind = cw_task_get_context(task, &context);
	tid = task_pid_vnr(task);
	put_task_struct(task);
	if (kind)
		return context_reply(info, tid, &context, kind);
	GENL_SET_ERR_MSG(info, "the thread holds no context");
	return -ENODATA;
}

struct context_dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
};

static int context_visit(struct task_struct *task, const struct cw_context *context, u8 kind,
			 void *data)
{
	struct context_dump *dump = data;
	struct netlink_callback *cb = dump->cb;
	u32 tid = task_pid_vnr(task);
	void *header;

	/* A thread outside of the reader's pid namespace has no id in it. */
	if (!tid)
		return 0;
	header = genlmsg_put(dump->skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			     &cw_genl_family, NLM_F_MULTI, CW_CMD_CONTEXT_GET);
	if (!header || context_put(dump->skb, tid, context, kind)) {
		if (header)
			genlmsg_cancel(dump->skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(dump->skb, header);
	return 0;
}

/* args[1]: all were shown. */
int cw_genl_context_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct context_dump dump = { .skb = skb, .cb = cb };
	struct rhashtable_iter *walk;

	if (!netlink_capable(cb->skb, CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG(cb->extack,
			       "all threads' contexts take CAP_NET_ADMIN in the initial user namespace");
		return -EPERM;
	}
	if (nlmsg_attrlen(cb->nlh, GENL_HDRLEN)) {
		NL_SET_ERR_MSG(cb->extack, "a dump shows all threads: leave out CW_A_TID");
		return -EINVAL;
	}
	walk = cw_genl_walk(cb, cw_task_walk_begin);
	if (!walk)
		return -ENOMEM;
	if (!cb->args[1])
		cb->args[1] = !cw_task_walk_on(walk, context_visit, &dump);
	return skb->len;
}
