/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections of this process with itself, over loopback: what scale.c measures with.  One
 * thread has both ends, so that nothing is scheduled while time is taken.
 */
#ifndef SCALE_H
#define SCALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONNECTIONS_MAX 110000

/* One ends in a client's, one in a server's socket. */
struct connection {
	int client;
	int server;
};

extern struct connection connections[CONNECTIONS_MAX];
extern size_t connection_count;

/* Monotonic, ns: instructions where the machine counts them. */
int64_t now(void);

/* Median of @count values, which are sorted. */
int64_t median(int64_t *values, size_t count);

/* Opens one to 127.0.0.x port @port; return: false with errno set. */
bool connection_open(uint16_t port, struct connection *out);
void connection_close(struct connection *connection);

/* A request of a byte and an answer of one. */
void exchange(const struct connection *connection);

/* One byte; whatever does not work ends the program. */
void put(int fd);
void take(int fd);

#endif
