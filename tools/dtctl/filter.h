/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options that monitor and record share.
 */
#ifndef CW_FILTER_H
#define CW_FILTER_H

#include "args.h"
#include "capture.h"

/* The shared options; they stand first in a command's list. */
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
	[CW_CAPTURE_TRACE_ID] = { "--trace-id", "ID", "only this trace: 32 hex digits", false }, \
	[CW_CAPTURE_TID] = { "--tid", "TID", "only this thread", false },                     \
	[CW_CAPTURE_PID] = { "--pid", "PID", "only this process", false },                    \
	[CW_CAPTURE_NETNS] = { "--netns", "NETNS", "only this namespace: name, path, pid", false }, \
	[CW_CAPTURE_PORT] = { "--port", "PORT", "only this port, at either end", false },    \
	[CW_CAPTURE_STAGE] = { "--stage", "STAGE[,STAGE...]", "only these stages, such as send,recv", false }, \
	[CW_CAPTURE_DURATION] = { "--duration", "TIME", "end after this time: 10, 10s, 500ms, 2m, 1h", false }, \
	[CW_CAPTURE_STRICT] = { "--strict", NULL, "exit with 4 if events were lost", false }
/* clang-format on */

/* Sets the defaults: every event, no end. */
void cw_capture_init(struct cw_capture *capture);

/* Takes one of the shared options. Return: an exit code. */
int cw_capture_option(struct cw_capture *capture, int arg, const char *value);

/* Checks for options that exclude each other, when all are read. Return: an exit code. */
int cw_capture_check(const struct cw_args *args);

/* Closes the file that the filter holds open. */
void cw_capture_release(struct cw_capture *capture);

#endif
