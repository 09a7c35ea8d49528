// SPDX-License-Identifier: GPL-2.0
/*
 * The writing end of a stream test: one TCP connection, on which the thread changes its own context
 * before each message.  The port is the run's number.  A parameter says how it writes; the bytes
 * say which context they belong to (stream.h).  At the end FILE.sent holds the sequence number of
 * the first byte.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <libcauseway.h>

#include "stream.h"

#define PIECES 5
#define PAUSES 4

struct sender;
struct mode {
	const char *name;
	void (*send)(struct sender *s, uint32_t length);
};

/**
 * struct sender - one connection and what is written to it
 * @pattern: contexts of the messages, one after another, again and again: A is 1, - is none
 * @pauses: messages before which to wait for FILE.go1, FILE.go2 and so on; @drain: and
 *	until all is acknowledged
 * @bytes: the message that is being written, @offset its place in the stream
 */
struct sender {
	struct cw_handle *handle;
	const struct mode *mode;
	const char *file;
	const char *pattern;
	uint16_t port;
	uint32_t count;
	uint32_t size;
	uint32_t pauses[PAUSES];
	unsigned int pause_count;
	unsigned int paused;
	bool drain[PAUSES];
	bool nodelay;
	int fd;
	int memory;
	uint32_t first_seq;
	uint32_t context;
	uint32_t message;
	uint64_t offset;
	uint8_t bytes[STREAM_LENGTH_MAX];
};

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	fputs("stream_send: ", stderr);
	vfprintf(stderr, format, args);
	fprintf(stderr, ": %s\n", strerror(error));
	exit(1);
}

/* --- the ways to write ------------------------------------------------------------ */

static void write_whole(struct sender *s, const uint8_t *bytes, size_t length, int flags)
{
	while (length) {
		ssize_t n = send(s->fd, bytes, length, flags | MSG_NOSIGNAL);

		if (n < 0)
			die("message %u", s->message);
		bytes += n;
		length -= (size_t)n;
	}
}

static void send_plain(struct sender *s, uint32_t length)
{
	write_whole(s, s->bytes, length, 0);
}

/* In three parts; every other message does not push its end either. */
static void send_more(struct sender *s, uint32_t length)
{
	uint32_t part = length / 3;

	write_whole(s, s->bytes, part, MSG_MORE);
	write_whole(s, s->bytes + part, part, MSG_MORE);
	write_whole(s, s->bytes + 2 * part, length - 2 * part, s->message & 1 ? 0 : MSG_MORE);
}

static size_t vector_skip(struct iovec *vector, size_t done)
{
	size_t left = 0;

	for (int i = 0; i < PIECES; i++) {
		size_t n = done < vector[i].iov_len ? done : vector[i].iov_len;

		vector[i].iov_base = (uint8_t *)vector[i].iov_base + n;
		vector[i].iov_len -= n;
		done -= n;
		left += vector[i].iov_len;
	}
	return left;
}

static void send_vector(struct sender *s, uint32_t length)
{
	struct iovec vector[PIECES];
	uint32_t part = length / (PIECES + 1), at = 0;
	size_t left = length;

	for (int i = 0; i < PIECES; i++) {
		vector[i].iov_base = s->bytes + at;
		vector[i].iov_len = i < PIECES - 1 ? part : length - at;
		at += part;
	}
	while (left) {
		ssize_t n = writev(s->fd, vector, PIECES);

		if (n < 0)
			die("message %u", s->message);
		left = vector_skip(vector, (size_t)n);
	}
}

/* The pages of the file go into the socket: each message has its place in the file. */
static void send_file(struct sender *s, uint32_t length)
{
	off_t at = (off_t)s->offset, end = at + length;

	if (pwrite(s->memory, s->bytes, length, at) != (ssize_t)length)
		die("cannot fill the file");
	while (at < end)
		if (sendfile(s->fd, s->memory, &at, (size_t)(end - at)) < 0)
			die("message %u", s->message);
}

static const struct mode modes[] = {
	{ "send", send_plain },	   { "more", send_more }, { "writev", send_vector },
	{ "sendfile", send_file }, { NULL, NULL },
};

/* --- the stream --------------------------------------------------------------------- */

static void set_context(struct sender *s, uint32_t context)
{
	struct cw_task_context c = { .span_id = 0x1000 + context, .flags = CW_CONTEXT_SAMPLED };
	int error;

	if (context == s->context)
		return;
	stream_trace_id(s->port, context, c.trace_id);
	error = context ? cw_context_set(s->handle, &c) : cw_context_clear(s->handle, 0);
	if (error) {
		errno = -error;
		die("context %u: %s", context, cw_handle_message(s->handle));
	}
	s->context = context;
}

static void touch(const char *file, const char *suffix, const char *text)
{
	char path[512];
	FILE *out;

	snprintf(path, sizeof(path), "%s.%s", file, suffix);
	out = fopen(path, "w");
	if (!out || fputs(text, out) < 0 || fclose(out))
		die("cannot write %s", path);
}

static void wait_a_little(void)
{
	struct timespec t = { .tv_nsec = 5000000 };

	nanosleep(&t, NULL);
}

static void drain(struct sender *s)
{
	int queued;

	while (!ioctl(s->fd, SIOCOUTQ, &queued) && queued)
		wait_a_little();
}

/* The script does something to the connection meanwhile. */
static void pause_here(struct sender *s)
{
	char name[32], go[512];

	if (s->drain[s->paused])
		drain(s);
	snprintf(name, sizeof(name), "paused%u", ++s->paused);
	touch(s->file, name, "");
	snprintf(go, sizeof(go), "%s.go%u", s->file, s->paused);
	while (access(go, F_OK))
		wait_a_little();
}

static void send_stream(struct sender *s)
{
	size_t period = strlen(s->pattern);

	for (s->message = 0; s->message < s->count; s->message++) {
		uint32_t length = stream_length(s->size, s->message);
		char name = s->pattern[s->message % period];

		if (s->paused < s->pause_count && s->pauses[s->paused] == s->message)
			pause_here(s);
		set_context(s, name == '-' ? 0 : (uint32_t)(name - 'A' + 1));
		stream_fill(s->bytes, s->message, length, s->context, s->offset);
		s->mode->send(s, length);
		s->offset += length;
	}
}

/* --- the connection ------------------------------------------------------------------- */

static socklen_t address_parse(const char *text, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1)
		die("%s: not an address", text);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	return sizeof(*v6);
}

/* The sequence number of the first byte, by looking into the socket for a moment. */
static uint32_t next_seq(int fd)
{
	int on = TCP_REPAIR_ON, off = TCP_REPAIR_OFF_NO_WP, queue = TCP_SEND_QUEUE;
	socklen_t size = sizeof(uint32_t);
	uint32_t seq;

	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue, sizeof(queue)) ||
	    getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, &seq, &size) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)))
		die("cannot read the sequence number");
	return seq;
}

static void connect_to(struct sender *s, const char *address)
{
	struct sockaddr_storage to;
	socklen_t length = address_parse(address, s->port, &to);
	int on = s->nodelay;

	s->fd = socket(to.ss_family, SOCK_STREAM, 0);
	if (s->fd < 0 || setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ||
	    connect(s->fd, (struct sockaddr *)&to, length))
		die("cannot connect to %s port %u", address, s->port);
	s->first_seq = next_seq(s->fd);
}

/* Until the reader has closed: then all has arrived. */
static void finish(struct sender *s)
{
	char text[128], byte;

	if (shutdown(s->fd, SHUT_WR) || recv(s->fd, &byte, 1, 0) != 0)
		die("the reader did not take all");
	snprintf(text, sizeof(text), "%u\n", s->first_seq);
	touch(s->file, "sent", text);
}

static int usage(void)
{
	fputs("Usage: stream_send [OPTION...] FILE ADDRESS PORT\n"
	      "  -n COUNT       messages\n"
	      "  -s SIZE        bytes of a message, or a few more\n"
	      "  -m MODE        send, more, writev, sendfile\n"
	      "  -c PATTERN     contexts, such as AB or A-B-\n"
	      "  -w MESSAGE     before this one, create FILE.pausedN and wait for FILE.goN;\n"
	      "                 N is 1 for the first -w, and so on\n"
	      "  -W MESSAGE     likewise, and all has to be acknowledged\n"
	      "  -d             TCP_NODELAY\n",
	      stderr);
	return 1;
}

static bool option_take(struct sender *s, int option)
{
	switch (option) {
	case 'n':
		s->count = (uint32_t)strtoul(optarg, NULL, 10);
		return true;
	case 's':
		s->size = (uint32_t)strtoul(optarg, NULL, 10);
		return s->size >= sizeof(struct stream_cell) && s->size < STREAM_LENGTH_MAX - 64;
	case 'm':
		for (s->mode = modes; s->mode->name && strcmp(s->mode->name, optarg); s->mode++)
			;
		return s->mode->name;
	case 'c':
		s->pattern = optarg;
		return *optarg;
	case 'w':
	case 'W':
		if (s->pause_count == PAUSES)
			return false;
		s->drain[s->pause_count] = option == 'W';
		s->pauses[s->pause_count++] = (uint32_t)strtoul(optarg, NULL, 10);
		return true;
	case 'd':
		s->nodelay = true;
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	static struct sender s = {
		.mode = modes,
		.pattern = "AB",
		.count = 100,
		.size = 100,
	};
	int option;

	while ((option = getopt(argc, argv, "n:s:m:c:w:W:d")) != -1)
		if (!option_take(&s, option))
			return usage();
	if (argc - optind != 3)
		return usage();
	s.file = argv[optind];
	s.port = (uint16_t)strtoul(argv[optind + 2], NULL, 10);
	errno = -cw_handle_open(&s.handle);
	if (errno)
		die("no module");
	s.memory = memfd_create("stream", 0);
	connect_to(&s, argv[optind + 1]);
	send_stream(&s);
	finish(&s);
	return 0;
}
