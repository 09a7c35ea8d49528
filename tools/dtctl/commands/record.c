// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl record: writes events to a file, perhaps for as long as a command runs, and shows
 * progress on a terminal and the account of losses at the end.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../args.h"
#include "../capture.h"
#include "../fail.h"
#include "../filter.h"
#include "../recfile.h"
#include "../show/netns_name.h"
#include "commands.h"

enum {
	ARG_WRITE = CW_CAPTURE_ARGS,
	ARG_QUIET,
};

static const struct cw_option record_options[] = {
	CW_CAPTURE_OPTIONS,
	[ARG_WRITE] = { "-w", "FILE|-", "write to this file; - is standard output", false },
	[ARG_QUIET] = { "--quiet", NULL, "show no progress on a terminal", false },
	{ NULL, NULL, NULL, false },
};

struct recording {
	struct cw_recfile *file;
	struct cw_netns_names *netns;
	const char *path;
	uint64_t events;
	bool progress;
};

static int on_batch(const struct cw_batch *batch, void *data)
{
	struct recording *recording = data;
	struct cw_batch named = *batch;

	for (size_t i = 0; i < batch->count; i++)
		recording->events += batch->records[i].event.stage <= CW_STAGE_MAX;
	named.records = cw_netns_names_fill(recording->netns, batch->records, batch->count);
	return cw_recfile_batch(recording->file, &named);
}

static int on_definitions(const union cw_record *records, size_t count, void *data)
{
	struct recording *recording = data;

	records = cw_netns_names_fill(recording->netns, records, count);
	return cw_recfile_definitions(recording->file, records, count);
}

/* Saves the names of ids: the dump still has those that the stream lost by an overrun. */
static int definitions_save(struct cw_handle *handle, void *data)
{
	int error = cw_definition_dump(handle, on_definitions, data);

	if (!error || error == -EINTR)
		return 0;
	fprintf(stderr, "dtctl: names may be missing: %s\n", strerror(-error));
	return 0;
}

static void progress_show(const struct cw_session_result *account, void *data)
{
	struct recording *recording = data;

	cw_recfile_flush(recording->file);
	if (!recording->progress)
		return;
	fprintf(stderr, "\r%" PRIu64 " events, %" PRIu64 " KiB, %" PRIu64 " lost \033[K",
		recording->events, cw_recfile_bytes(recording->file) / 1024, account->lost);
}

static int recording_end(struct cw_handle *handle, const struct cw_session_result *account,
			 void *data)
{
	struct recording *recording = data;
	int error;

	if (recording->progress)
		fputs("\r\033[K", stderr);
	definitions_save(handle, data);
	/* Without the kernel's final account, the file ends like one that was cut off. */
	if (account->final)
		cw_recfile_finish(recording->file, account);
	error = cw_recfile_close(recording->file);
	recording->file = NULL;
	if (error)
		cw_fail(CW_EXIT_USAGE, "make room, or write elsewhere", "cannot write \"%s\": %s",
			recording->path, strerror(-error));
	return error;
}

static int option_take(struct cw_capture *capture, struct recording *recording, int arg,
		       const char *value)
{
	switch (arg) {
	case CW_ARG_ERROR:
		return CW_EXIT_USAGE;
	case CW_ARG_WORD:
		return cw_fail(CW_EXIT_USAGE, "write -- before the command",
			       "unexpected argument \"%s\"", value);
	case ARG_WRITE:
		recording->path = value;
		return CW_EXIT_OK;
	case ARG_QUIET:
		recording->progress = false;
		return CW_EXIT_OK;
	default:
		return cw_capture_option(capture, arg, value);
	}
}

static int arguments_read(struct cw_args *args, struct cw_capture *capture,
			  struct recording *recording)
{
	int arg, code;

	while ((arg = cw_args_next(args)) != CW_ARG_END) {
		code = option_take(capture, recording, arg, args->value);
		if (code)
			return code;
	}
	if (args->rest && args->next == args->argc)
		return cw_fail(CW_EXIT_USAGE, "dtctl record -w FILE -- CMD [ARGUMENT...]",
			       "no command behind --");
	if (args->rest)
		capture->argv = args->argv + args->next;
	if (!recording->path)
		return cw_fail(CW_EXIT_USAGE, "dtctl record -w FILE", "where to write is missing");
	if (!strcmp(recording->path, "-") && isatty(STDOUT_FILENO))
		return cw_fail(CW_EXIT_USAGE, "redirect it, or name a file",
			       "a record file is not for a terminal");
	return cw_capture_check(args);
}

/* Looks for the module first: where nothing can be recorded, no empty file is left. */
static int recording_run(struct cw_capture *capture, struct recording *recording)
{
	struct cw_handle *handle;
	int code = cw_cli_connect(&handle);

	if (code)
		return code;
	cw_handle_close(handle);
	recording->file = cw_recfile_open(recording->path);
	if (!recording->file)
		return cw_fail(CW_EXIT_USAGE, "check directory and permissions",
			       "cannot write \"%s\": %s", recording->path, strerror(errno));
	recording->netns = cw_netns_names_read();
	code = cw_capture_run(capture, &recording->events);
	if (recording->file)
		cw_recfile_close(recording->file);
	cw_netns_names_free(recording->netns);
	return code;
}

static int record_main(int argc, char **argv, struct cw_cli *cli)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	struct recording recording = { .progress = isatty(STDERR_FILENO) };
	struct cw_capture capture;
	int code;

	cw_capture_init(&capture);
	capture.begin = definitions_save;
	capture.batch = on_batch;
	capture.idle = progress_show;
	capture.end = recording_end;
	capture.data = &recording;
	code = arguments_read(&args, &capture, &recording);
	if (!code)
		code = recording_run(&capture, &recording);
	cw_capture_release(&capture);
	return code;
}

const struct cw_command cw_cmd_record = {
	.object = "record",
	.words = "[-- CMD [ARGUMENT...]]",
	.description = "write events to a file, for report and trace",
	.options = record_options,
	.run = record_main,
};
