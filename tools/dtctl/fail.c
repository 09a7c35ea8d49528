// SPDX-License-Identifier: GPL-2.0
/*
 * Prints errors for people on standard error: what was wrong, with its value, and what to
 * do about it.  Returns the exit code.
 */
#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libcauseway.h>

#include "dtctl.h"

int cw_fail(enum cw_exit code, const char *remedy, const char *format, ...)
{
	va_list list;

	fflush(stdout);
	fputs("dtctl: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	if (remedy)
		fprintf(stderr, "  to do: %s\n", remedy);
	return code;
}

int cw_cli_connect(struct cw_handle **handle)
{
	int error = cw_handle_open(handle);

	switch (error) {
	case 0:
		return CW_EXIT_OK;
	case -ENOENT:
		return cw_fail(CW_EXIT_ABSENT, "load it: dtctl load (or: modprobe causeway)",
			       "the kernel module causeway is not loaded");
	case -EPROTO:
		return cw_fail(
			CW_EXIT_ABSENT,
			"install module and tools of the same release, then: dtctl unload; dtctl load",
			"the loaded module has another ABI than %u, which this dtctl speaks",
			CW_ABI_VERSION);
	case -EPROTONOSUPPORT:
		return cw_fail(CW_EXIT_ABSENT, "run it on the host, with a kernel that has netlink",
			       "generic netlink is not available here");
	default:
		return cw_fail(CW_EXIT_ABSENT, "see the kernel log: dmesg",
			       "cannot talk to the module: %s", strerror(-error));
	}
}

static const char *remedy_of(int error)
{
	switch (error) {
	case -EPERM:
	case -EACCES:
		return "run it as the host's root, or with CAP_NET_ADMIN in a container that is allowed to";
	case -EINTR:
		return "the list changed meanwhile: run it again";
	case -EUSERS:
		return "end another reader; dtctl session list shows them";
	case -ENETDOWN:
		return "add a rule first: dtctl policy add ...";
	case -ENOSPC:
		return "delete rules that are not needed: dtctl policy list, dtctl policy del ID";
	case -ESRCH:
		return "check that the thread still runs";
	case -EOPNOTSUPP:
		return "if the request is right, module and dtctl may be of different releases: dtctl status";
	default:
		return NULL;
	}
}

int cw_cli_refused(const struct cw_handle *handle, int error, const char *what)
{
	const char *said = cw_handle_message(handle);

	/* A family that is gone answers with a bare ENOENT; the module always says why. */
	if (error == -ENOENT && !said[0])
		return cw_fail(CW_EXIT_ABSENT, "load it: dtctl load",
			       "cannot %s: the kernel module causeway was unloaded meanwhile",
			       what);
	/* Only a kernel that does not know the request refuses it without a word. */
	if (!said[0] && error == -EINVAL)
		error = -EOPNOTSUPP;
	return cw_fail(CW_EXIT_REFUSED, remedy_of(error), "cannot %s: %s", what,
		       said[0] ? said : strerror(-error));
}
