// SPDX-License-Identifier: GPL-2.0
/*
 * Makes traffic, checks every byte of it, and measures its time.
 *
 *	middlebox_traffic server ADDRESS PORT
 *	middlebox_traffic proxy ADDRESS PORT TO-ADDRESS TO-PORT
 *	middlebox_traffic client ADDRESS PORT CONNECTIONS REQUESTS SIZE
 *		prints: ok CONNECTIONS longest MS rto MS	(a connection's time; the first RTO)
 *	middlebox_traffic endless ADDRESS PORT CONNECTIONS SIZE
 *		until a signal, then: ok EXCHANGES longest MS mss FIRST LAST
 *		SIGUSR1: prints the lowest and the highest MSS of the connections at this moment
 *
 * A request is SIZE (a number of 8 bytes) and as many bytes of a pattern; the answer
 * repeats it.  The server has a thread per connection.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEADER 8
#define SIZE_MAX_ (4U << 20)
#define CONNECTIONS_MAX 64

struct address {
	struct sockaddr_storage bytes;
	socklen_t length;
};

struct exchange {
	int fd;
	unsigned int size;
	uint8_t *out, *in;
};

static struct address proxy_to;
static volatile sig_atomic_t over, asked;

static void die(const char *what)
{
	fprintf(stderr, "middlebox_traffic: %s: %s\n", what, strerror(errno));
	printf("failed %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(1);
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static struct address address_read(const char *text, const char *port)
{
	struct address address = { 0 };
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address.bytes;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address.bytes;

	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)atoi(port));
		address.length = sizeof(*v6);
	} else if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)atoi(port));
		address.length = sizeof(*v4);
	} else {
		errno = EINVAL;
		die(text);
	}
	return address;
}

/* The limit of patience bounds a test that would hang; 0 bytes: the other side has closed. */
static int socket_open(const struct address *to)
{
	const int on = 1;
	struct timeval patience = { .tv_sec = 30 };
	int fd = socket(to->bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static int connection_open(const struct address *to)
{
	int fd = socket_open(to);

	if (connect(fd, (const struct sockaddr *)&to->bytes, to->length))
		die("connect");
	return fd;
}

static bool all_read(int fd, void *data, size_t size)
{
	char *p = data;
	ssize_t n;

	while (size) {
		n = recv(fd, p, size, MSG_WAITALL);
		if (n < 0 && errno == EINTR)
			continue; /* with a timeout, it is not begun again by itself */
		if (n <= 0)
			return false;
		p += n;
		size -= (size_t)n;
	}
	return true;
}

static bool all_written(int fd, const void *data, size_t size)
{
	const char *p = data;
	ssize_t n;

	while (size) {
		n = send(fd, p, size, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		size -= (size_t)n;
	}
	return true;
}

static void *serve(void *data)
{
	int fd = (int)(intptr_t)data;
	uint8_t *bytes = malloc(HEADER + SIZE_MAX_);
	uint64_t size;

	while (all_read(fd, bytes, HEADER)) {
		memcpy(&size, bytes, HEADER);
		if (size > SIZE_MAX_ || !all_read(fd, bytes + HEADER, size) ||
		    !all_written(fd, bytes, HEADER + size))
			break;
	}
	close(fd);
	free(bytes);
	return NULL;
}

/* Copies no more than one read at a time, as simple proxies do. */
static void *copy(void *data)
{
	int *ends = data;
	char bytes[16384];
	ssize_t n;

	while ((n = recv(ends[0], bytes, sizeof(bytes), 0)) > 0)
		if (!all_written(ends[1], bytes, (size_t)n))
			break;
	shutdown(ends[1], SHUT_WR);
	return NULL;
}

static void *forward(void *data)
{
	int near = (int)(intptr_t)data, far = connection_open(&proxy_to);
	int there[2] = { near, far }, back[2] = { far, near };
	pthread_t other;

	if (pthread_create(&other, NULL, copy, back))
		die("thread");
	copy(there);
	pthread_join(other, NULL);
	close(near);
	close(far);
	return NULL;
}

static _Noreturn void listen_forever(const struct address *at, void *(*handle)(void *data))
{
	const int on = 1;
	int listener = socket_open(at);
	pthread_t thread;
	int fd;

	if (bind(listener, (const struct sockaddr *)&at->bytes, at->length) ||
	    listen(listener, 128))
		die("listen");
	for (;;) {
		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (pthread_create(&thread, NULL, handle, (void *)(intptr_t)fd))
			die("thread");
		pthread_detach(thread);
	}
}

static void exchange_begin(struct exchange *e, const struct address *to, unsigned int size)
{
	e->fd = connection_open(to);
	e->size = size;
	e->out = malloc(HEADER + size);
	e->in = malloc(HEADER + size);
}

static void exchange_end(struct exchange *e)
{
	close(e->fd);
	free(e->out);
	free(e->in);
}

static void exchange_run(struct exchange *e, unsigned int number)
{
	uint64_t size = e->size;

	memcpy(e->out, &size, HEADER);
	for (unsigned int i = 0; i < e->size; i++)
		e->out[HEADER + i] = (uint8_t)(i * 7 + i / 251 + number);
	if (!all_written(e->fd, e->out, HEADER + size))
		die("write");
	errno = ECONNRESET;
	if (!all_read(e->fd, e->in, HEADER + size))
		die("read");
	errno = EBADMSG;
	if (memcmp(e->in, e->out, HEADER + size))
		die("bytes are not those that were sent");
}

static struct tcp_info info_of(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t length = sizeof(info);

	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length);
	return info;
}

static int client(const struct address *to, int connections, unsigned int requests,
		  unsigned int size)
{
	double begin, longest = 0;
	struct exchange e;
	double rto = 0;

	for (int i = 0; i < connections; i++) {
		begin = now_ms();
		exchange_begin(&e, to, size);
		if (!rto)
			rto = info_of(e.fd).tcpi_rto / 1e3;
		for (unsigned int n = 0; n < requests; n++)
			exchange_run(&e, n);
		exchange_end(&e);
		if (now_ms() - begin > longest)
			longest = now_ms() - begin;
	}
	printf("ok %d longest %.0f rto %.0f\n", connections, longest, rto);
	return 0;
}

static void mss_print(const struct exchange *e, int connections)
{
	uint32_t low = UINT32_MAX, high = 0;

	for (int i = 0; i < connections; i++) {
		uint32_t mss = info_of(e[i].fd).tcpi_snd_mss;

		low = mss < low ? mss : low;
		high = mss > high ? mss : high;
	}
	printf("mss %u %u\n", low, high);
	fflush(stdout);
}

static void on_signal(int signal)
{
	if (signal == SIGUSR1)
		asked = 1;
	else
		over = 1;
}

/* All connections in turn; with more than one, no two requests of one are back to back. */
static int endless(const struct address *to, int connections, unsigned int size)
{
	static struct exchange e[CONNECTIONS_MAX];
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	unsigned long count = 0;
	double begin, longest = 0;

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	for (int i = 0; i < connections; i++)
		exchange_begin(&e[i], to, size);
	mss_print(e, connections);
	while (!over) {
		begin = now_ms();
		exchange_run(&e[count % (unsigned int)connections], (unsigned int)count);
		count++;
		if (now_ms() - begin > longest)
			longest = now_ms() - begin;
		if (asked) {
			asked = 0;
			mss_print(e, connections);
		}
	}
	mss_print(e, connections);
	printf("ok %lu longest %.0f\n", count, longest);
	return 0;
}

int main(int argc, char **argv)
{
	struct address at;

	if (argc < 4)
		return 1;
	setlinebuf(stdout);
	at = address_read(argv[2], argv[3]);
	if (!strcmp(argv[1], "server") && argc == 4)
		listen_forever(&at, serve);
	if (!strcmp(argv[1], "proxy") && argc == 6) {
		proxy_to = address_read(argv[4], argv[5]);
		listen_forever(&at, forward);
	}
	if (!strcmp(argv[1], "client") && argc == 7)
		return client(&at, atoi(argv[4]), (unsigned int)atoi(argv[5]),
			      (unsigned int)atoi(argv[6]));
	if (!strcmp(argv[1], "endless") && argc == 6 && atoi(argv[4]) <= CONNECTIONS_MAX)
		return endless(&at, atoi(argv[4]), (unsigned int)atoi(argv[5]));
	fprintf(stderr, "middlebox_traffic: see the head of its source\n");
	return 1;
}
