// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl report --why: prints the findings of tools/correlate/why.c in words and as tables.
 * It reads the files twice and keeps no requests.  One thread.
 */
#include "report_why.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../correlate/gap.h"
#include "../../correlate/why.h"
#include "../fail.h"
#include "../show/label.h"

#define ROWS_MOST 10
#define ROW_LEAST 0.01 /* of the difference */
#define PATH_SERVICES 32
#define SENTENCE_LEN 1024
#define STEP_LEN (3 * CW_LABEL_LEN + 8)

struct report {
	struct cw_why why;
	const struct cw_hosts *hosts;
	struct cw_print *print;
};

static void learn_trace(void *user, const struct cw_trace *trace)
{
	struct report *report = user;

	cw_why_learn(&report->why, report->hosts, trace);
}

static void explain_trace(void *user, const struct cw_trace *trace)
{
	struct report *report = user;

	cw_why_explain(&report->why, report->hosts, trace);
}

static u64 round_duration(double ns)
{
	return ns > 0 ? (u64)(ns + 0.5) : 0;
}

/* Names the client of a step's message, or its server. */
static char *label_end(char out[CW_LABEL_LEN], const struct report *report,
		       const struct cw_row *row, bool server)
{
	const struct cw_paths *paths = &report->why.stats.paths;
	u32 service[PATH_SERVICES];
	u32 count = cw_path_services(paths, row->path, service, PATH_SERVICES);

	if (count < 2)
		return strcpy(out, server ? "the server" : "the client");
	return cw_label_service(out, report->hosts, &paths->service[service[count - 2 + server]]);
}

static char *label_sender(char out[CW_LABEL_LEN], const struct report *report,
			  const struct cw_row *row)
{
	return label_end(out, report, row, row->part == CW_PART_RESPONSE);
}

static char *label_reader(char out[CW_LABEL_LEN], const struct report *report,
			  const struct cw_row *row)
{
	return label_end(out, report, row, row->part != CW_PART_RESPONSE);
}

static void say_loss(char out[SENTENCE_LEN], const struct report *report,
		     const struct cw_why_share *share)
{
	const struct cw_row *row = share->row;
	char from[CW_LABEL_LEN], to[CW_LABEL_LEN], drop[CW_DROP_LEN];
	const char *name = cw_cause_name(row->cause);

	if (row->part != CW_PART_REQUEST && row->part != CW_PART_RESPONSE) {
		snprintf(out, SENTENCE_LEN, "%s of what came behind the first bytes", name);
		return;
	}
	snprintf(out, SENTENCE_LEN, "%s: lost between %s and %s", name,
		 cw_label_place(from, report->hosts, &row->from),
		 cw_label_place(to, report->hosts, &row->to));
	if (share->drop.stage)
		snprintf(out + strlen(out), SENTENCE_LEN - strlen(out), ", %s",
			 cw_label_drop(drop, report->hosts, &share->drop));
}

static void say_at_sockets(char out[SENTENCE_LEN], const struct report *report,
			   const struct cw_row *row)
{
	char label[CW_LABEL_LEN];

	switch (row->cause) {
	case CW_CAUSE_SENDER:
		snprintf(out, SENTENCE_LEN,
			 row->to.protocol ?
				 "%s waits to leave its socket (send buffer, route)" :
				 "%s waits to leave TCP (Nagle, congestion window, send buffer)",
			 label_sender(label, report, row));
		break;
	case CW_CAUSE_WINDOW:
		snprintf(out, SENTENCE_LEN,
			 "receiver's window closed: the socket buffer of %s is full",
			 label_reader(label, report, row));
		break;
	case CW_CAUSE_HOLE:
		snprintf(out, SENTENCE_LEN, "%s, on the way to %s", cw_cause_name(row->cause),
			 label_reader(label, report, row));
		break;
	case CW_CAUSE_ORDER:
		snprintf(out, SENTENCE_LEN, "%s of %s", row->gap, label_reader(label, report, row));
		break;
	case CW_CAUSE_SCHEDULING:
		snprintf(out, SENTENCE_LEN,
			 row->to.stage == CW_STAGE_WAKE ?
				 "reader not scheduled: %s did not run though its data were there" :
				 "queued for reading: %s did not run, or was busy",
			 label_reader(label, report, row));
		break;
	case CW_CAUSE_TRANSFER:
		snprintf(out, SENTENCE_LEN, "%s gets the rest of the response late",
			 label_end(label, report, row, false));
		break;
	default:
		snprintf(out, SENTENCE_LEN,
			 row->part == CW_PART_OWN ? "the application itself: %s" :
						    "application busy: %s runs, and reads late",
			 label_reader(label, report, row));
	}
}

static void say_on_way(char out[SENTENCE_LEN], const struct report *report,
		       const struct cw_row *row)
{
	char from[CW_LABEL_LEN], to[CW_LABEL_LEN];

	cw_label_device(from, report->hosts, &row->from);
	if (row->cause == CW_CAUSE_QDISC || row->cause == CW_CAUSE_DRIVER ||
	    row->cause == CW_CAUSE_BACKLOG)
		snprintf(out, SENTENCE_LEN, "%s of %s", row->gap, from);
	else
		snprintf(out, SENTENCE_LEN, "%s between %s and %s",
			 row->gap ? row->gap : "unexplained: no event",
			 cw_label_place(from, report->hosts, &row->from),
			 cw_label_place(to, report->hosts, &row->to));
}

static void say_cause(char out[SENTENCE_LEN], const struct report *report,
		      const struct cw_why_share *share)
{
	switch (share->row->cause) {
	case CW_CAUSE_FAST:
	case CW_CAUSE_TIMEOUT:
	case CW_CAUSE_PROBE:
		say_loss(out, report, share);
		break;
	case CW_CAUSE_UNKNOWN:
	case CW_CAUSE_STACK:
	case CW_CAUSE_QDISC:
	case CW_CAUSE_DRIVER:
	case CW_CAUSE_WIRE:
	case CW_CAUSE_BACKLOG:
		say_on_way(out, report, share->row);
		break;
	default:
		say_at_sockets(out, report, share->row);
	}
}

/* The direction of a step that lies on the way between client and server. */
static const char *direction_of(const struct cw_row *row)
{
	switch (row->part) {
	case CW_PART_REQUEST:
		return ", in the request";
	case CW_PART_RESPONSE:
		return ", in the response";
	}
	return "";
}

static double part_of(const struct cw_why_path *path, const struct cw_why_share *share)
{
	return path->mean > path->median ? share->more / (path->mean - path->median) : 0;
}

static void print_finding(struct report *report, const struct cw_why_path *path,
			  const struct cw_why_share *share)
{
	char sentence[SENTENCE_LEN], slow[CW_DURATION_LEN], usual[CW_DURATION_LEN];

	say_cause(sentence, report, share);
	cw_print_text(report->print, "  %.0f %% of it: %s%s: %s instead of %s\n",
		      100 * part_of(path, share), sentence, direction_of(share->row),
		      cw_label_duration(slow, round_duration(share->slow)),
		      cw_label_duration(usual, round_duration(share->usual)));
}

static void print_share_place(struct report *report, const struct cw_why_share *share)
{
	const struct cw_row *row = share->row;
	struct cw_print *print = report->print;

	if (row->part == CW_PART_REQUEST || row->part == CW_PART_RESPONSE) {
		cw_label_print_place(print, "from", report->hosts, &row->from);
		cw_label_print_place(print, "to", report->hosts, &row->to);
	}
	cw_label_print_where(print, report->hosts, share->host, share->netns);
	if (!share->drop.stage)
		return;
	cw_print_object(print, "drop");
	cw_label_print_drop(print, report->hosts, &share->drop);
	cw_print_end(print);
}

/* A step at no device is named with its service. */
static const char *label_step(char out[STEP_LEN], const struct report *report,
			      const struct cw_row *row)
{
	char pair[2 * CW_LABEL_LEN], service[CW_LABEL_LEN];

	switch (row->part) {
	case CW_PART_OWN:
		snprintf(out, STEP_LEN, "recv -> send of %s", label_reader(service, report, row));
		return out;
	case CW_PART_TRANSFER:
		snprintf(out, STEP_LEN, "first byte -> last byte of %s",
			 label_end(service, report, row, false));
		return out;
	}
	cw_label_pair(pair, report->hosts, &row->from, &row->to);
	snprintf(out, STEP_LEN, "%s", pair);
	if (!row->from.device && !row->to.device)
		snprintf(out, STEP_LEN, "%s of %s", pair,
			 row->from.stage == CW_STAGE_SEND ? label_sender(service, report, row) :
							    label_reader(service, report, row));
	return out;
}

static void print_numbers(struct report *report, const struct cw_why_path *path,
			  const struct cw_why_share *share, bool shown)
{
	char usual[CW_DURATION_LEN], slow[CW_DURATION_LEN], more[CW_DURATION_LEN];
	char label[STEP_LEN];
	struct cw_print *print = report->print;

	if (shown)
		cw_print_text(print, "    %6s %6s %6s %4.0f %%  %s, %s\n",
			      cw_label_duration(usual, round_duration(share->usual)),
			      cw_label_duration(slow, round_duration(share->slow)),
			      cw_label_duration(more, round_duration(share->more)),
			      100 * part_of(path, share), label_step(label, report, share->row),
			      share->row->gap ? share->row->gap : "unexplained");
	cw_print_number(print, "usual_ns", (s64)round_duration(share->usual), CW_JSON_ONLY);
	cw_print_number(print, "slow_ns", (s64)round_duration(share->slow), CW_JSON_ONLY);
	cw_print_number(print, "more_ns", (s64)share->more, CW_JSON_ONLY);
	cw_print_real(print, "share", part_of(path, share), CW_JSON_ONLY);
	cw_print_number(print, "count", (s64)share->count, CW_JSON_ONLY);
	cw_print_bool(print, "outstanding", share->outstanding, CW_JSON_ONLY);
}

static void print_share(struct report *report, const struct cw_why_path *path,
			const struct cw_why_share *share, bool shown)
{
	static const char *const PARTS[] = { "request", "own", "children", "response", "transfer" };
	const struct cw_row *row = share->row;
	struct cw_print *print = report->print;
	char sentence[SENTENCE_LEN];

	say_cause(sentence, report, share);
	cw_print_object(print, NULL);
	cw_print_string(print, "part", PARTS[row->part], CW_JSON_ONLY);
	cw_print_string(print, "cause", cw_cause_key(row->cause), CW_JSON_ONLY);
	cw_print_string(print, "finding", sentence, CW_JSON_ONLY);
	if (row->gap)
		cw_print_string(print, "gap", row->gap, CW_JSON_ONLY);
	print_share_place(report, share);
	print_numbers(report, path, share, shown);
	cw_print_end(print);
}

static void print_shares(struct report *report, const struct cw_why_path *path)
{
	const struct cw_why_share *share = &report->why.share[path->share];
	u32 i;

	if (path->tail)
		cw_print_text(report->print, "    %6s %6s %6s %6s  %s\n", "USUAL", "SLOW", "MORE",
			      "SHARE", "STAGES");
	cw_print_list(report->print, "stages");
	for (i = 0; i < path->shares; i++)
		print_share(report, path, &share[i],
			    path->tail && i < ROWS_MOST && part_of(path, &share[i]) >= ROW_LEAST);
	cw_print_end(report->print);
}

static void print_tail(struct report *report, const struct cw_why_path *path)
{
	char usual[CW_DURATION_LEN], slow[CW_DURATION_LEN], more[CW_DURATION_LEN], count[40];
	struct cw_print *print = report->print;
	u64 excess = round_duration(path->mean - path->median);

	cw_print_number(print, "requests", (s64)path->whole.count, "\n  %llu requests, ",
			(unsigned long long)path->whole.count);
	cw_print_number(print, "median_ns", (s64)round_duration(path->median),
			"a usual one takes %s",
			cw_label_duration(usual, round_duration(path->median)));
	cw_print_number(print, "threshold_ns", (s64)path->threshold, CW_JSON_ONLY);
	snprintf(count, sizeof(count), "%llu slowest take", (unsigned long long)path->slow);
	cw_print_number(print, "slow", (s64)path->slow, "; the %s ",
			path->slow == 1 ? "slowest takes" : count);
	cw_print_number(print, "slow_ns", (s64)round_duration(path->mean), "%s%s, ",
			cw_label_duration(slow, round_duration(path->mean)),
			path->slow == 1 ? "" : " on average");
	cw_print_number(print, "more_ns", (s64)(path->mean - path->median), "%s more\n",
			cw_label_duration(more, excess));
	cw_print_bool(print, "tail", path->tail, CW_JSON_ONLY);
}

static void print_findings(struct report *report, const struct cw_why_path *path)
{
	const struct cw_why_share *share = &report->why.share[path->share];
	u32 i;

	for (i = 0; i < path->shares; i++)
		if (share[i].outstanding)
			print_finding(report, path, &share[i]);
	if (path->outstanding)
		return;
	cw_print_text(report->print, "  nothing stands out: %s\n",
		      path->tail ? "no stage takes much longer than it usually varies by" :
				   "slow requests are hardly slower than usual ones");
}

static void print_path(struct report *report, u32 number)
{
	const struct cw_why_path *path = report->why.path[number];

	cw_print_text(report->print, "\n");
	cw_print_object(report->print, NULL);
	cw_label_print_services(report->print, "services", report->hosts, &report->why.stats.paths,
				number);
	print_tail(report, path);
	print_findings(report, path);
	print_shares(report, path);
	cw_print_end(report->print);
}

static void print_paths(struct report *report)
{
	const struct cw_why *why = &report->why;
	u32 i, shown = 0;

	cw_print_list(report->print, "paths");
	for (i = 0; i < CW_PATH_MAX; i++) {
		if (!why->path[i] || !why->path[i]->slow)
			continue;
		print_path(report, i);
		shown++;
	}
	cw_print_end(report->print);
	if (!shown)
		cw_print_text(report->print, "no request is that slow\n");
}

static bool print_report(struct report *report, struct cw_replay *replay,
			 const struct cw_replay_summary *summary)
{
	u64 refused =
		report->why.refused + report->why.stats.refused + report->why.stats.paths.refused;
	struct cw_print *print = report->print;
	bool lossy;

	cw_print_object(print, NULL);
	cw_print_number(print, "schema_version", CW_JSON_SCHEMA, CW_JSON_ONLY);
	lossy = cw_replay_print(replay, print);
	cw_label_print_netns(print, report->hosts);
	cw_print_number(print, "events", (s64)summary->events, "%llu events, ",
			(unsigned long long)summary->events);
	cw_print_number(print, "traces", (s64)report->why.stats.traces, "%llu traces\n",
			(unsigned long long)report->why.stats.traces);
	cw_print_number(print, "refused", (s64)refused, CW_JSON_ONLY);
	if (refused)
		cw_print_text(print, "%llu values found their tables full and are missing\n",
			      (unsigned long long)refused);
	print_paths(report);
	cw_print_end(print);
	return lossy;
}

static int run_passes(struct report *report, struct cw_replay *replay,
		      const struct cw_why_options *options, bool strict)
{
	struct cw_replay_view view = { .limits = CW_STORE_LIMITS,
				       .trace = learn_trace,
				       .user = report };
	struct cw_replay_summary summary = { 0 };
	int code = cw_replay_run(replay, &view, &summary);

	if (code)
		return code;
	cw_why_choose(&report->why, options->slowest, options->over);
	view.trace = explain_trace;
	code = cw_replay_run(replay, &view, &summary);
	if (code)
		return code;
	cw_why_solve(&report->why);
	return print_report(report, replay, &summary) && strict ? CW_EXIT_LOST : CW_EXIT_OK;
}

int cw_why_report(struct cw_replay *replay, struct cw_cli *cli,
		  const struct cw_why_options *options, bool strict)
{
	struct report *report = calloc(1, sizeof(*report));
	int code;

	if (!report || cw_why_init(&report->why, cw_replay_memory(replay))) {
		free(report);
		return cw_fail(CW_EXIT_USAGE, NULL, "out of memory");
	}
	report->hosts = cw_replay_hosts(replay);
	report->print = cli->print;
	code = run_passes(report, replay, options, strict);
	free(report);
	return code;
}
