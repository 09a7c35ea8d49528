// SPDX-License-Identifier: GPL-2.0
/*
 * Makes, uses and ends connections in rough ways.  The payload of a request says which trace it
 * belongs to, and the thread that has read it compares that with the context that it holds then.
 *
 *	abuse_load serve ADDRESS PORT		commands: totals
 *	abuse_load ask ADDRESS PORT		commands: those below
 *
 * Commands, a line each on standard input; one line of answer:
 *	totals			RIGHT NONE WRONG, of the requests since the last time
 *	short MS THREADS	as many connections as there is time for, a request each
 *	reuse N SIDE PORT	N from one port, one after another; "client" or "server" closes first
 *	race MS THREADS		closed, reset or shut down at once, during connecting, or after writing
 *	half N			writes, shuts down, then reads the answer
 *	backlog N PORT		N at a listener of our own here, that does not accept
 *	accept			... until now
 *	hold N			N that stay open, after a request; "drop": closes them
 *	Answer to all but totals: CONNECTIONS RIGHT NONE WRONG FAILED, as the other side says
 *
 * Every third request has no context and says so: then the reader has to hold none.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libcauseway.h>

#include "../words.h"

#define LINE 128
#define WORDS 4
#define SERVERS 8
#define HELD_MAX 512

/* The bytes of a request. */
struct request {
	uint8_t trace_id[CW_TRACE_ID_LEN]; /* zeros: it belongs to no trace */
	char how; /* what the server does: 'a' answers, 's' and closes first, 'h' at the end */
};

static struct sockaddr_in address;
static _Atomic unsigned int rights, nones, wrongs, failures, connections;
static __thread struct cw_handle *handle;
static int held[HELD_MAX], held_count;

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct cw_handle *own_handle(void)
{
	int error = handle ? 0 : cw_handle_open(&handle);

	if (error)
		errx(1, "no causeway: %s", strerror(-error));
	return handle;
}

/* --- the serving side ----------------------------------------------------------------- */

/* '=': the context held is the one that the request says; '-': none is held; '!': another. */
static char judge(const struct request *request)
{
	static const uint8_t none[CW_TRACE_ID_LEN];
	struct cw_task_context context;
	int error = cw_context_get(own_handle(), 0, &context);
	bool traced = memcmp(request->trace_id, none, sizeof(none));

	if (error && error != -ENODATA)
		errx(1, "context: %s", strerror(-error));
	if (error) {
		atomic_fetch_add(traced ? &nones : &rights, 1);
		return traced ? '-' : '=';
	}
	if (!memcmp(context.trace_id, request->trace_id, sizeof(none))) {
		atomic_fetch_add(&rights, 1);
		return '=';
	}
	atomic_fetch_add(&wrongs, 1);
	return '!';
}

static bool read_whole(int fd, void *to, size_t length)
{
	ssize_t got = 1;

	for (size_t have = 0; have < length; have += (size_t)got) {
		got = recv(fd, (char *)to + have, length - have, 0);
		if (got <= 0)
			return false;
	}
	return true;
}

static void read_end(int fd)
{
	char rest[64];

	while (recv(fd, rest, sizeof(rest), 0) > 0)
		;
}

/* Serves one connection; an error or a reset may end it early. */
static void serve(int fd)
{
	const struct timeval patience = { .tv_sec = 10 };
	struct request request;
	char verdict;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while (read_whole(fd, &request, sizeof(request))) {
		if (request.how == 'h')
			read_end(fd);
		verdict = judge(&request);
		if (send(fd, &verdict, 1, MSG_NOSIGNAL) != 1 || request.how == 's')
			break;
	}
	close(fd);
}

static void *server(void *data)
{
	int fd;

	for (;;) {
		fd = accept4((int)(intptr_t)data, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			serve(fd);
	}
	return NULL;
}

static int listen_at(uint16_t port, int backlog)
{
	struct sockaddr_in at = address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	at.sin_port = htons(port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, backlog))
		err(1, "cannot listen");
	return fd;
}

static void servers_start(void)
{
	int listener = listen_at(ntohs(address.sin_port), 256);
	pthread_t thread;

	for (int i = 0; i < SERVERS; i++)
		if (pthread_create(&thread, NULL, server, (void *)(intptr_t)listener))
			errx(1, "no thread");
}

/* --- the asking side ------------------------------------------------------------------ */

static void request_make(struct request *request, char how)
{
	static _Atomic uint64_t number;
	struct cw_task_context context = { .flags = CW_CONTEXT_SAMPLED };
	uint64_t n = atomic_fetch_add(&number, 1) + 1;

	memset(request, 0, sizeof(*request));
	request->how = how;
	if (n % 3 == 0) {
		cw_context_clear(own_handle(), 0);
		return;
	}
	memcpy(context.trace_id, "abuse", 5);
	memcpy(context.trace_id + 8, &n, sizeof(n));
	context.span_id = n;
	if (cw_context_set(own_handle(), &context))
		errx(1, "context: %s", cw_handle_message(handle));
	memcpy(request->trace_id, context.trace_id, sizeof(context.trace_id));
}

static bool answer_take(int fd)
{
	char verdict = 0;

	if (!read_whole(fd, &verdict, 1))
		return false;
	if (verdict == '=')
		atomic_fetch_add(&rights, 1);
	else
		atomic_fetch_add(verdict == '-' ? &nones : &wrongs, 1);
	return true;
}

static int client_socket(uint16_t port)
{
	const struct timeval patience = { .tv_sec = 20 };
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (port && bind(fd, (struct sockaddr *)&from, sizeof(from)))
		err(1, "port %u", port);
	return fd;
}

static void reset_at_close(int fd)
{
	const struct linger at_once = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

/* The port may be taken for a moment more, until the peer has acknowledged our FIN. */
static bool connect_soon(int fd)
{
	int64_t end = now_ms() + 1000;

	while (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		if (errno != EADDRNOTAVAIL || now_ms() > end)
			return false;
		usleep(1000); /* between two tries */
	}
	return true;
}

/* The port stays in TIME_WAIT at the side that closes first. */
static void ask_once(uint16_t port, bool server_first)
{
	struct request request;
	int fd = client_socket(port);

	request_make(&request, server_first ? 's' : 'a');
	if (!connect_soon(fd) ||
	    send(fd, &request, sizeof(request), MSG_NOSIGNAL) != sizeof(request) ||
	    !answer_take(fd))
		atomic_fetch_add(&failures, 1);
	if (server_first)
		read_end(fd);
	close(fd);
	atomic_fetch_add(&connections, 1);
}

static void *short_ones(void *data)
{
	int64_t end = *(int64_t *)data;

	while (now_ms() < end)
		ask_once(0, false);
	cw_handle_close(handle);
	return NULL;
}

/* Leaves a connection in one of several ways, by chance. */
static void race_once(unsigned int *seed)
{
	unsigned int way = (unsigned int)rand_r(seed);
	struct request request;
	int fd = client_socket(0);

	if (way & 1)
		reset_at_close(fd);
	if (way & 2)
		fcntl(fd, F_SETFL, O_NONBLOCK);
	request_make(&request, 'a');
	connect(fd, (struct sockaddr *)&address, sizeof(address));
	if (way & 4)
		send(fd, &request, sizeof(request), MSG_NOSIGNAL);
	if (way & 8)
		shutdown(fd, way & 16 ? SHUT_WR : SHUT_RDWR);
	if (way & 32)
		sched_yield();
	close(fd);
	atomic_fetch_add(&connections, 1);
}

static void *races(void *data)
{
	unsigned int seed = (unsigned int)(uintptr_t)pthread_self();

	while (now_ms() < *(int64_t *)data)
		race_once(&seed);
	cw_handle_close(handle);
	return NULL;
}

/* In @count threads, for @ms. */
static void together(void *(*run)(void *), long ms, long count)
{
	int64_t end = now_ms() + ms;
	pthread_t threads[64];

	if (count > 64)
		count = 64;
	for (long i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, run, &end))
			errx(1, "no thread");
	for (long i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

static void reuse(long count, const char *side, const char *port)
{
	bool server_first = side && !strcmp(side, "server");

	if (!port)
		errx(1, "reuse N SIDE PORT");
	for (long i = 0; i < count; i++)
		ask_once((uint16_t)atoi(port), server_first);
}

/* The request counts although our side is shut down; the answer comes after our FIN. */
static void half(long count)
{
	struct request request;

	for (long i = 0; i < count; i++) {
		int fd = client_socket(0);

		request_make(&request, 'h');
		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
		    send(fd, &request, sizeof(request), MSG_NOSIGNAL) != sizeof(request) ||
		    shutdown(fd, SHUT_WR) || !answer_take(fd))
			atomic_fetch_add(&failures, 1);
		close(fd);
		atomic_fetch_add(&connections, 1);
	}
}

static void hold(long count)
{
	struct request request;

	for (long i = 0; i < count && held_count < HELD_MAX; i++) {
		int fd = client_socket(0);

		request_make(&request, 'a');
		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
		    send(fd, &request, sizeof(request), MSG_NOSIGNAL) != sizeof(request))
			atomic_fetch_add(&failures, 1);
		held[held_count++] = fd;
		atomic_fetch_add(&connections, 1);
	}
}

static void drop(void)
{
	while (held_count)
		close(held[--held_count]);
}

/* --- a listener whose queue is full --------------------------------------------------- */

/*
 * These connections ask while the listener has accepted none of them, as far as its queue has room.
 */
static void *ask_backlog(void *data)
{
	ask_once(0, false);
	(void)data;
	cw_handle_close(handle);
	return NULL;
}

static struct {
	struct sockaddr_in usual;
	pthread_t threads[64];
	long count;
	int listener;
} full;

static void backlog(long count, const char *port)
{
	if (!port || full.count || count < 1 || count > 64)
		errx(1, "backlog N PORT");
	full.usual = address;
	full.count = count;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)atoi(port));
	full.listener = listen_at((uint16_t)atoi(port), 1);
	for (long i = 0; i < count; i++)
		if (pthread_create(&full.threads[i], NULL, ask_backlog, NULL))
			errx(1, "no thread");
}

static void backlog_accept(void)
{
	for (long i = 0; i < full.count; i++) {
		int fd = accept4(full.listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			serve(fd);
	}
	for (long i = 0; i < full.count; i++)
		pthread_join(full.threads[i], NULL);
	close(full.listener);
	address = full.usual;
	full.count = 0;
}

/* --- commands ------------------------------------------------------------------------- */

static void totals(char *answer)
{
	snprintf(answer, LINE, "%u %u %u", atomic_exchange(&rights, 0), atomic_exchange(&nones, 0),
		 atomic_exchange(&wrongs, 0));
}

static void run(char **words, char *answer)
{
	long n = words[1] ? atol(words[1]) : 0;

	if (!strcmp(words[0], "totals"))
		return totals(answer);
	if (!strcmp(words[0], "short"))
		together(short_ones, n, words[2] ? atol(words[2]) : 1);
	else if (!strcmp(words[0], "race"))
		together(races, n, words[2] ? atol(words[2]) : 1);
	else if (!strcmp(words[0], "reuse"))
		reuse(n, words[2], words[3]);
	else if (!strcmp(words[0], "half"))
		half(n);
	else if (!strcmp(words[0], "hold"))
		hold(n);
	else if (!strcmp(words[0], "drop"))
		drop();
	else if (!strcmp(words[0], "backlog"))
		backlog(n, words[2]);
	else if (!strcmp(words[0], "accept"))
		backlog_accept();
	else
		errx(1, "not a command: %s", words[0]);
	snprintf(answer, LINE, "%u %u %u %u %u", atomic_exchange(&connections, 0),
		 atomic_exchange(&rights, 0), atomic_exchange(&nones, 0),
		 atomic_exchange(&wrongs, 0), atomic_exchange(&failures, 0));
}

int main(int argc, char **argv)
{
	char line[LINE], answer[LINE], *words[WORDS + 1];

	if (argc != 4 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1)
		errx(1, "usage: abuse_load serve|ask ADDRESS PORT");
	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t)atoi(argv[3]));
	if (!strcmp(argv[1], "serve"))
		servers_start();
	setlinebuf(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (!words_split(line, words, WORDS))
			continue;
		run(words, answer);
		puts(answer);
	}
	return 0;
}
