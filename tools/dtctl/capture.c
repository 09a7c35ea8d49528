// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the loop around a session: it takes batches and signals, watches a clock and perhaps
 * a command, in one thread and one poll().  However it ends, the last batches are taken and
 * the account is printed.
 */
#include "capture.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "dtctl.h"
#include "fail.h"
#include "filter.h"

#define IDLE_MS 500

/* A capture that runs. */
struct loop {
	struct cw_capture *capture;
	struct cw_session *session;
	struct cw_session_result account;
	int signals;
	pid_t child;
	int child_code;
	int interrupts;
	bool ended;
	uint64_t deadline;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void child_check(struct loop *loop)
{
	int code = loop->child > 0 ? cw_child_poll(loop->child) : -1;

	if (code < 0)
		return;
	loop->child = 0;
	loop->child_code = code;
}

static void signals_take(struct loop *loop)
{
	struct signalfd_siginfo info;

	while (read(loop->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			child_check(loop);
			continue;
		}
		loop->interrupts++;
		/* Control-C reaches the command by itself, a signal sent to dtctl alone does not. */
		if (loop->child > 0 && (info.ssi_signo == SIGTERM || info.ssi_code == SI_USER))
			kill(loop->child, (int)info.ssi_signo);
	}
}

/*
 * With a command, the capture ends when the command ends, even if the watched namespace is gone
 * before; but a second signal ends it at once.
 */
static bool is_over(const struct loop *loop)
{
	if (loop->deadline && now_ms() >= loop->deadline)
		return true;
	if (loop->capture->argv)
		return loop->child <= 0 || loop->interrupts > 1;
	return loop->interrupts > 0 || cw_session_ended(loop->session);
}

static int wait_ms(const struct loop *loop)
{
	uint64_t now = now_ms();

	if (!loop->deadline)
		return IDLE_MS;
	if (loop->deadline <= now)
		return 0;
	return loop->deadline - now < IDLE_MS ? (int)(loop->deadline - now) : IDLE_MS;
}

static int loop_run(struct loop *loop)
{
	struct cw_capture *capture = loop->capture;
	struct pollfd fds[] = {
		{ .fd = cw_session_fd(loop->session), .events = POLLIN },
		{ .fd = loop->signals, .events = POLLIN },
	};
	int taken = 0;

	while (taken >= 0 && !is_over(loop)) {
		if (poll(fds, 2, wait_ms(loop)) < 0 && errno != EINTR)
			return -errno;
		taken = cw_session_receive(loop->session, capture->batch, capture->data);
		signals_take(loop);
		cw_session_peek(loop->session, &loop->account);
		if (capture->idle)
			capture->idle(&loop->account, capture->data);
	}
	return taken < 0 ? taken : 0;
}

static int child_begin(struct loop *loop)
{
	if (!loop->capture->argv)
		return CW_EXIT_OK;
	loop->child = cw_child_start(loop->capture->argv);
	if (loop->child > 0)
		return CW_EXIT_OK;
	return cw_fail(CW_EXIT_USAGE, NULL, "cannot start \"%s\": %s", loop->capture->argv[0],
		       strerror(-loop->child));
}

static bool is_complete(const struct cw_session_result *account)
{
	return account->final && !account->lost && !account->gaps && !account->broken;
}

static void account_print(const struct cw_session_result *account, const uint64_t *shown)
{
	fprintf(stderr, "%" PRIu64 " events, %s%" PRIu64 " lost\n",
		shown ? *shown : account->received, account->final ? "" : "at least ",
		account->lost);
	if (is_complete(account))
		return;
	fprintf(stderr,
		"  produced %" PRIu64 ", sent %" PRIu64 ", dropped in the kernel %" PRIu64
		", received %" PRIu64 "; %" PRIu64 " batches missing, %" PRIu64
		" overruns, %" PRIu64 " broken messages\n",
		account->kernel.produced, account->kernel.sent, account->kernel.dropped,
		account->received, account->gaps, account->overruns, account->broken);
	if (account->lost)
		fputs("  to do: narrow it down with --stage, --port or --netns, or sample less\n",
		      stderr);
}

static int exit_code(const struct loop *loop, int code)
{
	if (!code)
		code = loop->child_code;
	if (!code && loop->capture->strict && !is_complete(&loop->account))
		return CW_EXIT_LOST;
	return code;
}

static int capture_loop(struct loop *loop, struct cw_handle *handle, const uint64_t *shown)
{
	struct cw_capture *capture = loop->capture;
	int code = CW_EXIT_OK, error = 0;

	if (capture->begin)
		error = capture->begin(handle, capture->data);
	if (!error)
		code = child_begin(loop);
	if (!error && !code) {
		loop->deadline = capture->duration ? now_ms() + capture->duration : 0;
		error = loop_run(loop);
	}
	if (error && error != -ECANCELED)
		code = cw_fail(CW_EXIT_USAGE, NULL, "ended: %s", strerror(-error));
	loop->ended = cw_session_ended(loop->session);
	error = cw_session_close(loop->session, capture->batch, capture->data, &loop->account);
	if (!loop->account.final)
		fprintf(stderr, "dtctl: the kernel's final account did not come: %s\n",
			error == -ENOENT ? "the module was unloaded meanwhile" : strerror(-error));
	if (capture->end && capture->end(handle, &loop->account, capture->data) && !code)
		code = CW_EXIT_USAGE;
	if (loop->ended)
		fputs("dtctl: the network namespace it watched is gone\n", stderr);
	account_print(&loop->account, shown);
	return exit_code(loop, code);
}

int cw_capture_run(struct cw_capture *capture, const uint64_t *shown)
{
	struct loop loop = { .capture = capture };
	struct cw_handle *handle;
	int code = cw_cli_connect(&handle);
	int error;

	if (code)
		return code;
	loop.signals = signals_open();
	error = cw_session_open(handle, &capture->filter, &loop.session);
	/* The open file would keep the namespace for as long as it is watched. */
	cw_capture_release(capture);
	if (error)
		code = cw_cli_refused(handle, error, "open a session");
	else
		code = capture_loop(&loop, handle, shown);
	close(loop.signals);
	cw_handle_close(handle);
	return code;
}
