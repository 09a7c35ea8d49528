// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the connections of this process with itself, and its listener.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "scale.h"

/* So many to one address: connect() searches long once half of the ports to it are in use. */
#define PER_ADDRESS 10000

struct connection connections[CONNECTIONS_MAX];
size_t connection_count;

static int listener = -1;
static uint16_t listens_at;

int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int64_t median(int64_t *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

static void listen_at(uint16_t port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	const int on = 1;

	if (listener >= 0 && listens_at == port)
		return;
	if (listener >= 0)
		close(listener);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&any, sizeof(any)) || listen(listener, 1024))
		err(1, "cannot listen at port %u", port);
	listens_at = port;
}

bool connection_open(uint16_t port, struct connection *out)
{
	static unsigned int opened;
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + opened++ / PER_ADDRESS % 100),
	};
	const int on = 1;

	listen_at(port);
	out->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (out->client < 0)
		return false;
	setsockopt(out->client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(out->client, (struct sockaddr *)&to, sizeof(to)))
		return false;
	out->server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (out->server >= 0)
		setsockopt(out->server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return out->server >= 0;
}

/* By a reset: nothing of it stays for a minute. */
void connection_close(struct connection *connection)
{
	const struct linger at_once = { .l_onoff = 1 };

	setsockopt(connection->client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(connection->client);
	close(connection->server);
}

void put(int fd)
{
	if (write(fd, "", 1) != 1)
		err(1, "a byte could not be written");
}

void take(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		err(1, "a byte did not arrive");
}

void exchange(const struct connection *connection)
{
	put(connection->client);
	take(connection->server);
	put(connection->server);
	take(connection->client);
}
