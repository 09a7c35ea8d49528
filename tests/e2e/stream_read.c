// SPDX-License-Identifier: GPL-2.0
/*
 * The reading end of a stream test: accepts one connection, reads it to its end in one
 * of several ways, and checks every byte (stream.h).  FILE.read then holds the truth:
 * one struct stream_truth per message, made from the payload alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stream.h"

#define BUFFER (1u << 20)

/**
 * struct reader - the stream as far as it was read
 * @size: bytes to ask for
 * @offset: of the next byte
 * @cell: the cell that this byte belongs to, @message the message, @message.offset its start
 */
struct reader {
	int fd;
	int pipe[2];
	uint32_t size;
	FILE *out;
	uint64_t offset;
	uint32_t number;
	struct stream_cell cell;
	struct stream_truth message;
	uint8_t bytes[BUFFER];
	uint8_t peeked[BUFFER];
};

struct mode {
	const char *name;
	uint32_t size;
	ssize_t (*read)(struct reader *r);
};

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("stream_read: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	exit(1);
}

/* --- the ways to read ----------------------------------------------------------------- */

static ssize_t read_plain(struct reader *r)
{
	return recv(r->fd, r->bytes, r->size, 0);
}

static ssize_t read_all(struct reader *r)
{
	return recv(r->fd, r->bytes, r->size, MSG_WAITALL);
}

/* Looks before it takes, twice, at less and at more; sizes change from read to read. */
static ssize_t read_peek(struct reader *r)
{
	size_t size = 1 + (r->offset * 7919) % r->size, common;
	ssize_t peeked, n;

	if (recv(r->fd, r->peeked, size, MSG_PEEK) < 0)
		return -1;
	peeked = recv(r->fd, r->peeked, 2 * size, MSG_PEEK);
	n = recv(r->fd, r->bytes, size, 0);
	if (peeked < 0 || n < 0)
		return -1;
	common = (size_t)(n < peeked ? n : peeked);
	if (memcmp(r->bytes, r->peeked, common) || (peeked && !n))
		die("byte %llu: MSG_PEEK showed other bytes", (unsigned long long)r->offset);
	return n;
}

static ssize_t read_splice(struct reader *r)
{
	ssize_t n = splice(r->fd, NULL, r->pipe[1], NULL, r->size, 0);

	return n > 0 ? read(r->pipe[0], r->bytes, (size_t)n) : n;
}

static const struct mode modes[] = {
	{ "whole", BUFFER, read_plain },  { "7", 7, read_plain },
	{ "1000", 1000, read_plain },	  { "64k", 65536, read_plain },
	{ "peek", 6000, read_peek },	  { "waitall", 10000, read_all },
	{ "splice", 30000, read_splice },
};

static const struct mode *mode_find(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (!strcmp(modes[i].name, name))
			return &modes[i];
	die("%s: no such mode", name);
}

/* --- checking --------------------------------------------------------------------------- */

static void message_end(struct reader *r)
{
	if (fwrite(&r->message, sizeof(r->message), 1, r->out) != 1)
		die("cannot write the file");
	r->number++;
	r->message = (struct stream_truth){ .offset = r->message.offset + r->message.length };
}

static void cell_check(const struct reader *r, uint64_t start, size_t have)
{
	struct stream_cell want =
		stream_cell_make(r->number, r->message.length, r->message.context, start);

	if (memcmp(&want, &r->cell, have))
		die("byte %llu, message %u: not what was sent", (unsigned long long)start,
		    r->number);
}

/* Complete cells are checked, and the last one of a message as far as it goes. */
static void check(struct reader *r, const uint8_t *bytes, size_t count)
{
	while (count) {
		uint64_t inside = r->offset - r->message.offset;
		size_t have = inside % sizeof(r->cell);
		uint64_t start = r->offset - have;
		size_t end = sizeof(r->cell), n;

		if (r->message.length && r->message.length - (inside - have) < end)
			end = r->message.length - (inside - have);
		n = count < end - have ? count : end - have;
		memcpy((uint8_t *)&r->cell + have, bytes, n);
		bytes += n;
		count -= n;
		r->offset += n;
		if (have + n < end)
			continue;
		if (!r->message.length) {
			r->message.length = stream_cell_length(&r->cell);
			r->message.context = stream_cell_context(&r->cell);
		}
		cell_check(r, start, end);
		if (r->offset == r->message.offset + r->message.length)
			message_end(r);
	}
}

/* --- the connection --------------------------------------------------------------------- */

static int listen_on(uint16_t port)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd = socket(AF_INET6, SOCK_STREAM, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 1))
		die("cannot listen on port %u: %s", port, strerror(errno));
	return fd;
}

static FILE *file_open(const char *file)
{
	char path[512];
	FILE *out;

	snprintf(path, sizeof(path), "%s.read", file);
	out = fopen(path, "w");
	if (!out)
		die("cannot write %s: %s", path, strerror(errno));
	return out;
}

int main(int argc, char **argv)
{
	static struct reader r;
	const struct mode *mode;
	int listener;
	ssize_t n;

	if (argc != 4) {
		fputs("Usage: stream_read FILE PORT whole|7|1000|64k|peek|waitall|splice\n",
		      stderr);
		return 1;
	}
	mode = mode_find(argv[3]);
	r.size = mode->size;
	listener = listen_on((uint16_t)strtoul(argv[2], NULL, 10));
	r.out = file_open(argv[1]); /* exists: is listening */
	if (pipe(r.pipe))
		die("no pipe: %s", strerror(errno));
	r.fd = accept(listener, NULL, NULL);
	while ((n = mode->read(&r)) > 0)
		check(&r, r.bytes, (size_t)n);
	if (n < 0)
		die("byte %llu: %s", (unsigned long long)r.offset, strerror(errno));
	if (r.offset != r.message.offset)
		die("message %u is cut off", r.number);
	if (fclose(r.out))
		die("cannot write the file: %s", strerror(errno));
	return 0;
}
