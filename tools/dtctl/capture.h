/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session as monitor and record run it: with filters from the command line, until a
 * time is over, a command has ended or a signal comes; then it prints the account of losses.
 */
#ifndef CW_CAPTURE_H
#define CW_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include <libcauseway.h>

/**
 * struct cw_capture - what a command wants; set up by cw_capture_init()
 * @filter: evaluated in the kernel
 * @duration: milliseconds; 0: no end
 * @strict: losses are an error
 * @argv: command to run meanwhile, NULL: none
 * @begin: called once the session is open, before @argv is run; NULL: nothing to do
 * @batch: called for each batch; its -ECANCELED ends the session without an error
 * @idle: called every half second and after batches; NULL: nothing to do
 * @end: called when the account is known, before it is printed; NULL: nothing to do
 * @data: handed to these functions
 *
 * A negative errno from @begin, @batch or @end ends the session; they report it themselves.
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

/**
 * cw_capture_run() - run the session, print the account on stderr
 * @shown: number of events that were shown; NULL: those received
 *
 * Return: an exit code; that of the command if one was run and all else went well.
 */
int cw_capture_run(struct cw_capture *capture, const uint64_t *shown);

#endif
