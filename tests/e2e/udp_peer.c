// SPDX-License-Identifier: GPL-2.0
/*
 * Sends and reads datagrams that say which trace they belong to: each has its writer's trace id as
 * payload, and a reader asks the module which context its thread holds then.
 *
 *   udp_peer serve WAY ADDRESS PORT [COUNT]     WAY: from msg mmsg read peek connected gro
 *   udp_peer ask   WAY ADDRESS PORT COUNT SIZE  WAY: to msg mmsg connected cork gso burst
 *
 * ask: every fourth datagram is written without a context; all but burst wait for each
 * answer.  serve: answers each with the same bytes, until the last or a signal.  Both print
 *   right R none N untraced U wrong W mixed M lost L
 * of what was read: right: the context is the writer's; none: it was lost; untraced: there was
 * none, and is none; wrong: any other; mixed: one call read several, and left none.
 * ask counts answers: the context is still what it was.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libcauseway.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define BATCH 8
#define LARGEST 65000
#define SEGMENTS 4

struct payload {
	uint32_t number;
	uint32_t traced;
	uint8_t trace_id[16];
};

static struct {
	unsigned int right, none, untraced, wrong, mixed, lost;
} seen;

static volatile sig_atomic_t stopped;
static struct cw_handle *handle;
static struct sockaddr_storage address;
static socklen_t address_length;
static uint8_t buffers[BATCH][LARGEST];

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static void address_read(const char *text, const char *port)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address;

	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)atoi(port));
		address_length = sizeof(*v6);
	} else if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)atoi(port));
		address_length = sizeof(*v4);
	} else {
		errx(1, "%s: no address", text);
	}
}

static void check(const void *bytes, bool several)
{
	struct cw_task_context got;
	struct payload p;
	int error = cw_context_get(handle, 0, &got);

	memcpy(&p, bytes, sizeof(p));
	if (error && error != -ENODATA)
		errx(1, "context: %s", cw_handle_message(handle));
	if (several)
		error ? seen.mixed++ : seen.wrong++;
	else if (error)
		p.traced ? seen.none++ : seen.untraced++;
	else if (p.traced && !memcmp(got.trace_id, p.trace_id, 16))
		seen.right++;
	else
		seen.wrong++;
}

/* --- the reader ------------------------------------------------------------------------ */

static struct sockaddr_storage from[BATCH];
static socklen_t from_length[BATCH];
static ssize_t lengths[BATCH];

static int read_message(int fd, int flags)
{
	struct iovec piece = { buffers[0], LARGEST };
	struct msghdr message = { .msg_name = &from[0],
				  .msg_namelen = sizeof(from[0]),
				  .msg_iov = &piece,
				  .msg_iovlen = 1 };

	lengths[0] = recvmsg(fd, &message, flags);
	from_length[0] = message.msg_namelen;
	return lengths[0] < 0 ? -1 : 1;
}

static int read_from(int fd)
{
	from_length[0] = sizeof(from[0]);
	lengths[0] =
		recvfrom(fd, buffers[0], LARGEST, 0, (struct sockaddr *)&from[0], &from_length[0]);
	return lengths[0] < 0 ? -1 : 1;
}

static int read_msg(int fd)
{
	return read_message(fd, 0);
}

static int read_peek(int fd)
{
	struct cw_task_context before, after;
	bool had = !cw_context_get(handle, 0, &before);

	if (read_message(fd, MSG_PEEK) < 0)
		return -1;
	if (had != !cw_context_get(handle, 0, &after) ||
	    (had && memcmp(before.trace_id, after.trace_id, 16)))
		errx(1, "MSG_PEEK changed the context");
	return read_message(fd, 0);
}

static int read_mmsg(int fd)
{
	struct iovec pieces[BATCH];
	struct mmsghdr messages[BATCH] = { 0 };
	int count;

	for (int i = 0; i < BATCH; i++) {
		pieces[i] = (struct iovec){ buffers[i], LARGEST };
		messages[i].msg_hdr.msg_iov = &pieces[i];
		messages[i].msg_hdr.msg_iovlen = 1;
		messages[i].msg_hdr.msg_name = &from[i];
		messages[i].msg_hdr.msg_namelen = sizeof(from[i]);
	}
	count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
	for (int i = 0; i < count; i++) {
		lengths[i] = messages[i].msg_len;
		from_length[i] = messages[i].msg_hdr.msg_namelen;
	}
	return count;
}

/* A connected socket, read by read(): the first datagram says to whom. */
static int read_connected(int fd)
{
	static bool connected;

	if (!connected) {
		if (read_message(fd, MSG_PEEK) < 0 ||
		    connect(fd, (struct sockaddr *)&from[0], from_length[0]))
			return -1;
		connected = true;
	}
	lengths[0] = read(fd, buffers[0], LARGEST);
	return lengths[0] < 0 ? -1 : 1;
}

static const struct {
	const char *name;
	int (*read)(int fd);
} readers[] = {
	{ "from", read_from },	    { "msg", read_msg },   { "mmsg", read_mmsg },
	{ "read", read_connected }, { "peek", read_peek }, { "connected", read_connected },
	{ "gro", read_msg },
};

static void answer(int fd, int count, bool connected)
{
	for (int i = 0; i < count; i++) {
		size_t length = (size_t)lengths[i] < 1200 ? (size_t)lengths[i] : 1200;
		ssize_t sent = connected ? send(fd, buffers[i], length, 0) :
					   sendto(fd, buffers[i], length, 0,
						  (struct sockaddr *)&from[i], from_length[i]);

		if (sent < 0 && errno != ECONNREFUSED)
			err(1, "answer");
	}
}

static void serve(const char *way, unsigned int wanted)
{
	int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1, size = 1 << 20;
	unsigned int got = 0;
	size_t i = 0;

	while (strcmp(readers[i].name, way))
		if (++i == sizeof(readers) / sizeof(*readers))
			errx(1, "%s: no such way", way);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (!strcmp(way, "gro") && setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on)))
		err(1, "UDP_GRO");
	if (bind(fd, (struct sockaddr *)&address, address_length))
		err(1, "bind");
	while (!stopped && got < wanted) {
		int count = readers[i].read(fd);

		if (count < 0 && errno == EINTR)
			break;
		if (count < 0)
			err(1, "read");
		check(buffers[0], count > 1);
		seen.mixed += count > 1 ? (unsigned int)count - 1 : 0;
		got += (unsigned int)count;
		answer(fd, count, readers[i].read == read_connected);
	}
}

/* --- the writer ------------------------------------------------------------------------ */

static void context_make(unsigned int n, struct payload *p)
{
	struct cw_task_context context = { .flags = CW_CONTEXT_SAMPLED };
	int error;

	memset(p, 0, sizeof(*p));
	p->number = n;
	p->traced = n % 4 != 3;
	memcpy(p->trace_id, "\xca\x05\xe3\xa2", 4);
	p->trace_id[8] = (uint8_t)getpid();
	p->trace_id[9] = (uint8_t)(getpid() >> 8);
	memcpy(p->trace_id + 12, &n, 4);
	memcpy(context.trace_id, p->trace_id, 16);
	context.span_id = 0xc11e000000000000 | n;
	error = p->traced ? cw_context_set(handle, &context) : cw_context_clear(handle, 0);
	if (error)
		errx(1, "context: %s", cw_handle_message(handle));
}

static ssize_t write_to(int fd, const void *bytes, size_t size)
{
	return sendto(fd, bytes, size, 0, (struct sockaddr *)&address, address_length);
}

static ssize_t write_message(int fd, const void *bytes, size_t size, size_t segment)
{
	char control[CMSG_SPACE(sizeof(uint16_t))] = { 0 };
	struct iovec pieces[2] = { { (void *)bytes, 10 }, { (uint8_t *)bytes + 10, size - 10 } };
	struct msghdr message = { .msg_name = &address,
				  .msg_namelen = address_length,
				  .msg_iov = pieces,
				  .msg_iovlen = 2 };

	if (segment) {
		uint16_t value = (uint16_t)segment;
		struct cmsghdr *c;

		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = IPPROTO_UDP;
		c->cmsg_type = UDP_SEGMENT;
		c->cmsg_len = CMSG_LEN(sizeof(value));
		memcpy(CMSG_DATA(c), &value, sizeof(value));
	}
	return sendmsg(fd, &message, 0);
}

static ssize_t write_msg(int fd, const void *bytes, size_t size)
{
	return write_message(fd, bytes, size, 0);
}

/* Several datagrams by one call; each begins as the first one does. */
static ssize_t write_gso(int fd, const void *bytes, size_t size)
{
	static uint8_t all[LARGEST];

	for (size_t i = 0; i < SEGMENTS; i++)
		memcpy(all + i * size, bytes, size);
	return write_message(fd, all, SEGMENTS * size, size) < 0 ? -1 : (ssize_t)size;
}

static ssize_t write_mmsg(int fd, const void *bytes, size_t size)
{
	struct iovec piece = { (void *)bytes, size };
	struct mmsghdr message = { .msg_hdr = { .msg_name = &address,
						.msg_namelen = address_length,
						.msg_iov = &piece,
						.msg_iovlen = 1 } };

	return sendmmsg(fd, &message, 1, 0) == 1 ? (ssize_t)size : -1;
}

static ssize_t write_connected(int fd, const void *bytes, size_t size)
{
	static bool connected;

	if (!connected && connect(fd, (struct sockaddr *)&address, address_length))
		return -1;
	connected = true;
	return write(fd, bytes, size);
}

static ssize_t write_cork(int fd, const void *bytes, size_t size)
{
	if (sendto(fd, bytes, 10, MSG_MORE, (struct sockaddr *)&address, address_length) != 10)
		return -1;
	return sendto(fd, (const uint8_t *)bytes + 10, size - 10, 0, (struct sockaddr *)&address,
		      address_length) +
	       10;
}

static const struct {
	const char *name;
	ssize_t (*write)(int fd, const void *bytes, size_t size);
} writers[] = {
	{ "to", write_to },	{ "msg", write_msg },
	{ "mmsg", write_mmsg }, { "connected", write_connected },
	{ "cork", write_cork }, { "gso", write_gso },
	{ "burst", write_to },
};

static void answer_read(int fd, unsigned int n)
{
	struct payload p;
	ssize_t got;

	do {
		got = recv(fd, buffers[1], LARGEST, 0);
		memcpy(&p, buffers[1], sizeof(p));
	} while (got >= 0 && p.number != n);
	if (got < 0)
		seen.lost++;
	else
		check(buffers[1], false);
}

static void ask(const char *way, unsigned int count, size_t size)
{
	int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct timeval patience = { .tv_sec = 3 };
	struct payload p;
	size_t i = 0;

	while (strcmp(writers[i].name, way))
		if (++i == sizeof(writers) / sizeof(*writers))
			errx(1, "%s: no such way", way);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (unsigned int n = 0; n < count; n++) {
		context_make(n, &p);
		memset(buffers[0], (int)n, size);
		memcpy(buffers[0], &p, sizeof(p));
		if (writers[i].write(fd, buffers[0], size) != (ssize_t)size)
			err(1, "write");
		if (strcmp(way, "burst"))
			answer_read(fd, n);
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };

	if (argc < 5)
		errx(1, "usage: udp_peer serve|ask WAY ADDRESS PORT [COUNT [SIZE]]");
	sigaction(SIGTERM, &action, NULL);
	address_read(argv[3], argv[4]);
	if (cw_handle_open(&handle))
		errx(1, "cannot reach the module");
	if (!strcmp(argv[1], "serve"))
		serve(argv[2], argc > 5 ? (unsigned int)atoi(argv[5]) : ~0u);
	else if (argc > 6)
		ask(argv[2], (unsigned int)atoi(argv[5]), (size_t)atoi(argv[6]));
	printf("right %u none %u untraced %u wrong %u mixed %u lost %u\n", seen.right, seen.none,
	       seen.untraced, seen.wrong, seen.mixed, seen.lost);
	return 0;
}
