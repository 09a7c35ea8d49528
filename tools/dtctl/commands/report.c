// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl report: stage latencies by path.  It streams through the files and keeps one
 * histogram for each row of its tables.  One thread.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../../correlate/gap.h"
#include "../args.h"
#include "../dtctl.h"
#include "../fail.h"
#include "../parse.h"
#include "../replay.h"
#include "../show/label.h"
#include "../show/print.h"
#include "../show/terminal.h"
#include "commands.h"
#include "report_why.h"

#define LABEL_LEAST 24
#define NUMBERS_WIDTH 35 /* columns of count and quantiles */
#define WORDS_LEAST 20
#define UNEXPLAINED "unexplained: no event in between"

#define SLOWEST "1" /* percent */

enum {
	OPTION_WHY,
	OPTION_SLOW,
	OPTION_OVER,
	OPTION_STRICT,
};

static const struct cw_option OPTIONS[] = {
	[OPTION_WHY] = { "--why", NULL, "say which stages make slow requests slow", false },
	[OPTION_SLOW] = { "--slow", "PERCENT",
			  "treat the slowest PERCENT of each path's requests as slow (default " SLOWEST
			  ")",
			  false },
	[OPTION_OVER] = { "--over", "DURATION",
			  "treat requests that take as long as this as slow, such as 20ms", false },
	[OPTION_STRICT] = { "--strict", NULL, "exit with 4 if any event is missing", false },
	{ NULL, NULL, NULL, false },
};

struct report {
	struct cw_stats stats;
	const struct cw_hosts *hosts;
	struct cw_print *print;
	size_t width;
	size_t words; /* columns for the words behind the numbers; 0: none */
};

static const char *const PARTS[] = {
	[CW_PART_REQUEST] = "request",	 [CW_PART_OWN] = "own",
	[CW_PART_CHILDREN] = "children", [CW_PART_RESPONSE] = "response",
	[CW_PART_TRANSFER] = "transfer", [CW_PART_WHOLE] = "whole",
};

/* The headings above the rows of a part. */
static const char *const HEADINGS[] = {
	[CW_PART_REQUEST] = "request",	    [CW_PART_OWN] = "application",
	[CW_PART_CHILDREN] = "application", [CW_PART_RESPONSE] = "response",
	[CW_PART_TRANSFER] = "response",    [CW_PART_WHOLE] = "whole",
};

/* Label and explanation of the parts that are not a pair of hops. */
static const char *const LABELS[][2] = {
	[CW_PART_OWN] = { "recv -> send: itself", "the application itself" },
	[CW_PART_CHILDREN] = { "recv -> send: others", "the application waits for others" },
	[CW_PART_TRANSFER] = { "first byte -> last byte", "reading the response" },
	[CW_PART_WHOLE] = { "send -> last byte", "the whole request" },
};

static void fold_trace(void *user, const struct cw_trace *trace)
{
	struct report *report = user;

	cw_stats_fold(&report->stats, report->hosts, trace);
}

static bool is_pair(const struct cw_row *row)
{
	return row->part == CW_PART_REQUEST || row->part == CW_PART_RESPONSE;
}

static const char *gap_of(const struct cw_row *row)
{
	return is_pair(row) ? row->gap : LABELS[row->part][1];
}

/* Whether a row goes on where the one above it ends. */
static bool goes_on(const struct cw_row *above, const struct cw_row *row)
{
	return above && is_pair(row) && above->path == row->path && above->part == row->part &&
	       !memcmp(&above->to, &row->from, sizeof(row->from));
}

/* The label says where a row begins only if the row above does not end there. */
static void label_row(char label[2 * CW_LABEL_LEN], const struct report *report, u32 index)
{
	const struct cw_row *row = report->stats.row[index];
	char place[CW_LABEL_LEN];

	if (!is_pair(row))
		snprintf(label, 2 * CW_LABEL_LEN, "%s", LABELS[row->part][0]);
	else if (goes_on(index ? report->stats.row[index - 1] : NULL, row))
		snprintf(label, 2 * CW_LABEL_LEN, "-> %s",
			 cw_label_place(place, report->hosts, &row->to));
	else
		cw_label_pair(label, report->hosts, &row->from, &row->to);
}

static void find_width(struct report *report)
{
	size_t columns = cw_terminal_columns(), used;
	char label[2 * CW_LABEL_LEN];
	u32 i;

	report->width = LABEL_LEAST;
	for (i = 0; i < report->stats.rows; i++) {
		label_row(label, report, i);
		if (cw_label_width(label) > report->width)
			report->width = cw_label_width(label);
	}
	used = 4 + report->width + NUMBERS_WIDTH + 2;
	if (!columns)
		report->words = SIZE_MAX;
	else if (columns >= used + WORDS_LEAST)
		report->words = columns - used;
}

static void print_quantile(struct report *report, const char *key, u64 ns)
{
	char text[CW_DURATION_LEN];

	cw_print_number(report->print, key, (s64)ns, " %6s", cw_label_duration(text, ns));
}

static void print_words(struct report *report, const char *gap)
{
	const char *words = gap ? gap : UNEXPLAINED;

	if (strlen(words) <= report->words)
		cw_print_text(report->print, "  %s", words);
	else if (report->words)
		cw_print_text(report->print, "  %.*s..", (int)report->words - 2, words);
	else if (!gap)
		cw_print_text(report->print, "  ?");
	if (gap)
		cw_print_string(report->print, "gap", gap, CW_JSON_ONLY);
	cw_print_text(report->print, "\n");
}

static void print_row(struct report *report, u32 index)
{
	const struct cw_row *row = report->stats.row[index];
	const struct cw_histogram *histogram = &row->histogram;
	struct cw_print *print = report->print;
	char label[2 * CW_LABEL_LEN];

	label_row(label, report, index);
	cw_print_object(print, NULL);
	cw_print_string(print, "part", PARTS[row->part], "    %-*s", (int)report->width, label);
	if (is_pair(row)) {
		cw_label_print_place(print, "from", report->hosts, &row->from);
		cw_label_print_place(print, "to", report->hosts, &row->to);
	}
	cw_print_number(print, "count", (s64)histogram->count, "%7llu",
			(unsigned long long)histogram->count);
	print_quantile(report, "p50_ns", cw_histogram_quantile(histogram, 500));
	print_quantile(report, "p90_ns", cw_histogram_quantile(histogram, 900));
	print_quantile(report, "p99_ns", cw_histogram_quantile(histogram, 990));
	print_quantile(report, "max_ns", histogram->max);
	cw_print_number(print, "sum_ns", (s64)histogram->sum, CW_JSON_ONLY);
	print_words(report, gap_of(row));
	cw_print_end(print);
}

static void print_path(struct report *report, u32 path)
{
	cw_label_print_services(report->print, "services", report->hosts, &report->stats.paths,
				path);
	cw_print_text(report->print, "\n    %-*s%7s %6s %6s %6s %6s%s\n", (int)report->width,
		      "STAGES", "COUNT", "P50", "P90", "P99", "MAX", report->words ? "  WHAT" : "");
}

static void print_rows(struct report *report, u32 *index)
{
	struct cw_row **row = report->stats.row;
	const char *heading = NULL;
	u32 path = row[*index]->path;

	cw_print_list(report->print, "rows");
	for (; *index < report->stats.rows && row[*index]->path == path; ++*index) {
		if (heading != HEADINGS[row[*index]->part])
			cw_print_text(report->print, "  %s\n", HEADINGS[row[*index]->part]);
		heading = HEADINGS[row[*index]->part];
		print_row(report, *index);
	}
	cw_print_end(report->print);
}

static void print_paths(struct report *report)
{
	struct cw_stats *stats = &report->stats;
	u32 i = 0;

	cw_print_list(report->print, "paths");
	while (i < stats->rows) {
		cw_print_text(report->print, "\n");
		cw_print_object(report->print, NULL);
		print_path(report, stats->row[i]->path);
		print_rows(report, &i);
		cw_print_end(report->print);
	}
	cw_print_end(report->print);
}

/* Explains the mark "?" that stands where there is no room for words. */
static void print_marks(struct report *report)
{
	u32 i;

	for (i = 0; !report->words && i < report->stats.rows; i++) {
		if (gap_of(report->stats.row[i]))
			continue;
		cw_print_text(report->print, "\n? %s\n", UNEXPLAINED);
		return;
	}
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
	print_some(report, "retransmits", stats->retransmits, "segments were sent again");
	print_some(report, "drops", stats->drops, "packets were dropped");
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
	struct cw_replay_view view = { .limits = CW_STORE_LIMITS,
				       .trace = fold_trace,
				       .user = report };
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
		cw_print_number(cli->print, "schema_version", CW_JSON_SCHEMA, CW_JSON_ONLY);
		lossy = cw_replay_print(replay, cli->print);
		cw_label_print_netns(cli->print, report->hosts);
		print_summary(report, &summary);
		print_paths(report);
		print_marks(report);
		cw_print_end(cli->print);
	}
	free(report);
	return !code && strict && lossy ? CW_EXIT_LOST : code;
}

/* The arguments of the command line. */
struct request {
	char **file;
	size_t files;
	struct cw_why_options slow;
	bool why;
	bool strict;
};

static int parse_percent(const char *text, uint32_t *out)
{
	char percent[32];

	snprintf(percent, sizeof(percent), "%s%s", text, strchr(text, '%') ? "" : "%");
	if (cw_parse_ratio(percent, out))
		return CW_EXIT_USAGE;
	return *out ? CW_EXIT_OK :
		      cw_fail(CW_EXIT_USAGE, "write 1 or 0.1%", "%s of requests is none", text);
}

static int parse_over(const char *text, uint64_t *out)
{
	int code = cw_parse_duration(text, out);

	*out *= 1000000;
	return code;
}

static int take_option(struct request *request, int option, char *value)
{
	switch (option) {
	case OPTION_WHY:
		request->why = true;
		break;
	case OPTION_SLOW:
		return parse_percent(value, &request->slow.slowest);
	case OPTION_OVER:
		return parse_over(value, &request->slow.over);
	case OPTION_STRICT:
		request->strict = true;
		break;
	default:
		request->file[request->files++] = value;
	}
	return CW_EXIT_OK;
}

static int parse_arguments(struct request *request, struct cw_args *args)
{
	const uint64_t slow = 1u << OPTION_SLOW, over = 1u << OPTION_OVER;
	int option, code = parse_percent(SLOWEST, &request->slow.slowest);

	while (!code && (option = cw_args_next(args)) != CW_ARG_END)
		code = option == CW_ARG_ERROR ? CW_EXIT_USAGE :
						take_option(request, option, args->value);
	while (!code && args->next < args->argc)
		request->file[request->files++] = args->argv[args->next++];
	if (code)
		return code;
	if ((args->seen & slow) && (args->seen & over))
		return cw_fail(CW_EXIT_USAGE, "give one of them",
			       "--slow and --over both say what is slow");
	if (!request->why && args->seen & (slow | over))
		return cw_fail(CW_EXIT_USAGE, "add --why", "--slow and --over go with --why");
	if (!request->files)
		return cw_fail(CW_EXIT_USAGE, "dtctl report FILE...", "no record file given");
	return CW_EXIT_OK;
}

static int report_main(int argc, char **argv, struct cw_cli *cli)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	struct request request = { .file = calloc((size_t)argc + 1, sizeof(char *)) };
	struct cw_replay *replay = NULL;
	int code;

	if (!request.file)
		return cw_fail(CW_EXIT_USAGE, NULL, "out of memory");
	code = parse_arguments(&request, &args);
	if (!code)
		code = cw_replay_open(&replay, request.file, request.files);
	if (!code)
		code = request.why ? cw_why_report(replay, cli, &request.slow, request.strict) :
				     run_report(replay, cli, request.strict);
	cw_replay_close(replay);
	free(request.file);
	return code;
}

const struct cw_command cw_cmd_report = {
	.object = "report",
	.words = "FILE...",
	.description = "show stage latencies of recorded traces, by path",
	.options = OPTIONS,
	.run = report_main,
};
