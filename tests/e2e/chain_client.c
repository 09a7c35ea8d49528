// SPDX-License-Identifier: GPL-2.0
/*
 * Many requests at once, each in a context of its own: threads with a keep-alive
 * connection each, that set their own context, put the request's number into its URL
 * and check that the answer is that number's.
 *
 *   chain_client [-c CONNECTIONS] [-r REQUESTS] [-f FIRST] [-b BYTES] [-s MICROSECONDS]
 *                [-u] [-w] ADDRESS PORT
 *
 * -r per connection, numbered from FIRST on; -b size of the answers; -s to sleep before
 * each read, with a small receive buffer;
 * -u every second one without a context; -w all connect before the first request.
 * Prints for each request:  N TRACE_ID SPAN LOCAL_PORT REQUEST_BYTES RESPONSE_BYTES
 * (TRACE_ID "-" where it had none)
 */
#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libcauseway.h>

#define SLOW_BUFFER 16384

static struct {
	unsigned int connections, requests, first;
	size_t bytes;
	useconds_t sleep;
	bool wait, untraced;
	struct sockaddr_in server;
} options = { .connections = 1, .requests = 1, .first = 1 };

static pthread_barrier_t all_connected;

/* A number's context: nothing that another number, or chance, could have. */
static void context_make(unsigned int n, struct cw_task_context *context)
{
	memset(context, 0, sizeof(*context));
	memcpy(context->trace_id, "\xca\x05\xe3\xa1", 4);
	for (int i = 0; i < 4; i++)
		context->trace_id[12 + i] = (uint8_t)(n >> (24 - 8 * i));
	context->trace_id[8] = (uint8_t)getpid();
	context->span_id = 0xc11e000000000000 | n;
	context->flags = CW_CONTEXT_SAMPLED;
}

static unsigned int connect_to_server(int *fd)
{
	struct sockaddr_in local;
	socklen_t length = sizeof(local);
	int small = SLOW_BUFFER;

	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (options.sleep)
		setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	if (connect(*fd, (struct sockaddr *)&options.server, sizeof(options.server)))
		err(1, "connect");
	if (getsockname(*fd, (struct sockaddr *)&local, &length))
		err(1, "getsockname");
	return ntohs(local.sin_port);
}

static size_t receive(int fd, char *at, size_t room)
{
	ssize_t got;

	if (options.sleep)
		usleep(options.sleep); /* a slow reader is what is wanted */
	got = recv(fd, at, room, 0);
	if (got <= 0)
		errx(1, "connection ended: %s", got ? "error" : "closed");
	return (size_t)got;
}

/* Return: bytes of the answer, the header included. */
static size_t answer_read(int fd, unsigned int n)
{
	char buffer[SLOW_BUFFER + 1], *body = NULL, *size;
	size_t length = 0, whole;

	while (!body || !strchr(body, '\n')) {
		length += receive(fd, buffer + length, sizeof(buffer) - 1 - length);
		buffer[length] = 0;
		body = strstr(buffer, "\r\n\r\n");
		if (body)
			body += 4;
	}
	size = strcasestr(buffer, "content-length: ");
	if (!size || strncmp(buffer, "HTTP/1.1 200", 12))
		errx(1, "request %u: %.60s", n, buffer);
	if (strtoul(body + 2, NULL, 10) != n)
		errx(1, "request %u was answered with %.20s", n, body);
	whole = (size_t)(body - buffer) + strtoul(size + 16, NULL, 10);
	while (length < whole)
		length += receive(fd, buffer, sizeof(buffer) - 1);
	if (length != whole)
		errx(1, "request %u: %zu bytes, not %zu", n, length, whole);
	return length;
}

static void request_make(struct cw_handle *handle, int fd, unsigned int n, unsigned int port)
{
	struct cw_task_context context;
	char text[256], trace[CW_TRACE_ID_SIZE] = "-";
	bool untraced = options.untraced && n % 2 == 0;
	int length, error;
	size_t answer;

	context_make(n, &context);
	if (untraced)
		error = cw_context_clear(handle, 0);
	else
		error = cw_context_set(handle, &context);
	if (error)
		errx(1, "context: %s %s", strerror(-error), cw_handle_message(handle));
	length = snprintf(text, sizeof(text),
			  "GET /anything?n=%u&bytes=%zu HTTP/1.1\r\nHost: a\r\n\r\n", n,
			  options.bytes);
	if (send(fd, text, (size_t)length, 0) != length)
		err(1, "send");
	answer = answer_read(fd, n);
	if (!untraced)
		cw_trace_id_format(context.trace_id, trace);
	printf("%u %s %016" PRIx64 " %u %d %zu\n", n, trace, context.span_id, port, length, answer);
}

static void *run(void *data)
{
	unsigned int first = options.first + (unsigned int)(uintptr_t)data * options.requests;
	struct cw_handle *handle;
	unsigned int i, port;
	int fd;

	if (cw_handle_open(&handle))
		errx(1, "causeway is not loaded");
	port = connect_to_server(&fd);
	if (options.wait)
		pthread_barrier_wait(&all_connected);
	for (i = 0; i < options.requests; i++)
		request_make(handle, fd, first + i, port);
	close(fd);
	cw_handle_close(handle);
	return NULL;
}

static void usage(void)
{
	errx(2,
	     "usage: chain_client [-c N] [-r N] [-f N] [-b BYTES] [-s MICROSECONDS] [-u] [-w] ADDRESS PORT");
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "c:r:f:b:s:uw")) != -1) {
		unsigned int value = optarg ? (unsigned int)strtoul(optarg, NULL, 10) : 1;

		switch (c) {
		case 'c':
			options.connections = value;
			break;
		case 'r':
			options.requests = value;
			break;
		case 'f':
			options.first = value;
			break;
		case 'b':
			options.bytes = value;
			break;
		case 's':
			options.sleep = value;
			break;
		case 'u':
			options.untraced = true;
			break;
		case 'w':
			options.wait = true;
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 2 || inet_pton(AF_INET, argv[optind], &options.server.sin_addr) != 1)
		usage();
	options.server.sin_family = AF_INET;
	options.server.sin_port = htons((uint16_t)atoi(argv[optind + 1]));
}

int main(int argc, char **argv)
{
	pthread_t *thread;
	unsigned int i;

	parse(argc, argv);
	setlinebuf(stdout);
	thread = calloc(options.connections, sizeof(*thread));
	if (!thread)
		err(1, "memory");
	pthread_barrier_init(&all_connected, NULL, options.connections);
	for (i = 0; i < options.connections; i++)
		if (pthread_create(&thread[i], NULL, run, (void *)(uintptr_t)i))
			errx(1, "no more threads");
	for (i = 0; i < options.connections; i++)
		pthread_join(thread[i], NULL);
	free(thread);
	return 0;
}
