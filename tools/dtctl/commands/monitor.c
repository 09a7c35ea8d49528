// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl monitor: shows events as they come, a line each.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../args.h"
#include "../capture.h"
#include "../fail.h"
#include "../filter.h"
#include "../parse.h"
#include "../show/event.h"
#include "../show/names.h"
#include "../show/netns_name.h"
#include "commands.h"

enum {
	ARG_COUNT = CW_CAPTURE_ARGS,
};

static const struct cw_option monitor_options[] = {
	CW_CAPTURE_OPTIONS,
	[ARG_COUNT] = { "--count", "N", "end after so many events", false },
	{ NULL, NULL, NULL, false },
};

struct monitor {
	struct cw_print *print;
	struct cw_names *names;
	struct cw_netns_names *netns;
	uint64_t wanted;
	uint64_t shown;
};

static int record_show(struct monitor *monitor, const union cw_record *record)
{
	if (record->event.stage > CW_STAGE_MAX)
		return cw_names_add(monitor->names, record);
	if (monitor->wanted && monitor->shown == monitor->wanted)
		return -ECANCELED;
	cw_netns_names_refresh(monitor->netns);
	cw_event_print(monitor->print, &record->event, monitor->names, monitor->netns);
	monitor->shown++;
	return monitor->shown == monitor->wanted ? -ECANCELED : 0;
}

static int records_show(const union cw_record *records, size_t count, void *data)
{
	struct monitor *monitor = data;
	int error = 0;

	records = cw_netns_names_fill(monitor->netns, records, count);
	for (size_t i = 0; i < count && !error; i++)
		error = record_show(monitor, &records[i]);
	return error;
}

static int on_batch(const struct cw_batch *batch, void *data)
{
	int error = records_show(batch->records, batch->count, data);

	if (fflush(stdout) && !error)
		return -errno;
	return error;
}

/* Definitions from before this session are not sent again, but are in the dump. */
static int definitions_read(struct cw_handle *handle, void *data)
{
	int error = cw_definition_dump(handle, records_show, data);

	/* Missing names are no reason to show nothing. */
	if (error && error != -EINTR)
		fprintf(stderr, "dtctl: names may be missing: %s\n", strerror(-error));
	return 0;
}

static int arguments_read(struct cw_args *args, struct cw_capture *capture, uint64_t *wanted)
{
	int arg, code;

	while ((arg = cw_args_next(args)) != CW_ARG_END) {
		if (arg == CW_ARG_ERROR)
			return CW_EXIT_USAGE;
		if (arg == ARG_COUNT)
			code = cw_parse_number("count", args->value, 1, UINT64_MAX, wanted);
		else
			code = cw_capture_option(capture, arg, args->value);
		if (code)
			return code;
	}
	return cw_capture_check(args);
}

static int monitor_main(int argc, char **argv, struct cw_cli *cli)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	struct monitor monitor = { .print = cli->print };
	struct cw_capture capture;
	int code;

	cw_capture_init(&capture);
	capture.begin = definitions_read;
	capture.batch = on_batch;
	capture.data = &monitor;
	code = arguments_read(&args, &capture, &monitor.wanted);
	if (!code) {
		monitor.names = cw_names_new();
		monitor.netns = cw_netns_names_read();
		code = monitor.names ? cw_capture_run(&capture, &monitor.shown) :
				       cw_fail(CW_EXIT_USAGE, NULL, "out of memory");
	}
	cw_names_free(monitor.names);
	cw_netns_names_free(monitor.netns);
	cw_capture_release(&capture);
	return code;
}

const struct cw_command cw_cmd_monitor = {
	.object = "monitor",
	.description = "show events as they come; with -j, each is a line of JSON",
	.options = monitor_options,
	.run = monitor_main,
};
