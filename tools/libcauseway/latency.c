// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the module's histograms.  One request; the caller's thread, no locks.
 */
#include <errno.h>
#include <string.h>

#include "attr.h"
#include "handle.h"

struct visitor {
	cw_latency_fn fn;
	void *data;
};

static int latency_read(struct nlattr **attrs, void *data)
{
	const struct visitor *visitor = data;
	struct cw_latency latency = {
		.netns_inum = cw_attr_u32(attrs, CW_A_NETNS_INUM),
		.direction = attrs[CW_A_HISTOGRAM_DIRECTION] ?
				     cw_attr_u8(attrs, CW_A_HISTOGRAM_DIRECTION) :
				     -1,
		.from = cw_attr_u8(attrs, CW_A_HISTOGRAM_FROM),
		.to = cw_attr_u8(attrs, CW_A_HISTOGRAM_TO),
		.sum = cw_attr_u64(attrs, CW_A_HISTOGRAM_SUM),
		.max = cw_attr_u64(attrs, CW_A_HISTOGRAM_MAX),
	};
	const struct nlattr *buckets = attrs[CW_A_HISTOGRAM_BUCKETS];

	if (!buckets || (size_t)nla_len(buckets) % sizeof(struct cw_bucket))
		return -EBADMSG;
	latency.known = cw_attr_bytes(attrs, CW_A_FLOW, &latency.flow, sizeof(latency.flow));
	cw_attr_string(attrs, CW_A_DEVICE_NAME, latency.device, sizeof(latency.device));
	latency.buckets = nla_data(buckets);
	latency.bucket_count = (size_t)nla_len(buckets) / sizeof(struct cw_bucket);
	return visitor->fn(&latency, visitor->data);
}

CW_EXPORT int cw_latency_dump(struct cw_handle *handle, cw_latency_fn fn, void *data)
{
	struct visitor visitor = { fn, data };

	return cw_request_run(handle, cw_request_new(handle, CW_CMD_HISTOGRAM_GET, NLM_F_DUMP), 0,
			      latency_read, &visitor);
}
