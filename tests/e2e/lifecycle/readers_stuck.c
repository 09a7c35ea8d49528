// SPDX-License-Identifier: GPL-2.0
/*
 * A reader of events that never reads: opens sessions, N of them (1), and waits for its
 * end.  Its queues are as small as the kernel makes them.
 *
 *	readers_stuck [N]	prints "open", or "error" and what the kernel said
 *
 * SIGTERM: closes the first as it should be, which prints its account:
 *	produced N sent N dropped N received N
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libcauseway.h>

#define MOST 16

static struct cw_session *sessions[MOST];

static void account_print(void)
{
	struct cw_session_result result = { 0 };
	int error = cw_session_close(sessions[0], NULL, NULL, &result);

	if (error)
		printf("error %s\n", strerror(-error));
	else
		printf("produced %lu sent %lu dropped %lu received %lu\n",
		       (unsigned long)result.kernel.produced, (unsigned long)result.kernel.sent,
		       (unsigned long)result.kernel.dropped, (unsigned long)result.received);
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1, smallest = 1, error, signal;
	struct cw_handle *handle;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	setlinebuf(stdout);
	if (cw_handle_open(&handle) || count < 1 || count > MOST) {
		puts("error no module, or 1 to 16 sessions");
		return 1;
	}
	for (int i = 0; i < count; i++) {
		error = cw_session_open(handle, NULL, &sessions[i]);
		if (error) {
			printf("error %s: %s\n", strerror(-error), cw_handle_message(handle));
			return 1;
		}
		setsockopt(cw_session_fd(sessions[i]), SOL_SOCKET, SO_RCVBUFFORCE, &smallest,
			   sizeof(smallest));
	}
	puts("open");
	sigwait(&set, &signal);
	account_print();
	return 0;
}
