// SPDX-License-Identifier: GPL-2.0
/*
 * Makes many connections, threads, rules or runs, and measures the cost of one more, or of a packet
 * among them.  Standard input has a command a line; each is answered by a line.
 *
 *	port N		connections opened from now on are to this port
 *	open N		until there are N; each is used once.  Answer: ns for each new one
 *	close		all
 *	probe N		N exchanges on the first one: the median, ns
 *	rotate N	N exchanges, each on another one, spread over all: the mean
 *	short N		N connections opened, used once and closed: the median
 *	context		this thread takes a new one
 *	none		... holds none
 *	tasks N		until N threads that hold a context wait.  Answer: ns for each new one
 *	rules N ORDER	N rules for other addresses, then two for 127.0.0.0/8; with ORDER "only"
 *			not these.  Answer: ns for each
 *	waiting N	N requests in contexts of their own, on the first connection, none is read
 *	swallow N	they are read, one by one, and not answered
 *	serve N		they are read and answered, one by one
 *	foreign N	the server's end writes N messages in contexts of its own
 *	hear N		what the server's end has written is read
 *			Answer to these: ns for one, the median of the last tenth
 *	dump WHAT	all "sockets" with state, or "tasks" that hold a context, are asked for,
 *			and nothing is done with them.  Answer: ns for each
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libcauseway.h>

#include "../e2e/words.h"
#include "scale.h"

#define LINE 128
#define WORDS 4
#define SAMPLES 101
#define STACK 65536

static struct cw_handle *handle;
static uint16_t port = 7000;

/* --- contexts ------------------------------------------------------------------------ */

static void must(int error, const char *what)
{
	if (error)
		errx(1, "%s: %s %s", what, strerror(-error), cw_handle_message(handle));
}

static void context_take(void)
{
	static uint64_t number;
	struct cw_task_context context = { .flags = CW_CONTEXT_SAMPLED };

	number++;
	memcpy(context.trace_id, "scale", 5);
	memcpy(context.trace_id + 8, &number, sizeof(number));
	context.span_id = number;
	must(cw_context_set(handle, &context), "cannot take a context");
}

static void context_drop(void)
{
	must(cw_context_clear(handle, 0), "cannot drop a context");
}

/* --- connections ---------------------------------------------------------------------- */

static int64_t open_until(size_t wanted)
{
	size_t before = connection_count;
	int64_t begin = now();

	for (; connection_count < wanted; connection_count++) {
		if (!connection_open(port, &connections[connection_count]))
			err(1, "connection %zu", connection_count + 1);
		exchange(&connections[connection_count]);
	}
	return connection_count == before ? 0 :
					    (now() - begin) / (int64_t)(connection_count - before);
}

static int64_t close_all(void)
{
	while (connection_count)
		connection_close(&connections[--connection_count]);
	return 0;
}

static int64_t probe(size_t count)
{
	int64_t taken[SAMPLES], begin;
	size_t each = count / SAMPLES + 1, i, j;

	for (i = 0; i < each; i++)
		exchange(&connections[0]);
	for (i = 0; i < SAMPLES; i++) {
		begin = now();
		for (j = 0; j < each; j++)
			exchange(&connections[0]);
		taken[i] = (now() - begin) / (int64_t)each;
	}
	return median(taken, SAMPLES);
}

static int64_t rotate(size_t count)
{
	int64_t begin = now();
	size_t i;

	for (i = 0; i < count; i++)
		exchange(&connections[i * connection_count / count]);
	return (now() - begin) / (int64_t)count;
}

static int64_t open_and_close(size_t count)
{
	struct connection one;
	int64_t *taken = calloc(count, sizeof(*taken)), begin, result;
	size_t i;

	for (i = 0; i < count; i++) {
		begin = now();
		if (!connection_open(port, &one))
			err(1, "a short connection");
		exchange(&one);
		connection_close(&one);
		taken[i] = now() - begin;
	}
	result = median(taken, count);
	free(taken);
	return result;
}

/* --- threads -------------------------------------------------------------------------- */

static void *wait_for_ever(void *data)
{
	(void)data;
	for (;;)
		pause();
	return NULL;
}

static int64_t tasks_until(size_t wanted)
{
	static size_t count;
	pthread_attr_t attributes;
	size_t before = count;
	pthread_t thread;
	int64_t begin = now();

	if (wanted <= count)
		return 0;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	context_take();
	for (; count < wanted; count++) {
		errno = pthread_create(&thread, &attributes, wait_for_ever, NULL);
		if (errno)
			err(1, "thread %zu", count + 1);
	}
	context_drop();
	return (now() - begin) / (int64_t)(count - before);
}

/* --- rules ---------------------------------------------------------------------------- */

static void rule_add(enum cw_rule_kind kind, uint32_t address, uint8_t bits)
{
	struct cw_policy rule;
	uint32_t id;

	cw_policy_init(&rule, kind);
	rule.all_netns = true;
	rule.family = AF_INET;
	address = htonl(address);
	memcpy(rule.prefix, &address, sizeof(address));
	rule.prefix_len = bits;
	if (kind == CW_RULE_ROOT)
		rule.side = CW_SIDE_CLIENT;
	must(cw_policy_add(handle, &rule, &id), "cannot add a rule");
}

/* Makes rules for other addresses: as many of one kind as of the other. */
static int64_t rules_make(size_t count, bool only)
{
	int64_t begin = now();
	size_t i;

	for (i = 0; i < count; i++)
		rule_add(i & 1 ? CW_RULE_PEER : CW_RULE_ROOT, 0xac100000 + (uint32_t)i, 32);
	if (!only) {
		rule_add(CW_RULE_ROOT, 0x7f000000, 8);
		rule_add(CW_RULE_PEER, 0x7f000000, 8);
	}
	return (now() - begin) / (int64_t)(count + 2);
}

/* --- runs on one connection ----------------------------------------------------------- */

/* Returns the median time of the last tenth of @count steps, as @step says it. */
static int64_t last_tenth(size_t count, int64_t (*step)(void))
{
	size_t part = count >= 10 ? count / 10 : 1, i;
	int64_t *taken = calloc(part, sizeof(*taken)), result, ns;

	for (i = 0; i < count; i++) {
		ns = step();
		if (i >= count - part)
			taken[i - (count - part)] = ns;
	}
	result = median(taken, part);
	free(taken);
	return result;
}

static int64_t timed(void (*what)(int), int fd)
{
	int64_t begin = now();

	what(fd);
	return now() - begin;
}

/* Each request is a run of its own, since this thread holds a new context. */
static int64_t step_ask(void)
{
	context_take();
	return timed(put, connections[0].client);
}

static int64_t step_swallow(void)
{
	return timed(take, connections[0].server);
}

static int64_t step_answer(void)
{
	return timed(take, connections[0].server) + timed(put, connections[0].server);
}

static int64_t step_foreign(void)
{
	context_take();
	return timed(put, connections[0].server);
}

static int64_t step_hear(void)
{
	return timed(take, connections[0].client);
}

static const struct {
	const char *name;
	int64_t (*step)(void);
} steps[] = {
	{ "waiting", step_ask },     { "serve", step_answer }, { "swallow", step_swallow },
	{ "foreign", step_foreign }, { "hear", step_hear },
};

/* --- listings ------------------------------------------------------------------------- */

static size_t listed;

static int socket_count(const struct cw_socket *one, void *data)
{
	(void)one;
	(void)data;
	listed++;
	return 0;
}

static int task_count(const struct cw_task_context *one, void *data)
{
	(void)one;
	(void)data;
	listed++;
	return 0;
}

static int64_t dump(const char *what)
{
	int64_t begin = now();

	listed = 0;
	if (!strcmp(what, "sockets"))
		must(cw_socket_dump(handle, socket_count, NULL), "cannot list sockets");
	else if (!strcmp(what, "tasks"))
		must(cw_context_dump(handle, task_count, NULL), "cannot list tasks");
	if (!listed)
		errx(1, "there are no %s", what);
	return (now() - begin) / (int64_t)listed;
}

/* --- commands ------------------------------------------------------------------------- */

static int64_t run(char **words)
{
	size_t n = words[1] ? strtoul(words[1], NULL, 10) : 0;

	if (!strcmp(words[0], "port"))
		return port = (uint16_t)n;
	if (!strcmp(words[0], "open") && n <= CONNECTIONS_MAX)
		return open_until(n);
	if (!strcmp(words[0], "close"))
		return close_all();
	if (!strcmp(words[0], "context"))
		return context_take(), 0;
	if (!strcmp(words[0], "none"))
		return context_drop(), 0;
	if (!strcmp(words[0], "tasks"))
		return tasks_until(n);
	if (!strcmp(words[0], "rules"))
		return rules_make(n, words[2] && !strcmp(words[2], "only"));
	if (!strcmp(words[0], "dump") && words[1])
		return dump(words[1]);
	if (!n)
		errx(1, "not a command: %s", words[0]);
	if (!strcmp(words[0], "short"))
		return open_and_close(n);
	if (!connection_count)
		errx(1, "%s: no connection is open", words[0]);
	if (!strcmp(words[0], "probe"))
		return probe(n);
	if (!strcmp(words[0], "rotate"))
		return rotate(n);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (!strcmp(words[0], steps[i].name))
			return last_tenth(n, steps[i].step);
	errx(1, "not a command: %s", words[0]);
}

/* Each connection has two descriptors. */
static void room_make(void)
{
	const struct rlimit limit = { 2 * CONNECTIONS_MAX + 100, 2 * CONNECTIONS_MAX + 100 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		err(1, "setrlimit");
}

int main(void)
{
	char line[LINE], *words[WORDS + 1];

	room_make();
	setlinebuf(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		int n = words_split(line, words, WORDS);

		/* The module may be loaded after this program has started. */
		if (!handle && cw_handle_open(&handle))
			handle = NULL;
		if (n)
			printf("%" PRId64 "\n", run(words));
	}
	return 0;
}
