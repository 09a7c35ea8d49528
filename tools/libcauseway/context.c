// SPDX-License-Identifier: GPL-2.0
/*
 * Reads, sets and clears contexts of tasks.  A thread needs no privilege for its own
 * context; that is the calling thread's, whichever handle it uses.
 */
#include <errno.h>
#include <string.h>

#include "attr.h"
#include "handle.h"

static int context_put(struct nl_msg *msg, const struct cw_task_context *context)
{
	int error = nla_put(msg, CW_A_TRACE_ID, CW_TRACE_ID_LEN, context->trace_id);

	if (!error)
		error = nla_put_u64(msg, CW_A_SPAN_ID, context->span_id);
	if (!error)
		error = nla_put_u8(msg, CW_A_CONTEXT_FLAGS, context->flags);
	if (!error && context->class_id)
		error = nla_put_u8(msg, CW_A_CLASS, context->class_id);
	if (!error && context->tid)
		error = nla_put_u32(msg, CW_A_TID, context->tid);
	return error;
}

CW_EXPORT int cw_context_set(struct cw_handle *handle, const struct cw_task_context *context)
{
	struct nl_msg *msg = cw_request_new(handle, CW_CMD_CONTEXT_SET, 0);

	return cw_request_run(handle, msg, msg ? context_put(msg, context) : 0, NULL, NULL);
}

static int tid_put(struct nl_msg *msg, uint32_t tid)
{
	return msg && tid ? nla_put_u32(msg, CW_A_TID, tid) : 0;
}

CW_EXPORT int cw_context_clear(struct cw_handle *handle, uint32_t tid)
{
	struct nl_msg *msg = cw_request_new(handle, CW_CMD_CONTEXT_CLEAR, 0);

	return cw_request_run(handle, msg, tid_put(msg, tid), NULL, NULL);
}

static int context_read(struct nlattr **attrs, void *data)
{
	struct cw_task_context *out = data;

	memset(out, 0, sizeof(*out));
	out->tid = cw_attr_u32(attrs, CW_A_TID);
	if (!cw_attr_bytes(attrs, CW_A_TRACE_ID, out->trace_id, sizeof(out->trace_id)))
		return -ENODATA;
	out->span_id = cw_attr_u64(attrs, CW_A_SPAN_ID);
	out->flags = cw_attr_u8(attrs, CW_A_CONTEXT_FLAGS);
	out->class_id = cw_attr_u8(attrs, CW_A_CLASS);
	out->kind = cw_attr_u8(attrs, CW_A_CONTEXT_KIND);
	return 0;
}

CW_EXPORT int cw_context_get(struct cw_handle *handle, uint32_t tid, struct cw_task_context *out)
{
	struct nl_msg *msg = cw_request_new(handle, CW_CMD_CONTEXT_GET, 0);

	return cw_request_run(handle, msg, tid_put(msg, tid), context_read, out);
}

struct visitor {
	cw_context_fn fn;
	void *data;
};

static int context_visit(struct nlattr **attrs, void *data)
{
	const struct visitor *visitor = data;
	struct cw_task_context context;

	/* The task may have lost its context meanwhile. */
	if (context_read(attrs, &context))
		return 0;
	return visitor->fn(&context, visitor->data);
}

CW_EXPORT int cw_context_dump(struct cw_handle *handle, cw_context_fn fn, void *data)
{
	struct visitor visitor = { .fn = fn, .data = data };

	return cw_request_run(handle, cw_request_new(handle, CW_CMD_CONTEXT_GET, NLM_F_DUMP), 0,
			      context_visit, &visitor);
}
