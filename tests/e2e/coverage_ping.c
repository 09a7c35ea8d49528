// SPDX-License-Identifier: GPL-2.0
/*
 * A client that measures its requests itself, and the server that it asks.
 *
 *	coverage_ping serve ADDRESS PORT
 *	coverage_ping ask ADDRESS PORT REQUESTS [WORK]
 *
 * One connection; a request is 100 bytes, its answer 1000; between the two the server
 * computes for WORK us.  Each request has a trace id of its own.  Prints of each:
 * TRACE_ID BEGIN NS, from before the write, in ns of CLOCK_REALTIME, to after the read that
 * completes the answer.
 */
#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libcauseway.h>

#define REQUEST 100
#define ANSWER 1000

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static size_t read_whole(int fd, char *buffer, size_t length)
{
	size_t have = 0;

	while (have < length) {
		ssize_t got = read(fd, buffer + have, length - have);

		if (got <= 0)
			return have;
		have += (size_t)got;
	}
	return have;
}

static void serve(const struct sockaddr_in *address)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, fd;
	char buffer[ANSWER];
	uint32_t work;
	int64_t until;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (const struct sockaddr *)address, sizeof(*address)) ||
	    listen(listener, 8))
		err(1, "listen");
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		while (read_whole(fd, buffer, REQUEST) == REQUEST) {
			memcpy(&work, buffer, sizeof(work));
			for (until = now() + work * INT64_C(1000); now() < until;)
				;
			if (write(fd, buffer, ANSWER) != ANSWER)
				err(1, "write");
		}
		close(fd);
	}
}

static void context_next(struct cw_handle *handle, unsigned int n, struct cw_task_context *context)
{
	memset(context, 0, sizeof(*context));
	memcpy(context->trace_id, "\xc0\x4e\x4a\x6e", 4);
	for (int i = 0; i < 4; i++)
		context->trace_id[12 + i] = (uint8_t)(n >> (24 - 8 * i));
	context->span_id = 0xc11e000000000000 | n;
	context->flags = CW_CONTEXT_SAMPLED;
	if (cw_context_set(handle, context))
		errx(1, "context: %s", cw_handle_message(handle));
}

static void ask(const struct sockaddr_in *address, unsigned int requests, uint32_t work)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	char buffer[ANSWER] = "", trace[CW_TRACE_ID_SIZE];
	struct cw_task_context context;
	struct cw_handle *handle;

	if (cw_handle_open(&handle))
		errx(1, "causeway is not loaded");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		err(1, "connect");
	for (unsigned int n = 1; n <= requests; n++) {
		int64_t begin, end;

		context_next(handle, n, &context);
		memcpy(buffer, &work, sizeof(work));
		begin = now();
		if (write(fd, buffer, REQUEST) != REQUEST)
			err(1, "write");
		if (read_whole(fd, buffer, ANSWER) != ANSWER)
			errx(1, "request %u: no answer", n);
		end = now();
		cw_trace_id_format(context.trace_id, trace);
		printf("%s %" PRId64 " %" PRId64 "\n", trace, begin, end - begin);
	}
	cw_handle_close(handle);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	if (argc < 4 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1)
		errx(1, "usage: coverage_ping serve|ask ADDRESS PORT [REQUESTS [WORK]]");
	address.sin_port = htons((uint16_t)atoi(argv[3]));
	if (!strcmp(argv[1], "serve"))
		serve(&address);
	else
		ask(&address, argc > 4 ? (unsigned int)atoi(argv[4]) : 1,
		    argc > 5 ? (uint32_t)atoi(argv[5]) : 0);
	return 0;
}
