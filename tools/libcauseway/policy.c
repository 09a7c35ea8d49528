// SPDX-License-Identifier: GPL-2.0
/*
 * Adds, deletes and lists rules.  Only values that differ from the default are sent, so
 * that an older module refuses just what it does not know.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "attr.h"
#include "handle.h"

CW_EXPORT void cw_policy_init(struct cw_policy *policy, enum cw_rule_kind kind)
{
	memset(policy, 0, sizeof(*policy));
	policy->kind = (uint8_t)kind;
	policy->netns_fd = -1;
	policy->side = CW_SIDE_ANY;
	policy->direction = CW_DIRECTION_BOTH;
	policy->ratio = CW_RATIO_ONE;
}

static int address_put(struct nl_msg *msg, const struct cw_policy *policy)
{
	int error;

	if (!policy->family)
		return 0;
	error = nla_put_u8(msg, CW_A_RULE_FAMILY, policy->family);
	if (!error)
		error = nla_put(msg, CW_A_RULE_PREFIX, policy->family == AF_INET ? 4 : 16,
				policy->prefix);
	return error ? error : nla_put_u8(msg, CW_A_RULE_PREFIX_LEN, policy->prefix_len);
}

static int root_put(struct nl_msg *msg, const struct cw_policy *policy)
{
	int error = nla_put_u8(msg, CW_A_RULE_SIDE, policy->side);

	if (!error && policy->cgroup)
		error = nla_put_u64(msg, CW_A_RULE_CGROUP, policy->cgroup);
	if (!error && policy->comm[0])
		error = nla_put_string(msg, CW_A_RULE_COMM, policy->comm);
	if (!error && policy->ratio != CW_RATIO_ONE)
		error = nla_put_u32(msg, CW_A_RULE_RATIO, policy->ratio);
	if (!error && policy->rate)
		error = nla_put_u32(msg, CW_A_RULE_RATE, policy->rate);
	if (!error && policy->class_id)
		error = nla_put_u8(msg, CW_A_RULE_CLASS, policy->class_id);
	return error;
}

static int peer_put(struct nl_msg *msg, const struct cw_policy *policy)
{
	int error = nla_put_u8(msg, CW_A_RULE_DIRECTION, policy->direction);

	if (!error && policy->flags)
		error = nla_put_u32(msg, CW_A_RULE_FLAGS, policy->flags);
	return error;
}

static int policy_put(struct nl_msg *msg, const struct cw_policy *policy)
{
	int error = nla_put_u8(msg, CW_A_RULE_KIND, policy->kind);

	if (!error && policy->all_netns)
		error = nla_put_flag(msg, CW_A_ALL_NETNS);
	else if (!error && policy->netns_fd >= 0)
		error = nla_put_s32(msg, CW_A_NETNS_FD, policy->netns_fd);
	if (!error && policy->port)
		error = nla_put_u16(msg, CW_A_RULE_PORT, policy->port);
	if (!error)
		error = address_put(msg, policy);
	if (error)
		return error;
	return policy->kind == CW_RULE_ROOT ? root_put(msg, policy) : peer_put(msg, policy);
}

static int id_read(struct nlattr **attrs, void *data)
{
	*(uint32_t *)data = cw_attr_u32(attrs, CW_A_RULE_ID);
	return 0;
}

CW_EXPORT int cw_policy_add(struct cw_handle *handle, const struct cw_policy *policy, uint32_t *id)
{
	struct nl_msg *msg = cw_request_new(handle, CW_CMD_POLICY_ADD, 0);

	*id = 0;
	return cw_request_run(handle, msg, msg ? policy_put(msg, policy) : 0, id_read, id);
}

CW_EXPORT int cw_policy_delete(struct cw_handle *handle, uint32_t id)
{
	struct nl_msg *msg = cw_request_new(handle, CW_CMD_POLICY_DEL, 0);
	int error = 0;

	if (msg)
		error = id ? nla_put_u32(msg, CW_A_RULE_ID, id) : nla_put_flag(msg, CW_A_ALL);
	return cw_request_run(handle, msg, error, NULL, NULL);
}

struct visitor {
	cw_policy_fn fn;
	void *data;
};

static void address_read(struct cw_policy *policy, struct nlattr **attrs)
{
	uint8_t family = cw_attr_u8(attrs, CW_A_RULE_FAMILY);

	if (cw_attr_bytes(attrs, CW_A_RULE_PREFIX, policy->prefix, family == AF_INET ? 4 : 16)) {
		policy->family = family;
		policy->prefix_len = cw_attr_u8(attrs, CW_A_RULE_PREFIX_LEN);
	}
}

static int policy_read(struct nlattr **attrs, void *data)
{
	const struct visitor *visitor = data;
	struct cw_policy policy;

	cw_policy_init(&policy, cw_attr_u8(attrs, CW_A_RULE_KIND));
	policy.id = cw_attr_u32(attrs, CW_A_RULE_ID);
	policy.netns_inum = cw_attr_u32(attrs, CW_A_NETNS_INUM);
	policy.all_netns = attrs[CW_A_ALL_NETNS] != NULL;
	policy.matched = cw_attr_u64(attrs, CW_A_RULE_MATCHED);
	if (attrs[CW_A_RULE_SIDE])
		policy.side = cw_attr_u8(attrs, CW_A_RULE_SIDE);
	if (attrs[CW_A_RULE_DIRECTION])
		policy.direction = cw_attr_u8(attrs, CW_A_RULE_DIRECTION);
	policy.port = cw_attr_u16(attrs, CW_A_RULE_PORT);
	address_read(&policy, attrs);
	policy.cgroup = cw_attr_u64(attrs, CW_A_RULE_CGROUP);
	cw_attr_string(attrs, CW_A_RULE_COMM, policy.comm, sizeof(policy.comm));
	if (attrs[CW_A_RULE_RATIO])
		policy.ratio = cw_attr_u32(attrs, CW_A_RULE_RATIO);
	policy.rate = cw_attr_u32(attrs, CW_A_RULE_RATE);
	policy.class_id = cw_attr_u8(attrs, CW_A_RULE_CLASS);
	policy.flags = cw_attr_u32(attrs, CW_A_RULE_FLAGS);
	policy.host = attrs[CW_A_RULE_HOST] != NULL;
	return visitor->fn(&policy, visitor->data);
}

CW_EXPORT int cw_policy_dump(struct cw_handle *handle, cw_policy_fn fn, void *data)
{
	struct visitor visitor = { .fn = fn, .data = data };

	return cw_request_run(handle, cw_request_new(handle, CW_CMD_POLICY_GET, NLM_F_DUMP), 0,
			      policy_read, &visitor);
}
