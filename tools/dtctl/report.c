// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl report: stage latencies by path.  Streams through the files; what it
 * keeps is one histogram for each row of its tables.  One thread.
 */
#include <stdlib.h>

#include "../correlate/gap.h"
#include "dtctl.h"
#include "label.h"
#include "replay.h"

#define PATH_SERVICES 32

enum {
	OPTION_STRICT,
};

static const struct cw_option OPTIONS[] = {
	[OPTION_STRICT] = { "--strict", NULL, "exit with 4 if any event is missing", false },
	{ NULL, NULL, NULL, false },
};

struct report {
	struct cw_stats stats;
	const struct cw_hosts *hosts;
	struct cw_print *print;
	size_t width;
};

static const char *const PARTS[] = {
	[CW_PART_REQUEST] = "request",
	[CW_PART_OWN] = "own",
	[CW_PART_CHILDREN] = "children",
	[CW_PART_RESPONSE] = "response",
	[CW_PART_TRANSFER] = "transfer",
	[CW_PART_WHOLE] = "whole",
};

/* Label and explanation of the parts that are not a pair of hops. */
static const char *const LABELS[][2] = {
	[CW_PART_OWN] = { "recv -> send", "the application itself" },
	[CW_PART_CHILDREN] = { "recv -> send", "the application waits for others" },
	[CW_PART_TRANSFER] = { "first byte -> last byte", "reading the response" },
	[CW_PART_WHOLE] = { "send -> last byte", "the whole request" },
};

static void fold(void *user, const struct cw_trace *trace)
{
	struct report *report = user;

	cw_stats_fold(&report->stats, report->hosts, trace);
}

static bool is_pair(const struct cw_row *row)
{
	return row->part == CW_PART_REQUEST || row->part == CW_PART_RESPONSE;
}

static void label_row(char label[2 * CW_LABEL_LEN], const struct report *report,
		      const struct cw_row *row)
{
	if (is_pair(row))
		cw_label_pair(label, report->hosts, &row->from, &row->to);
	else
		snprintf(label, 2 * CW_LABEL_LEN, "%s", LABELS[row->part][0]);
}

static void find_width(struct report *report)
{
	char label[2 * CW_LABEL_LEN];
	u32 i;

	report->width = 24;
	for (i = 0; i < report->stats.rows; i++) {
		label_row(label, report, report->stats.row[i]);
		if (cw_label_width(label) > report->width)
			report->width = cw_label_width(label);
	}
}

static void print_quantile(struct report *report, const char *key, u64 ns)
{
	char text[CW_DURATION_LEN];

	cw_print_number(report->print, key, (s64)ns, " %8s", cw_label_duration(text, ns));
}

static void print_row(struct report *report, const struct cw_row *row)
{
	const struct cw_histogram *histogram = &row->histogram;
	struct cw_print *print = report->print;
	char label[2 * CW_LABEL_LEN];
	const char *gap = is_pair(row) ? row->gap : LABELS[row->part][1];

	label_row(label, report, row);
	cw_print_object(print, NULL);
	cw_print_string(print, "part", PARTS[row->part], "  %-8s  %-*s", PARTS[row->part],
			(int)report->width, label);
	if (is_pair(row)) {
		cw_label_print_place(print, "from", report->hosts, &row->from);
		cw_label_print_place(print, "to", report->hosts, &row->to);
	}
	cw_print_number(print, "count", (s64)histogram->count, " %8llu",
			(unsigned long long)histogram->count);
	print_quantile(report, "p50_ns", cw_histogram_quantile(histogram, 500));
	print_quantile(report, "p90_ns", cw_histogram_quantile(histogram, 900));
	print_quantile(report, "p99_ns", cw_histogram_quantile(histogram, 990));
	print_quantile(report, "max_ns", histogram->max);
	cw_print_number(print, "sum_ns", (s64)histogram->sum, CW_JSON_ONLY);
	if (gap)
		cw_print_string(print, "gap", gap, "  %s\n", gap);
	else
		cw_print_text(print, "  unexplained: no event in between\n");
	cw_print_end(print);
}

static void print_path(struct report *report, u32 path)
{
	const struct cw_paths *paths = &report->stats.paths;
	u32 service[PATH_SERVICES];
	u32 count = cw_path_services(paths, path, service, PATH_SERVICES), i;

	cw_print_list(report->print, "services");
	for (i = 0; i < count; i++) {
		if (i)
			cw_print_text(report->print, " > ");
		cw_label_print_service(report->print, NULL, report->hosts,
				       &paths->service[service[i]]);
	}
	cw_print_end(report->print);
	if (path == CW_PATH_OTHER)
		cw_print_text(report->print, "all other paths");
	cw_print_text(report->print, "\n  %-8s  %-*s %8s %8s %8s %8s %8s  %s\n", "PART",
		      (int)report->width, "STAGES", "COUNT", "P50", "P90", "P99", "MAX", "WHAT");
}

static void print_paths(struct report *report)
{
	struct cw_stats *stats = &report->stats;
	u32 i = 0, path;

	cw_print_list(report->print, "paths");
	while (i < stats->rows) {
		path = stats->row[i]->path;
		cw_print_text(report->print, "\n");
		cw_print_object(report->print, NULL);
		print_path(report, path);
		cw_print_list(report->print, "rows");
		for (; i < stats->rows && stats->row[i]->path == path; i++)
			print_row(report, stats->row[i]);
		cw_print_end(report->print);
		cw_print_end(report->print);
	}
	cw_print_end(report->print);
}

static void print_some(struct report *report, const char *key, u64 count, const char *words)
{
	cw_print_number(report->print, key, (s64)count, CW_JSON_ONLY);
	if (count)
		cw_print_text(report->print, "%llu %s\n", (unsigned long long)count, words);
}

static void print_summary(struct report *report, const struct cw_replay_summary *summary)
{
	const struct cw_stats *stats = &report->stats;
	struct cw_print *print = report->print;

	cw_print_number(print, "events", (s64)summary->events, "%llu events, ",
			(unsigned long long)summary->events);
	cw_print_number(print, "traces", (s64)stats->traces, "%llu traces, ",
			(unsigned long long)stats->traces);
	cw_print_number(print, "messages", (s64)stats->messages, "%llu messages, ",
			(unsigned long long)stats->messages);
	cw_print_number(print, "complete", (s64)stats->complete, "%llu of them seen at both ends\n",
			(unsigned long long)stats->complete);
	print_some(report, "unlinked", stats->unlinked,
		   "messages whose parent was not seen begin a path of their own");
	print_some(report, "retransmits", stats->retransmits, "first segments were sent again");
	print_some(report, "unplaced", stats->unplaced,
		   "device events fit neither direction of their message");
	print_some(report, "backwards", stats->backwards,
		   "pairs of stages ran backwards in time and count as 0");
	print_some(report, "early", summary->early, "traces were closed early for want of room");
	print_some(report, "split", summary->split, "times a long trace was taken in pieces");
	print_some(report, "refused", stats->refused + stats->paths.refused,
		   "values found their tables full and are missing or under other paths");
}

static int run_report(struct cw_replay *replay, struct cw_cli *cli, bool strict)
{
	struct report *report = calloc(1, sizeof(*report));
	struct cw_replay_view view = { .limits = CW_STORE_LIMITS, .trace = fold, .user = report };
	struct cw_replay_summary summary = { 0 };
	bool lossy = false;
	int code;

	if (!report || cw_stats_init(&report->stats, cw_replay_memory(replay))) {
		free(report);
		return cw_fail(CW_EXIT_USAGE, NULL, "out of memory");
	}
	report->hosts = cw_replay_hosts(replay);
	report->print = cli->print;
	code = cw_replay_run(replay, &view, &summary);
	if (!code) {
		cw_stats_sort(&report->stats);
		find_width(report);
		cw_print_object(cli->print, NULL);
		lossy = cw_replay_print(replay, cli->print);
		print_summary(report, &summary);
		print_paths(report);
		cw_print_end(cli->print);
	}
	free(report);
	return !code && strict && lossy ? CW_EXIT_LOST : code;
}

static int report(int argc, char **argv, struct cw_cli *cli)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	struct cw_replay *replay = NULL;
	char **files = calloc((size_t)argc + 1, sizeof(*files));
	bool strict = false;
	size_t count = 0;
	int option, code;

	if (!files)
		return cw_fail(CW_EXIT_USAGE, NULL, "out of memory");
	while ((option = cw_args_next(&args)) != CW_ARG_END && option != CW_ARG_ERROR) {
		if (option == OPTION_STRICT)
			strict = true;
		else
			files[count++] = args.value;
	}
	while (option == CW_ARG_END && args.next < argc)
		files[count++] = argv[args.next++];
	code = CW_EXIT_USAGE;
	if (option != CW_ARG_ERROR && !count)
		code = cw_fail(CW_EXIT_USAGE, "dtctl report FILE...", "no record file given");
	else if (option != CW_ARG_ERROR)
		code = cw_replay_open(&replay, files, count);
	if (!code)
		code = run_report(replay, cli, strict);
	cw_replay_close(replay);
	free(files);
	return code;
}

const struct cw_command cw_cmd_report = {
	.object = "report",
	.words = "FILE...",
	.description = "stage latencies of recorded traces, by path",
	.options = OPTIONS,
	.run = report,
};
