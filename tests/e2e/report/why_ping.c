// SPDX-License-Identifier: GPL-2.0
/*
 * A client and a server on one connection, whose requests why.sh delays.
 *
 *	why_ping serve ADDRESS PORT
 *	why_ping ask ADDRESS PORT	does what standard input says, a command a line:
 *		connect			a new connection
 *		ask COUNT LENGTH	so many requests one after another, each of so many bytes and
 *					answered by as many, each in a trace of its own
 *		behind BYTES MS LENGTH	so many untraced bytes, which the server leaves unread for
 *					MS ms, and a traced request behind them
 *		hogged MS LENGTH	a request; as soon as it is written, a thread of higher
 *					priority than the server's computes for MS ms
 *
 * Each command is answered by a line.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libcauseway.h>

#define MOST 100000
#define RECEIVE_BUFFER 16384

/* Priorities (SCHED_FIFO); client and server are run with the first one. */
#define ORDINARY 10
#define HOG 50
#define BEFORE_HOG 60

/* Every message begins with this. */
struct head {
	uint32_t length; /* of the message, with this head */
	uint32_t nap;	 /* ms to sleep before the rest is read; the answer is a head only */
};

static char buffer[MOST];
static struct sockaddr_in address = { .sin_family = AF_INET };
static struct cw_handle *handle;
static int connection = -1;
static sem_t hog_wanted;
static uint32_t hog_ms;

static bool read_whole(int fd, char *to, size_t length)
{
	while (length) {
		ssize_t got = read(fd, to, length);

		if (got <= 0)
			return false;
		to += got;
		length -= (size_t)got;
	}
	return true;
}

static void write_whole(int fd, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t put = write(fd, buffer + done, length - done);

		if (put < 0)
			err(1, "write");
		done += (size_t)put;
	}
}

static bool serve_one(int fd)
{
	struct head head;

	if (!read_whole(fd, (char *)&head, sizeof(head)))
		return false;
	if (head.length < sizeof(head) || head.length > MOST)
		errx(1, "request of %u bytes", head.length);
	usleep(head.nap * 1000);
	if (!read_whole(fd, buffer + sizeof(head), head.length - sizeof(head)))
		return false;
	write_whole(fd, head.nap ? sizeof(head) : head.length);
	return true;
}

static void serve(void)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, size = RECEIVE_BUFFER, fd;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 8))
		err(1, "listen");
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		while (serve_one(fd))
			;
		close(fd);
	}
}

static void open_connection(void)
{
	int on = 1, size = 4 * MOST;

	close(connection);
	connection = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(connection, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(connection, (struct sockaddr *)&address, sizeof(address)))
		err(1, "connect");
}

static void put(uint32_t length, uint32_t nap)
{
	struct head head = { length, nap };

	memcpy(buffer, &head, sizeof(head));
	write_whole(connection, length);
}

static void next_trace(void)
{
	static uint32_t number;
	struct cw_task_context context = { .span_id = ++number, .flags = CW_CONTEXT_SAMPLED };

	memcpy(context.trace_id, "\xc0\x4e\x4a\x6f", 4);
	memcpy(context.trace_id + 12, &number, sizeof(number));
	if (cw_context_set(handle, &context))
		errx(1, "context: %s", cw_handle_message(handle));
}

static void take_answer(uint32_t length)
{
	if (!read_whole(connection, buffer, length))
		errx(1, "no answer");
}

static void ask(uint32_t length)
{
	next_trace();
	put(length, 0);
	take_answer(length);
}

static void spin(uint32_t ms)
{
	struct timespec now, end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ms / 1000;
	end.tv_nsec += (long)(ms % 1000) * 1000000;
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while (now.tv_sec < end.tv_sec + end.tv_nsec / 1000000000 ||
	       (now.tv_sec == end.tv_sec + end.tv_nsec / 1000000000 &&
		now.tv_nsec < end.tv_nsec % 1000000000));
}

static void set_priority(int priority)
{
	struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		err(1, "priority %d", priority);
}

static void *hog(void *unused)
{
	set_priority(HOG);
	for (;;) {
		sem_wait(&hog_wanted);
		spin(hog_ms);
	}
	return unused;
}

/*
 * The client has a higher priority than the hog, and the hog than the server: on one CPU they run
 * in this order.
 */
static void ask_hogged(uint32_t length)
{
	static pthread_t thread;

	if (!thread && pthread_create(&thread, NULL, hog, NULL))
		errx(1, "no thread");
	usleep(1000);
	next_trace();
	set_priority(BEFORE_HOG);
	put(length, 0);
	sem_post(&hog_wanted);
	take_answer(length);
	set_priority(ORDINARY);
}

static void obey(const char *line)
{
	uint32_t a, b, c;

	if (!strcmp(line, "connect\n")) {
		open_connection();
	} else if (sscanf(line, "ask %u %u", &a, &b) == 2) {
		while (a--)
			ask(b);
	} else if (sscanf(line, "behind %u %u %u", &a, &b, &c) == 3) {
		if (cw_context_clear(handle, 0))
			errx(1, "context: %s", cw_handle_message(handle));
		put(a, b);
		next_trace();
		put(c, 0);
		take_answer(sizeof(struct head));
		take_answer(c);
	} else if (sscanf(line, "hogged %u %u", &hog_ms, &b) == 2) {
		ask_hogged(b);
	} else {
		errx(1, "what is %s", line);
	}
	puts("ok");
}

int main(int argc, char **argv)
{
	char line[100];

	setlinebuf(stdout);
	sem_init(&hog_wanted, 0, 0);
	if (argc != 4 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1)
		errx(1, "usage: why_ping serve|ask ADDRESS PORT");
	address.sin_port = htons((uint16_t)atoi(argv[3]));
	if (!strcmp(argv[1], "serve"))
		serve();
	if (cw_handle_open(&handle))
		errx(1, "causeway is not loaded");
	while (fgets(line, sizeof(line), stdin))
		obey(line);
	return 0;
}
