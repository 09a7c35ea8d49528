// SPDX-License-Identifier: GPL-2.0
/*
 * A TCP ping-pong, and the time that a round trip takes: where one instruction is one
 * nanosecond, instructions.
 *
 *	pingpong serve ADDRESS PORT SIZE
 *	pingpong ask ADDRESS PORT SIZE COUNT
 *
 * One connection of COUNT round trips, of which the first tenth does not count.  Prints the
 * median time of a hundredth of the others, per round trip, in ns.
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

#define SIZE_MAX_BYTES 65536
#define WINDOWS 90

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int read_whole(int fd, char *buffer, size_t length)
{
	size_t have = 0;

	while (have < length) {
		ssize_t got = read(fd, buffer + have, length - have);

		if (got <= 0)
			return -1;
		have += (size_t)got;
	}
	return 0;
}

static void exchange(int fd, char *buffer, size_t size)
{
	if (write(fd, buffer, size) != (ssize_t)size || read_whole(fd, buffer, size))
		err(1, "the connection broke");
}

static void serve(const struct sockaddr_in *address, size_t size)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, fd;
	static char buffer[SIZE_MAX_BYTES];

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (const struct sockaddr *)address, sizeof(*address)) ||
	    listen(listener, 8))
		err(1, "cannot listen");
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		while (!read_whole(fd, buffer, size))
			if (write(fd, buffer, size) != (ssize_t)size)
				break;
		close(fd);
	}
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void ask(const struct sockaddr_in *address, size_t size, unsigned int count)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	unsigned int window = count / (WINDOWS + 10), i, j;
	static char buffer[SIZE_MAX_BYTES];
	double taken[WINDOWS];
	int64_t begin;

	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		err(1, "cannot connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	for (i = 0; i < 10 * window; i++)
		exchange(fd, buffer, size);
	for (i = 0; i < WINDOWS; i++) {
		begin = now();
		for (j = 0; j < window; j++)
			exchange(fd, buffer, size);
		taken[i] = (double)(now() - begin) / window;
	}
	qsort(taken, WINDOWS, sizeof(*taken), compare);
	printf("%.1f\n", taken[WINDOWS / 2]);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	size_t size;

	if (argc < 5 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1)
		errx(1, "usage: pingpong serve|ask ADDRESS PORT SIZE [COUNT]");
	address.sin_port = htons((uint16_t)atoi(argv[3]));
	size = (size_t)atoi(argv[4]);
	if (!size || size > SIZE_MAX_BYTES)
		errx(1, "%s is not from 1 to %d bytes", argv[4], SIZE_MAX_BYTES);
	if (!strcmp(argv[1], "serve"))
		serve(&address, size);
	else if (argc == 6 && atoi(argv[5]) >= 100)
		ask(&address, size, (unsigned int)atoi(argv[5]));
	else
		errx(1, "COUNT has to be 100 or more");
	return 0;
}
