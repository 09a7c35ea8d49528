// SPDX-License-Identifier: GPL-2.0
/*
 * races_destroy MS: a connection of this process with itself, 127.0.0.1.  "open" on standard
 * input opens it.  A number, which tells traces apart: the client reads a byte, so that there is
 * state for it; CPU 0 writes in a context of its own, so that the segment is received there; MS
 * milliseconds later CPU 1 resets the receiving socket; both are closed.  Says "open", and "over"
 * with how long the write took, in ms.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libcauseway.h>

static int listener, client, server;
static unsigned int ms;
static sem_t begin, done;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

static void connection_open(struct sockaddr_in *address)
{
	client = socket(AF_INET, SOCK_STREAM, 0);
	if (client < 0 || connect(client, (struct sockaddr *)address, sizeof(*address)))
		die("connect");
	server = accept(listener, NULL, NULL);
	if (server < 0)
		die("accept");
	puts("open");
	fflush(stdout);
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* It has its CPU before that of the other one is busy. */
static void *resetter(void *unused)
{
	const struct linger now = { .l_onoff = 1 };

	run_on(1);
	sem_post(&done);
	for (;;) {
		sem_wait(&begin);
		usleep(ms * 1000);
		if (setsockopt(server, SOL_SOCKET, SO_LINGER, &now, sizeof(now)))
			die("SO_LINGER");
		close(server);
		sem_post(&done);
	}
	return unused;
}

static void race(struct cw_handle *handle, const char *number)
{
	struct cw_task_context context = { .span_id = 1, .flags = CW_CONTEXT_SAMPLED };
	char byte;
	long since;

	if (write(server, "x", 1) != 1 || read(client, &byte, 1) != 1)
		die("a byte");
	context.trace_id[15] = (uint8_t)atoi(number);
	if (cw_context_set(handle, &context)) {
		fprintf(stderr, "cw_context_set: %s\n", cw_handle_message(handle));
		exit(1);
	}
	sem_post(&begin);
	since = now_ms();
	if (write(client, "hello", 5) != 5)
		die("write");
	since = now_ms() - since;
	sem_wait(&done);
	close(client);
	printf("over %ld\n", since);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	struct cw_handle *handle;
	pthread_t thread;
	char line[16];

	if (argc != 2 || cw_handle_open(&handle))
		return 1;
	ms = (unsigned int)atoi(argv[1]);
	if (pthread_create(&thread, NULL, resetter, NULL))
		die("pthread_create");
	sem_wait(&done);
	run_on(0);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, 8) || getsockname(listener, (struct sockaddr *)&address, &length))
		die("listen");
	while (fgets(line, sizeof(line), stdin)) {
		if (!strncmp(line, "open", 4))
			connection_open(&address);
		else
			race(handle, line);
	}
	return 0;
}
