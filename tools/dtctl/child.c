// SPDX-License-Identifier: GPL-2.0
/*
 * Starts the command of "record -- CMD" with the signals as they were, and waits for it
 * without blocking.
 */
#include "child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dtctl.h"
#include "fail.h"

pid_t cw_child_start(char **argv)
{
	pid_t pid = fork();
	sigset_t none;
	int code;

	if (pid)
		return pid < 0 ? -errno : pid;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], argv);
	code = errno == ENOENT ? 127 : 126;
	cw_fail(CW_EXIT_USAGE, "check name and permissions", "cannot run \"%s\": %s", argv[0],
		strerror(errno));
	fflush(stderr);
	_exit(code);
}

int cw_child_poll(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) != pid)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
