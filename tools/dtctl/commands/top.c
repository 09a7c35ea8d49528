// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl top: shows where the time goes.  It reads the module's histograms again and again;
 * each table is the difference to the reading before.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <libcauseway.h>

#include "../args.h"
#include "../fail.h"
#include "../parse.h"
#include "../show/netns_name.h"
#include "../show/top_table.h"
#include "commands.h"

enum {
	ARG_INTERVAL,
	ARG_COUNT,
	ARG_ONCE,
};

static const struct cw_option top_options[] = {
	[ARG_INTERVAL] = { "--interval", "DURATION", "time between two tables (default 1s)",
			   false },
	[ARG_COUNT] = { "--count", "N", "end after so many tables", false },
	[ARG_ONCE] = { "--once", NULL, "show one table, of all the time since the first rule",
		       false },
	{ NULL, NULL, NULL, false },
};

struct top {
	uint64_t interval;
	uint64_t count;
	bool once;
	struct cw_handle *handle;
	struct cw_netns_names *netns;
	struct cw_top_table now;
	struct cw_top_table before;
	int signals;
};

static int arguments_read(struct cw_args *args, struct top *top)
{
	int arg, code = CW_EXIT_OK;

	while (!code && (arg = cw_args_next(args)) != CW_ARG_END) {
		if (arg == CW_ARG_ERROR)
			return CW_EXIT_USAGE;
		if (arg == ARG_INTERVAL)
			code = cw_parse_duration(args->value, &top->interval);
		else if (arg == ARG_COUNT)
			code = cw_parse_number("count", args->value, 1, UINT64_MAX, &top->count);
		else
			top->once = true;
	}
	return code;
}

static int on_latency(const struct cw_latency *latency, void *data)
{
	return cw_top_add(data, latency);
}

static int table_read(struct top *top)
{
	struct timespec time;
	int error;

	clock_gettime(CLOCK_MONOTONIC, &time);
	cw_top_clear(&top->now);
	top->now.time = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
	error = cw_latency_dump(top->handle, on_latency, &top->now);
	return error ? cw_cli_refused(top->handle, error, "read the histograms") : CW_EXIT_OK;
}

static bool rules_known(struct top *top)
{
	struct cw_status status;

	return cw_status_get(top->handle, &status) || status.policies;
}

static void signals_open(struct top *top)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	top->signals = signalfd(-1, &set, SFD_CLOEXEC);
}

/* Waits for the interval. Return: false if a signal came. */
static bool interval_waited(const struct top *top)
{
	struct pollfd signals = { .fd = top->signals, .events = POLLIN };

	return poll(&signals, 1, (int)top->interval) <= 0;
}

static void table_print(struct top *top, struct cw_cli *cli, bool redraw)
{
	const struct cw_top_table *before = top->once ? NULL : &top->before;

	if (redraw)
		fputs("\033[H\033[J", stdout);
	cw_netns_names_refresh(top->netns);
	cw_top_print(cli->print, &top->now, before, top->netns);
	fflush(stdout);
}

static void swap_tables(struct top *top)
{
	struct cw_top_table table = top->before;

	top->before = top->now;
	top->now = table;
}

static int tables_show(struct top *top, struct cw_cli *cli)
{
	bool redraw = !cli->json && !top->once && isatty(STDOUT_FILENO);
	int code = table_read(top);
	uint64_t shown = 0;

	if (code)
		return code;
	if (!rules_known(top))
		fputs("dtctl: no rule is in force, so nothing is traced; see: dtctl help policy\n",
		      stderr);
	if (top->once) {
		table_print(top, cli, false);
		return CW_EXIT_OK;
	}
	signals_open(top);
	while (!code && (!top->count || shown < top->count)) {
		swap_tables(top);
		if (!interval_waited(top))
			break;
		code = table_read(top);
		if (!code)
			table_print(top, cli, redraw);
		shown++;
	}
	return code;
}

static int top_main(int argc, char **argv, struct cw_cli *cli)
{
	struct cw_args args = cw_args_begin(argc, argv, cli);
	struct top top = { .interval = 1000 };
	int code = arguments_read(&args, &top);

	if (!code && top.interval > INT32_MAX)
		code = cw_fail(CW_EXIT_USAGE, "write 1s or 10s", "that interval is too long");
	if (!code)
		code = cw_cli_connect(&top.handle);
	if (code)
		return code;
	top.netns = cw_netns_names_read();
	code = tables_show(&top, cli);
	cw_top_free(&top.now);
	cw_top_free(&top.before);
	cw_netns_names_free(top.netns);
	cw_handle_close(top.handle);
	return code;
}

const struct cw_command cw_cmd_top = {
	.object = "top",
	.description = "show live where the time of traced traffic goes on this host",
	.options = top_options,
	.run = top_main,
};
