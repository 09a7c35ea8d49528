/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session as monitor and record run it: filters from the command line, until a
 * time is over, a command has ended or a signal comes; then the account of losses.
 */
#ifndef CW_CAPTURE_H
#define CW_CAPTURE_H

#include <sys/types.h>

#include <libcauseway.h>

#include "dtctl.h"

/* The options that both have; they stand first in a command's list. */
enum cw_capture_arg {
	CW_CAPTURE_TRACE_ID,
	CW_CAPTURE_TID,
	CW_CAPTURE_PID,
	CW_CAPTURE_NETNS,
	CW_CAPTURE_PORT,
	CW_CAPTURE_STAGE,
	CW_CAPTURE_DURATION,
	CW_CAPTURE_STRICT,
	CW_CAPTURE_ARGS,
};

/* clang-format off */
#define CW_CAPTURE_OPTIONS                                                                       \
	[CW_CAPTURE_TRACE_ID] = { "--trace-id", "ID", "of this trace only: 32 hex digits", false }, \
	[CW_CAPTURE_TID] = { "--tid", "TID", "of this thread only", false },                     \
	[CW_CAPTURE_PID] = { "--pid", "PID", "of this process only", false },                    \
	[CW_CAPTURE_NETNS] = { "--netns", "NETNS", "in this namespace only: name, path, pid", false }, \
	[CW_CAPTURE_PORT] = { "--port", "PORT", "with this port at either end only", false },    \
	[CW_CAPTURE_STAGE] = { "--stage", "STAGE[,STAGE...]", "these stages only, such as send,recv", false }, \
	[CW_CAPTURE_DURATION] = { "--duration", "TIME", "end after 10, 10s, 500ms, 2m, 1h", false }, \
	[CW_CAPTURE_STRICT] = { "--strict", NULL, "exit with 4 if events were lost", false }
/* clang-format on */

/**
 * struct cw_capture - what a command wants; zero and cw_capture_init()
 * @filter: evaluated in the kernel
 * @duration: milliseconds; 0: no end
 * @strict: losses are an error
 * @argv: command to run meanwhile, NULL: none
 * @begin: called once the session is open, before @argv is run; NULL: nothing to do
 * @batch: called for each batch; -ECANCELED ends without being an error
 * @idle: called every half second and after batches; NULL: nothing to do
 * @end: called when the account is known, before it is printed; NULL: nothing to do
 * @data: for them
 *
 * @begin, @batch and @end may return an errno that ends it; they say why themselves.
 */
struct cw_capture {
	struct cw_filter filter;
	uint64_t duration;
	bool strict;
	char **argv;
	int (*begin)(struct cw_handle *handle, void *data);
	cw_batch_fn batch;
	void (*idle)(const struct cw_session_result *account, void *data);
	int (*end)(struct cw_handle *handle, const struct cw_session_result *account, void *data);
	void *data;
};

void cw_capture_init(struct cw_capture *capture);

/* Takes one of the shared options. Return: an exit code. */
int cw_capture_option(struct cw_capture *capture, int arg, const char *value);

/* Checks what only shows when all options are read. Return: an exit code. */
int cw_capture_check(const struct cw_args *args);

/**
 * cw_capture_run() - run the session, print the account on stderr
 * @shown: number of events that were shown; NULL: those received
 *
 * Return: an exit code: of the command if one was run and all else went well.
 */
int cw_capture_run(struct cw_capture *capture, const uint64_t *shown);

/* Closes what the filter holds open. */
void cw_capture_release(struct cw_capture *capture);

/* The command that is run meanwhile. Return: its process id, or negative errno. */
pid_t cw_child_start(char **argv);
/* Whether it has ended: -1: no; else its exit code as a shell gives it. */
int cw_child_poll(pid_t pid);

#endif
