// SPDX-License-Identifier: GPL-2.0
/*
 * An HTTP server that is no wiser than any other, but says what it saw: the number in
 * the request (?n=N), and the context that its thread held right after reading it.
 * One thread per connection; keeps connections unless asked not to.
 *
 *   chain_app ADDRESS PORT LOG
 *
 * GET /...?n=N&bytes=B is answered with "n=N\n" and filling up to B bytes.  LOG gets
 * for each request:  N TRACE_ID SPAN PEER_PORT REQUEST_BYTES   ("-" where it held none)
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libcauseway.h>

#define REQUEST_MAX 4096

struct connection {
	int fd;
	unsigned int port;
	struct cw_handle *handle;
	char request[REQUEST_MAX + 1];
	size_t length;
};

static FILE *log_file;

static unsigned long number_after(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtoul(at + strlen(key), NULL, 10) : 0;
}

static void context_log(struct connection *c, unsigned long n)
{
	struct cw_task_context context;
	char trace[CW_TRACE_ID_SIZE] = "-";
	int error = cw_context_get(c->handle, 0, &context);

	if (error && error != -ENODATA)
		errx(1, "context: %s %s", strerror(-error), cw_handle_message(c->handle));
	if (error)
		context.span_id = 0;
	else
		cw_trace_id_format(context.trace_id, trace);
	fprintf(log_file, "%lu %s %016" PRIx64 " %u %zu\n", n, trace, context.span_id, c->port,
		c->length);
}

/* Return: false when the peer has closed. */
static bool request_read(struct connection *c)
{
	ssize_t got;

	c->length = 0;
	do {
		got = recv(c->fd, c->request + c->length, REQUEST_MAX - c->length, 0);
		if (got <= 0)
			return false;
		c->length += (size_t)got;
		c->request[c->length] = 0;
		if (c->length == REQUEST_MAX)
			errx(1, "a request of more than %d bytes", REQUEST_MAX);
	} while (!strstr(c->request, "\r\n\r\n"));
	return true;
}

static bool answer_write(int fd, unsigned long n, size_t bytes, bool keep)
{
	char head[256], body[32];
	int body_length = snprintf(body, sizeof(body), "n=%lu\n", n);
	int length;
	char *all;
	bool sent;

	if (bytes < (size_t)body_length)
		bytes = (size_t)body_length;
	length = snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n%s\r\n",
			  bytes, keep ? "" : "Connection: close\r\n");
	all = malloc((size_t)length + bytes);
	if (!all)
		err(1, "memory");
	memcpy(all, head, (size_t)length);
	memset(all + length, '.', bytes);
	memcpy(all + length, body, (size_t)body_length);
	sent = send(fd, all, (size_t)length + bytes, MSG_NOSIGNAL) == length + (ssize_t)bytes;
	free(all);
	return sent;
}

static void *serve(void *data)
{
	struct connection *c = data;
	bool keep = true;
	int error = cw_handle_open(&c->handle);

	if (error)
		errx(1, "causeway: %s", strerror(-error));
	while (keep && request_read(c)) {
		unsigned long n = number_after(c->request, "?n=");

		context_log(c, n);
		keep = !strstr(c->request, "HTTP/1.0") &&
		       !strcasestr(c->request, "connection: close");
		keep &= answer_write(c->fd, n, number_after(c->request, "&bytes="), keep);
	}
	close(c->fd);
	cw_handle_close(c->handle);
	free(c);
	return NULL;
}

static int listen_on(const char *address, const char *port)
{
	struct sockaddr_in local = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	local.sin_port = htons((uint16_t)atoi(port));
	if (fd < 0 || inet_pton(AF_INET, address, &local.sin_addr) != 1)
		errx(1, "cannot use %s", address);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&local, sizeof(local)) || listen(fd, 511))
		err(1, "%s:%s", address, port);
	return fd;
}

static void serve_next(int listener)
{
	struct sockaddr_in peer;
	socklen_t length = sizeof(peer);
	struct connection *c = calloc(1, sizeof(*c));
	pthread_t thread;

	if (!c)
		err(1, "memory");
	c->fd = accept4(listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC);
	if (c->fd < 0)
		err(1, "accept");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	c->port = ntohs(peer.sin_port);
	if (pthread_create(&thread, NULL, serve, c))
		errx(1, "no more threads");
	pthread_detach(thread);
}

int main(int argc, char **argv)
{
	int listener;

	if (argc != 4)
		errx(2, "usage: chain_app ADDRESS PORT LOG");
	signal(SIGPIPE, SIG_IGN);
	log_file = fopen(argv[3], "ae"); /* a test may empty it */
	if (!log_file)
		err(1, "%s", argv[3]);
	setlinebuf(log_file);
	listener = listen_on(argv[1], argv[2]);
	for (;;)
		serve_next(listener);
}
