/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ways to read datagrams, for rules_actor.c.  All return -1 with errno, as the calls do.
 */
#ifndef RULES_DATAGRAM_H
#define RULES_DATAGRAM_H

#include <errno.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define DATAGRAMS 16

/* By an event loop: sleeps in epoll_wait(), and then reads by recvmsg() without sleeping. */
static long datagram_epoll(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC), ready = -1;
	char bytes[1024];
	struct iovec piece = { bytes, sizeof(bytes) };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };

	if (epoll < 0)
		return -1;
	if (!epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		ready = epoll_wait(epoll, &event, 1, 20000);
	close(epoll);
	return ready == 1 ? recvmsg(fd, &message, MSG_DONTWAIT) : -1;
}

/* By one call; how many, which are fewer than wanted where the call does not wait. */
static long datagram_several(int fd, long count, int flags)
{
	static char bytes[DATAGRAMS][1024];
	struct mmsghdr messages[DATAGRAMS] = { 0 };
	struct iovec pieces[DATAGRAMS];

	if (count < 1 || count > DATAGRAMS) {
		errno = EINVAL;
		return -1;
	}
	for (long i = 0; i < count; i++) {
		pieces[i] = (struct iovec){ bytes[i], sizeof(bytes[i]) };
		messages[i].msg_hdr.msg_iov = &pieces[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	return recvmmsg(fd, messages, (unsigned int)count, flags, NULL);
}

static long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

/* From one socket to another, by one thread; how often it lost its CPU meanwhile. */
static long datagram_alone(int from, int to)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	long before = switches();
	char bytes[10] = { 0 };

	if (getsockname(to, (struct sockaddr *)&address, &length) ||
	    sendto(from, bytes, sizeof(bytes), 0, (struct sockaddr *)&address, length) < 0 ||
	    recv(to, bytes, sizeof(bytes), 0) < 0)
		return -1;
	return switches() - before;
}

#endif
