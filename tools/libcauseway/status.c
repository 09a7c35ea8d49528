// SPDX-License-Identifier: GPL-2.0
/*
 * Reads what the module reports of itself: status, counters, namespaces; and sets its
 * host-wide switch.  One request each; the caller's thread, no locks.
 */
#include <string.h>

#include "attr.h"
#include "handle.h"

static void taps_read(struct cw_status *out, struct nlattr *taps)
{
	struct nlattr *attr;
	int rest;

	nla_for_each_nested(attr, taps, rest) {
		if (nla_type(attr) != CW_A_TAP_NAME || out->tap_count == CW_STATUS_TAPS)
			continue;
		nla_strlcpy(out->taps[out->tap_count++], attr, CW_NAME_LEN);
	}
}

static int status_read(struct nlattr **attrs, void *data)
{
	struct cw_status *out = data;

	cw_attr_string(attrs, CW_A_VERSION, out->version, sizeof(out->version));
	out->abi = cw_attr_u32(attrs, CW_A_ABI);
	out->policies = cw_attr_u32(attrs, CW_A_POLICY_COUNT);
	out->hooked_netns = cw_attr_u32(attrs, CW_A_HOOKED_NETNS);
	out->sockets = cw_attr_u32(attrs, CW_A_SOCKETS);
	out->tasks = cw_attr_u32(attrs, CW_A_TASKS);
	out->runs = cw_attr_u32(attrs, CW_A_RUNS);
	out->sessions = cw_attr_u32(attrs, CW_A_SESSIONS);
	out->carrier_off = cw_attr_u8(attrs, CW_A_CARRIER_OFF);
	out->taps_kept = attrs[CW_A_TAPS_KEPT_MS] != NULL;
	out->taps_kept_ms = cw_attr_u32(attrs, CW_A_TAPS_KEPT_MS);
	if (attrs[CW_A_TAPS])
		taps_read(out, attrs[CW_A_TAPS]);
	return 0;
}

CW_EXPORT int cw_status_get(struct cw_handle *handle, struct cw_status *out)
{
	memset(out, 0, sizeof(*out));
	return cw_request_run(handle, cw_request_new(handle, CW_CMD_STATUS_GET, 0), 0, status_read,
			      out);
}

CW_EXPORT int cw_carrier_set(struct cw_handle *handle, bool off)
{
	struct nl_msg *msg = cw_request_new(handle, CW_CMD_CARRIER_SET, 0);
	int error = msg ? nla_put_u8(msg, CW_A_CARRIER_OFF, off) : 0;

	return cw_request_run(handle, msg, error, NULL, NULL);
}

/* The caller of a dump; each dump sets and calls one of the functions. */
struct visitor {
	cw_counter_fn counter;
	cw_netns_fn netns;
	void *data;
};

static int counter_read(struct nlattr **attrs, void *data)
{
	const struct visitor *visitor = data;
	char name[CW_NAME_LEN];
	struct cw_counter counter = { .name = name };

	cw_attr_string(attrs, CW_A_COUNTER_NAME, name, sizeof(name));
	counter.value = cw_attr_u64(attrs, CW_A_COUNTER_VALUE);
	return visitor->counter(&counter, visitor->data);
}

CW_EXPORT int cw_counter_dump(struct cw_handle *handle, cw_counter_fn fn, void *data)
{
	struct visitor visitor = { .counter = fn, .data = data };

	return cw_request_run(handle, cw_request_new(handle, CW_CMD_COUNTER_GET, NLM_F_DUMP), 0,
			      counter_read, &visitor);
}

static int netns_read(struct nlattr **attrs, void *data)
{
	const struct visitor *visitor = data;
	struct cw_netns netns = {
		.id = cw_attr_u16(attrs, CW_A_NETNS_ID),
		.inum = cw_attr_u32(attrs, CW_A_NETNS_INUM),
		.hooks = attrs[CW_A_HOOKS] != NULL,
	};

	return visitor->netns(&netns, visitor->data);
}

CW_EXPORT int cw_netns_dump(struct cw_handle *handle, cw_netns_fn fn, void *data)
{
	struct visitor visitor = { .netns = fn, .data = data };

	return cw_request_run(handle, cw_request_new(handle, CW_CMD_NETNS_GET, NLM_F_DUMP), 0,
			      netns_read, &visitor);
}
