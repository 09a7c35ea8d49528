/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Errors for people, on standard error, and the exit code that goes with each.
 */
#ifndef CW_FAIL_H
#define CW_FAIL_H

#include "dtctl.h"

struct cw_handle;

/**
 * cw_fail() - say what was wrong and what to do
 * @code: returned as it is
 * @remedy: what the reader can do; NULL: nothing sensible to say
 * @format: what was wrong, with the value; no full stop, no line end
 *
 * Return: @code.
 */
int cw_fail(enum cw_exit code, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * cw_cli_connect() - open the module's netlink family
 * @handle: result; close it with cw_handle_close()
 *
 * Return: CW_EXIT_OK, or the exit code of an error that was reported on stderr.
 */
int cw_cli_connect(struct cw_handle **handle);

/**
 * cw_cli_refused() - say that the kernel refused a request, with the kernel's words
 * @handle: the request was made on it
 * @error: negative errno
 * @what: what was asked, as in "cannot WHAT"
 *
 * Return: an exit code: CW_EXIT_REFUSED, CW_EXIT_ABSENT.
 */
int cw_cli_refused(const struct cw_handle *handle, int error, const char *what);

#endif
