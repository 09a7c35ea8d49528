// SPDX-License-Identifier: GPL-2.0
/*
 * The options that monitor and record share.
 */
#include "filter.h"

#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "parse.h"
#include "parse_net.h"

void cw_capture_init(struct cw_capture *capture)
{
	memset(capture, 0, sizeof(*capture));
	cw_filter_init(&capture->filter);
}

int cw_capture_option(struct cw_capture *capture, int arg, const char *value)
{
	struct cw_filter *filter = &capture->filter;

	switch (arg) {
	case CW_CAPTURE_TRACE_ID:
		filter->by_trace_id = true;
		return cw_parse_trace_id(value, filter->trace_id);
	case CW_CAPTURE_TID:
	case CW_CAPTURE_PID:
		return cw_parse_tid(value, &filter->tid);
	case CW_CAPTURE_NETNS:
		return cw_parse_netns(value, &filter->netns_fd);
	case CW_CAPTURE_PORT:
		return cw_parse_port(value, &filter->port);
	case CW_CAPTURE_STAGE:
		return cw_parse_stages(value, &filter->stages);
	case CW_CAPTURE_DURATION:
		return cw_parse_duration(value, &capture->duration);
	default:
		capture->strict = true;
		return CW_EXIT_OK;
	}
}

int cw_capture_check(const struct cw_args *args)
{
	uint64_t both = 1u << CW_CAPTURE_TID | 1u << CW_CAPTURE_PID;

	if ((args->seen & both) == both)
		return cw_fail(CW_EXIT_USAGE, "leave one of them out",
			       "--tid and --pid exclude each other");
	return CW_EXIT_OK;
}

void cw_capture_release(struct cw_capture *capture)
{
	if (capture->filter.netns_fd >= 0)
		close(capture->filter.netns_fd);
	capture->filter.netns_fd = -1;
}
