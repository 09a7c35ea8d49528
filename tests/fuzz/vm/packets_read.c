// SPDX-License-Identifier: GPL-2.0
/*
 * Reads from all connections that are made to it, and datagrams; answers now and then, so
 * that there are contexts to answer in.  Connections end when the other side ends them, or
 * after so many bytes.
 */
#include "packets.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shape.h"

#define FILES 1024
#define BYTES_MOST 200000 /* read on a connection */

static unsigned int got[FILES];
static int ready;

static int bound(int type, uint16_t port)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	const int on = 1;
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    (type == SOCK_STREAM && listen(fd, 1024))) {
		perror("packets: cannot listen");
		exit(1);
	}
	return fd;
}

static void watch(int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(ready, EPOLL_CTL_ADD, fd, &event)) {
		perror("packets: epoll_ctl");
		exit(1);
	}
}

static void take_connections(int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		if (fd >= FILES) {
			close(fd);
			continue;
		}
		got[fd] = 0;
		watch(fd);
	}
}

static void take_bytes(int fd)
{
	char bytes[4096];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0)
		got[fd] += (unsigned int)n;
	if (n > 0 && got[fd] < BYTES_MOST) {
		/* Where there is no room for an answer, there is none. */
		if (got[fd] % 4 == 0 && write(fd, "answer", 6) < 0 && errno != EAGAIN)
			close(fd);
		return;
	}
	close(fd);
}

int packets_read(uint16_t port)
{
	int listener = bound(SOCK_STREAM, port), datagrams = bound(SOCK_DGRAM, SHAPE_UDP_PORT);
	struct epoll_event events[64];

	ready = epoll_create1(EPOLL_CLOEXEC);
	watch(listener);
	watch(datagrams);
	for (;;) {
		int count = epoll_wait(ready, events, 64, -1);

		for (int i = 0; i < count; i++) {
			char bytes[2048];
			int fd = events[i].data.fd;

			if (fd == listener)
				take_connections(fd);
			else if (fd == datagrams)
				(void)!recv(fd, bytes, sizeof(bytes), 0);
			else
				take_bytes(fd);
		}
	}
}
