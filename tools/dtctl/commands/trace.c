// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl trace: lists the traces in record files, or draws one of them as a waterfall.  The
 * list keeps only the traces that it will print.  One thread.
 */
#include <ctype.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../args.h"
#include "../dtctl.h"
#include "../fail.h"
#include "../replay.h"
#include "../show/label.h"
#include "../show/print.h"
#include "../show/terminal.h"
#include "../show/top_traces.h"
#include "../show/waterfall.h"
#include "commands.h"

#define ID_DIGITS (2 * CW_TRACE_ID_LEN)

enum {
	OPTION_SORT,
	OPTION_LIMIT,
	OPTION_ASCII,
};

static const struct cw_option OPTIONS[] = {
	[OPTION_SORT] = { "--sort", "time|duration", "newest first (default), or slowest first",
			  false },
	[OPTION_LIMIT] = { "--limit", "N", "list at most N traces, default 50", false },
	[OPTION_ASCII] = { "--ascii", NULL, "draw with ASCII characters only", false },
	{ NULL, NULL, NULL, false },
};

struct request {
	char **word;
	size_t words;
	const char *id;
	bool by_duration;
	unsigned long limit;
	bool ascii;
};

/* A search for one trace by a prefix of its id. */
struct search {
	const struct request *request;
	struct cw_cli *cli;
	struct cw_replay *replay;
	u8 id[CW_TRACE_ID_LEN];
	u8 other[CW_TRACE_ID_LEN];
	unsigned int matches; /* distinct: none, one, or more */
	bool drawn;
};

static bool has_prefix(const u8 *id, const char *prefix)
{
	static const char DIGITS[] = "0123456789abcdef";
	size_t i;

	for (i = 0; prefix[i]; i++)
		if (DIGITS[i & 1 ? id[i / 2] & 15 : id[i / 2] >> 4] != tolower(prefix[i]))
			return false;
	return true;
}

static bool is_wanted(void *user, const struct cw_event *event)
{
	struct search *search = user;

	if (!has_prefix(event->trace_id, search->request->id))
		return false;
	if (!search->matches) {
		memcpy(search->id, event->trace_id, CW_TRACE_ID_LEN);
		search->matches = 1;
	} else if (memcmp(search->id, event->trace_id, CW_TRACE_ID_LEN)) {
		memcpy(search->other, event->trace_id, CW_TRACE_ID_LEN);
		search->matches = 2;
		return false;
	}
	return true;
}

static unsigned int find_columns(void)
{
	unsigned int columns = cw_terminal_columns();

	if (!columns)
		columns = 100;
	if (columns < 80)
		return 80;
	return columns < CW_WATERFALL_COLUMNS ? columns : CW_WATERFALL_COLUMNS;
}

static bool is_ascii_terminal(void)
{
	setlocale(LC_CTYPE, "");
	return strcmp(nl_langinfo(CODESET), "UTF-8");
}

static void draw_trace(void *user, const struct cw_trace *trace)
{
	struct search *search = user;
	struct cw_waterfall waterfall = {
		.print = search->cli->print,
		.hosts = cw_replay_hosts(search->replay),
		.columns = find_columns(),
		.ascii = search->request->ascii || is_ascii_terminal(),
		.colour = search->cli->colour,
	};

	if (search->matches != 1 || search->drawn)
		return;
	search->drawn = true;
	cw_print_object(search->cli->print, NULL);
	cw_print_number(search->cli->print, "schema_version", CW_JSON_SCHEMA, CW_JSON_ONLY);
	cw_waterfall_draw(&waterfall, trace);
	cw_replay_print(search->replay, search->cli->print);
	cw_print_end(search->cli->print);
}

static int run_search(struct cw_replay *replay, struct cw_cli *cli, const struct request *request)
{
	struct search search = { .request = request, .cli = cli, .replay = replay };
	/* Keeps one trace, however long it is silent; only memory that is used is touched. */
	struct cw_replay_view view = {
		{ 1u << 20, 1, 1u << 20, ~0ULL >> 2, ~0ULL >> 2 }, is_wanted, draw_trace, &search
	};
	struct cw_replay_summary summary = { 0 };
	char a[ID_DIGITS + 1], b[ID_DIGITS + 1];
	int code = cw_replay_run(replay, &view, &summary);

	if (code)
		return code;
	if (!search.matches)
		return cw_fail(CW_EXIT_USAGE, "list the traces by: dtctl trace FILE...",
			       "no trace %s in these files", request->id);
	if (search.matches > 1)
		return cw_fail(CW_EXIT_USAGE, "give more digits",
			       "%s is not unique: %s and %s, at least", request->id,
			       cw_waterfall_id(a, search.id), cw_waterfall_id(b, search.other));
	if (summary.split || summary.early)
		cw_fail(CW_EXIT_OK, NULL,
			"the trace is longer than can be shown; this is its first part");
	return CW_EXIT_OK;
}

static int run_list(struct cw_replay *replay, struct cw_cli *cli, const struct request *request)
{
	struct cw_top_traces *top =
		cw_top_traces_open(request->limit, request->by_duration, cw_replay_hosts(replay));
	struct cw_replay_view view = { CW_STORE_LIMITS, NULL, cw_top_traces_add, top };
	struct cw_replay_summary summary = { 0 };
	int code;

	if (!top)
		return cw_fail(CW_EXIT_USAGE, "give a smaller --limit", "out of memory");
	code = cw_replay_run(replay, &view, &summary);
	if (!code) {
		cw_print_object(cli->print, NULL);
		cw_print_number(cli->print, "schema_version", CW_JSON_SCHEMA, CW_JSON_ONLY);
		cw_top_traces_print(top, cli->print);
		cw_replay_print(replay, cli->print);
		cw_label_print_netns(cli->print, cw_replay_hosts(replay));
		cw_print_end(cli->print);
	}
	cw_top_traces_close(top);
	return code;
}

/* The last word is an id if it looks like one and no file has that name. */
static void split_words(struct request *request)
{
	const char *last = request->words ? request->word[request->words - 1] : "";
	size_t digits = strspn(last, "0123456789abcdefABCDEF");

	if (request->words < 2 || last[digits] || digits > ID_DIGITS || !access(last, F_OK))
		return;
	request->id = last;
	request->words--;
}

static int take_option(struct request *request, int option, const char *value)
{
	char *end;

	switch (option) {
	case OPTION_SORT:
		request->by_duration = !strcmp(value, "duration");
		if (!request->by_duration && strcmp(value, "time"))
			return cw_fail(CW_EXIT_USAGE, "write time or duration",
				       "cannot sort traces by %s", value);
		break;
	case OPTION_LIMIT:
		request->limit = strtoul(value, &end, 10);
		if (!isdigit((unsigned char)*value) || *end || !request->limit ||
		    request->limit > CW_TOP_TRACES_MAX)
			return cw_fail(CW_EXIT_USAGE, "write a number from 1 to 1000000",
				       "cannot list %s traces", value);
		break;
	case OPTION_ASCII:
		request->ascii = true;
		break;
	}
	return CW_EXIT_OK;
}

static int parse_arguments(int argc, char **argv, struct cw_cli *cli, struct request *request)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	int option, code = CW_EXIT_OK;

	while (!code && (option = cw_args_next(&args)) != CW_ARG_END) {
		if (option == CW_ARG_ERROR)
			return CW_EXIT_USAGE;
		if (option == CW_ARG_WORD)
			request->word[request->words++] = args.value;
		else
			code = take_option(request, option, args.value);
	}
	while (!code && args.next < argc)
		request->word[request->words++] = argv[args.next++];
	if (code)
		return code;
	split_words(request);
	if (!request->words)
		return cw_fail(CW_EXIT_USAGE, "dtctl trace FILE... [ID]", "no record file given");
	return CW_EXIT_OK;
}

static int trace_main(int argc, char **argv, struct cw_cli *cli)
{
	struct request request = { .limit = 50 };
	struct cw_replay *replay = NULL;
	int code;

	request.word = calloc((size_t)argc + 1, sizeof(*request.word));
	if (!request.word)
		return cw_fail(CW_EXIT_USAGE, NULL, "out of memory");
	code = parse_arguments(argc, argv, cli, &request);
	if (!code)
		code = cw_replay_open(&replay, request.word, request.words);
	if (!code)
		code = request.id ? run_search(replay, cli, &request) :
				    run_list(replay, cli, &request);
	cw_replay_close(replay);
	free(request.word);
	return code;
}

const struct cw_command cw_cmd_trace = {
	.object = "trace",
	.words = "FILE... [ID]",
	.description = "list the traces in record files, or draw one of them",
	.options = OPTIONS,
	.run = trace_main,
};
