// SPDX-License-Identifier: GPL-2.0
/*
 * Checks the attributes of one message of the event stream, and turns them into a struct
 * cw_batch.  Pure but for the copy that aligns the records.
 */
#include "batch.h"

#include <string.h>

#include <libmnl/libmnl.h>

#include <linux/genetlink.h>

/* The attributes that are read; NULL: absent. */
struct batch_attrs {
	const struct nlattr *by_type[CW_A_MAX + 1];
};

static const uint8_t expected_type[CW_A_MAX + 1] = {
	[CW_A_SESSION_ID] = MNL_TYPE_U32,   [CW_A_SESSION_PRODUCED] = MNL_TYPE_U64,
	[CW_A_SESSION_SENT] = MNL_TYPE_U64, [CW_A_SESSION_DROPPED] = MNL_TYPE_U64,
	[CW_A_BATCH_SEQ] = MNL_TYPE_U64,    [CW_A_BATCH_CPU] = MNL_TYPE_U32,
	[CW_A_RECORDS] = MNL_TYPE_BINARY,   [CW_A_SESSION_END] = MNL_TYPE_U8,
};

static int on_attr(const struct nlattr *attr, void *data)
{
	struct batch_attrs *attrs = data;
	int type = mnl_attr_get_type(attr);

	if (type > CW_A_MAX || !expected_type[type])
		return MNL_CB_OK;
	if (mnl_attr_validate(attr, expected_type[type]) < 0)
		return MNL_CB_ERROR;
	attrs->by_type[type] = attr;
	return MNL_CB_OK;
}

static bool attrs_read(const struct nlmsghdr *header, struct batch_attrs *attrs)
{
	memset(attrs, 0, sizeof(*attrs));
	/* libmnl walks attributes to the aligned end: the message has to reach it. */
	if (mnl_nlmsg_get_payload_len(header) < sizeof(struct genlmsghdr) ||
	    header->nlmsg_len % MNL_ALIGNTO)
		return false;
	return mnl_attr_parse(header, sizeof(struct genlmsghdr), on_attr, attrs) == MNL_CB_OK;
}

static uint64_t get_u64(const struct batch_attrs *attrs, int type)
{
	return attrs->by_type[type] ? mnl_attr_get_u64(attrs->by_type[type]) : 0;
}

static uint32_t get_u32(const struct batch_attrs *attrs, int type)
{
	return attrs->by_type[type] ? mnl_attr_get_u32(attrs->by_type[type]) : 0;
}

bool cw_batch_read(const struct nlmsghdr *header, union cw_record *aligned, uint32_t *session,
		   struct cw_batch *out)
{
	struct batch_attrs attrs;
	const struct nlattr *records;

	if (!attrs_read(header, &attrs))
		return false;
	records = attrs.by_type[CW_A_RECORDS];
	if (!records || !attrs.by_type[CW_A_BATCH_SEQ] || !attrs.by_type[CW_A_SESSION_ID] ||
	    mnl_attr_get_payload_len(records) % sizeof(*aligned))
		return false;
	*session = get_u32(&attrs, CW_A_SESSION_ID);
	out->count = mnl_attr_get_payload_len(records) / sizeof(*aligned);
	memcpy(aligned, mnl_attr_get_payload(records), out->count * sizeof(*aligned));
	out->records = aligned;
	out->seq = get_u64(&attrs, CW_A_BATCH_SEQ);
	out->cpu = get_u32(&attrs, CW_A_BATCH_CPU);
	out->produced = get_u64(&attrs, CW_A_SESSION_PRODUCED);
	out->sent = get_u64(&attrs, CW_A_SESSION_SENT);
	out->dropped = get_u64(&attrs, CW_A_SESSION_DROPPED);
	return true;
}

bool cw_session_reply_read(const struct nlmsghdr *header, struct cw_loss *out)
{
	struct batch_attrs attrs;

	if (!attrs_read(header, &attrs))
		return false;
	if (attrs.by_type[CW_A_SESSION_ID])
		out->id = get_u32(&attrs, CW_A_SESSION_ID);
	out->produced = get_u64(&attrs, CW_A_SESSION_PRODUCED);
	out->sent = get_u64(&attrs, CW_A_SESSION_SENT);
	out->dropped = get_u64(&attrs, CW_A_SESSION_DROPPED);
	return true;
}

uint8_t cw_session_end_read(const struct nlmsghdr *header, struct cw_loss *out)
{
	struct batch_attrs attrs;

	memset(out, 0, sizeof(*out));
	if (!attrs_read(header, &attrs) || !attrs.by_type[CW_A_SESSION_ID] ||
	    !attrs.by_type[CW_A_SESSION_END] || !cw_session_reply_read(header, out))
		return 0;
	return mnl_attr_get_u8(attrs.by_type[CW_A_SESSION_END]);
}
