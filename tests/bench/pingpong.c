// SPDX-License-Identifier: GPL-2.0
/*
 * TCP traffic, and the time that it takes: where one instruction is one nanosecond,
 * instructions.
 *
 *	pingpong serve ADDRESS PORT		prints "ready"
 *	pingpong ask ADDRESS PORT SIZE COUNT	COUNT round trips of SIZE bytes each way
 *	pingpong bulk ADDRESS PORT MB [PACE]	thrice MB megabytes one way; with PACE, once, and
 *						so many bytes per second at most (0: any)
 *
 * Each ask is one connection, each transfer another.  Ask prints, per round trip, in ns: the median of a
 * hundred windows, the mean, and the 99th percentile of single ones; the first tenth of the
 * round trips does not count.  Bulk prints, per megabyte as the reader saw it, the median, the
 * mean and the most of the transfers; the first eighth of each does not count.
 */
#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MB 1000000
#define PIECE 65536
#define WINDOWS 100
#define COUNT_MAX 100000
#define TRANSFERS 3

/* The first bytes of a connection: it asks for round trips of this size, or for megabytes. */
struct request {
	uint32_t size;
	uint32_t megabytes;
};

static char buffer[PIECE];

/*
 * For the profiler (insn.c): instructions that do nothing, at the begin and the end of
 * what is measured.
 */
#define MARK(number) \
	__asm__ volatile(".byte 0x0f,0x1f,0x84,0x00," #number ",0x57,0x43,0x4d" ::: "memory")

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int read_whole(int fd, void *to, size_t length)
{
	size_t have = 0;

	while (have < length) {
		ssize_t got = read(fd, (char *)to + have, length - have);

		if (got <= 0)
			return -1;
		have += (size_t)got;
	}
	return 0;
}

static void write_whole(int fd, const void *from, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t put = write(fd, (const char *)from + done, length - done);

		if (put <= 0)
			err(1, "the connection broke");
		done += (size_t)put;
	}
}

static int64_t read_bytes(int fd, int64_t wanted)
{
	while (wanted > 0) {
		ssize_t got = read(fd, buffer, wanted < PIECE ? (size_t)wanted : PIECE);

		if (got <= 0)
			return -1;
		wanted -= got;
	}
	return now();
}

/* Both times are taken at the reader: as many bytes are under way at the begin as at the end. */
static void serve_bulk(int fd, uint32_t megabytes)
{
	int64_t warm = (int64_t)megabytes * MB / 8, all = (int64_t)megabytes * MB;
	int64_t begin = read_bytes(fd, warm);
	int64_t end = begin < 0 ? begin : read_bytes(fd, all - warm);
	double took = (double)(end - begin) * MB / (double)(all - warm);

	if (end >= 0)
		write_whole(fd, &took, sizeof(took));
}

static void serve_one(int fd)
{
	struct request request;

	if (read_whole(fd, &request, sizeof(request)) || request.size > PIECE)
		return;
	if (request.megabytes) {
		serve_bulk(fd, request.megabytes);
		return;
	}
	while (!read_whole(fd, buffer, request.size))
		if (write(fd, buffer, request.size) != (ssize_t)request.size)
			break;
}

static void serve(const struct sockaddr_in *address)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, fd;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (const struct sockaddr *)address, sizeof(*address)) ||
	    listen(listener, 8))
		err(1, "cannot listen");
	signal(SIGPIPE, SIG_IGN);
	puts("ready");
	fflush(stdout);
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		serve_one(fd);
		close(fd);
	}
}

static int begin(const struct sockaddr_in *address, const struct request *request,
		 unsigned int pace)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (pace)
		setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &pace, sizeof(pace));
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		err(1, "cannot connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	write_whole(fd, request, sizeof(*request));
	return fd;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* times: COUNT + 1 of them, of which the first tenth is left out */
static void print_times(const int64_t *times, unsigned int count)
{
	unsigned int warm = count / 10, counted = count - warm, window = counted / WINDOWS, i;
	double windows[WINDOWS], *single = calloc(counted, sizeof(*single));

	if (!single)
		err(1, "no memory");
	for (i = 0; i < WINDOWS; i++)
		windows[i] = (double)(times[warm + (i + 1) * window] - times[warm + i * window]) /
			     window;
	for (i = 0; i < counted; i++)
		single[i] = (double)(times[warm + i + 1] - times[warm + i]);
	qsort(windows, WINDOWS, sizeof(*windows), compare);
	qsort(single, counted, sizeof(*single), compare);
	printf("%.1f %.1f %.1f\n", windows[WINDOWS / 2],
	       (double)(times[count] - times[warm]) / counted, single[counted * 99 / 100]);
	free(single);
}

static void ask(const struct sockaddr_in *address, uint32_t size, unsigned int count)
{
	struct request request = { .size = size };
	int64_t *times = calloc(count + 1, sizeof(*times));
	int fd = begin(address, &request, 0);

	if (!times)
		err(1, "no memory");
	for (unsigned int i = 0; i < count; i++) {
		if (i == count / 10)
			MARK(0x01);
		times[i] = now();
		write_whole(fd, buffer, size);
		if (read_whole(fd, buffer, size))
			err(1, "the connection broke");
	}
	times[count] = now();
	MARK(0x02);
	print_times(times, count);
	free(times);
	close(fd);
}

static double transfer(const struct sockaddr_in *address, uint32_t megabytes, unsigned int pace)
{
	struct request request = { .megabytes = megabytes };
	int64_t rest = (int64_t)megabytes * MB;
	int fd = begin(address, &request, pace);
	double took;

	MARK(0x01);
	for (; rest > 0; rest -= PIECE)
		write_whole(fd, buffer, rest < PIECE ? (size_t)rest : PIECE);
	if (read_whole(fd, &took, sizeof(took)))
		errx(1, "the reader's answer did not come");
	MARK(0x02);
	close(fd);
	return took;
}

static void bulk(const struct sockaddr_in *address, uint32_t megabytes)
{
	double took[TRANSFERS], sum = 0;

	for (unsigned int i = 0; i < TRANSFERS; i++) {
		took[i] = transfer(address, megabytes, 0);
		sum += took[i];
	}
	qsort(took, TRANSFERS, sizeof(*took), compare);
	printf("%.1f %.1f %.1f\n", took[TRANSFERS / 2], sum / TRANSFERS, took[TRANSFERS - 1]);
}

static unsigned int number(const char *name, const char *word, unsigned int low, unsigned int high)
{
	char *end;
	unsigned long value = strtoul(word, &end, 10);

	if (!*word || *end || value < low || value > high)
		errx(1, "%s %s: not from %u to %u", name, word, low, high);
	return (unsigned int)value;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	if (argc < 4 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1)
		errx(1, "usage: pingpong serve ADDRESS PORT | ask ADDRESS PORT SIZE COUNT |"
			" bulk ADDRESS PORT MB [PACE]");
	address.sin_port = htons((uint16_t)number("PORT", argv[3], 1, 65535));
	if (!strcmp(argv[1], "serve"))
		serve(&address);
	else if (!strcmp(argv[1], "ask") && argc == 6)
		ask(&address, number("SIZE", argv[4], 1, PIECE),
		    number("COUNT", argv[5], 200, COUNT_MAX));
	else if (!strcmp(argv[1], "bulk") && argc == 5)
		bulk(&address, number("MB", argv[4], 8, 1000));
	else if (!strcmp(argv[1], "bulk") && argc == 6)
		printf("%.1f\n", transfer(&address, number("MB", argv[4], 8, 1000),
					  number("PACE", argv[5], 0, 1000000000)));
	else
		errx(1, "%s: not serve, ask SIZE COUNT or bulk MB [PACE]", argv[1]);
	return 0;
}
