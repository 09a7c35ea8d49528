// SPDX-License-Identifier: GPL-2.0
/*
 * A process that does what it is told: one command a line on standard input, one line
 * of answer each.  Scripts so decide which thread reads or writes what, on which
 * connection, and ask for the context that the thread holds then.
 *
 * Sockets are named by numbers 0..127.  Threads: "thread N" makes one, "@N COMMAND" runs
 * a command there; the main thread waits (on a futex, so that nothing but the command
 * itself is seen by the kernel).  "fork COMMAND" and "exec COMMAND" run it in a child.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libcauseway.h>

#include "rules_datagram.h"
#include "rules_kinds.h"
#include "words.h"

#define SOCKETS 128
#define THREADS 16
#define WORDS 8
#define LINE 512

struct worker {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	char line[LINE];
	char answer[LINE];
	bool asked;
};

static int sockets[SOCKETS];
static struct sockaddr_storage senders[SOCKETS]; /* of the datagram last read */
static struct worker *workers[THREADS];
static __thread struct cw_handle *handle;

static void run(char *line, char *answer);

static int *socket_of(const char *word)
{
	unsigned long number = word ? strtoul(word, NULL, 10) : SOCKETS;

	return number < SOCKETS ? &sockets[number] : NULL;
}

static long number_of(const char *word)
{
	return word ? strtol(word, NULL, 10) : 0;
}

static void answer_result(char *answer, long result)
{
	if (result < 0)
		snprintf(answer, LINE, "error %s", strerrorname_np(errno));
	else
		snprintf(answer, LINE, "%ld", result);
}

static socklen_t address_read(const char *text, const char *port, struct sockaddr_storage *out)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)number_of(port));
		return sizeof(*v6);
	}
	if (inet_pton(AF_INET, text, &v4->sin_addr) != 1)
		return 0;
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)number_of(port));
	return sizeof(*v4);
}

/* listen S ADDRESS PORT [KIND]; connect S ADDRESS PORT [KIND]; kinds: mptcp md5 fastopen device defer nonblock */
static long socket_open(char **words)
{
	const int on = 1;
	struct sockaddr_storage address;
	struct timeval patience = { .tv_sec = 20 };
	socklen_t length = address_read(words[2], words[3], &address);
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, kind_protocol(words[4]));
	bool listens = !strcmp(words[0], "listen");

	if (fd < 0 || kind_prepare(fd, words[4], listens))
		return -1;
	*socket_of(words[1]) = fd;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!listens)
		return -(connect(fd, (struct sockaddr *)&address, length) && errno != EINPROGRESS);
	if (bind(fd, (struct sockaddr *)&address, length))
		return -1;
	return listen(fd, 64);
}

/* opensend S ADDRESS PORT N: the first write connects (MSG_FASTOPEN) */
static long socket_open_send(char **words)
{
	struct sockaddr_storage address;
	socklen_t length = address_read(words[2], words[3], &address);
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char bytes[1024] = { 0 };

	if (fd < 0)
		return -1;
	*socket_of(words[1]) = fd;
	return sendto(fd, bytes, (size_t)number_of(words[4]) % sizeof(bytes), MSG_FASTOPEN,
		      (struct sockaddr *)&address, length);
}

/* accept S [LISTENER]: without, of a UNIX socket */
static long socket_accept(char **words)
{
	const int on = 1;
	struct timeval patience = { .tv_sec = 20 };
	int fd = words[2] ? accept4(*socket_of(words[2]), NULL, NULL, SOCK_CLOEXEC) :
			    unix_accepted();

	if (fd < 0)
		return -1;
	*socket_of(words[1]) = fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return 0;
}

/* write S N: one call; writeall S N: until all of it is gone */
static long bytes_write(char **words)
{
	size_t size = (size_t)number_of(words[2]), done = 0;
	char *bytes = calloc(1, size);
	ssize_t n;

	do {
		n = write(*socket_of(words[1]), bytes + done, size - done);
		if (n > 0)
			done += (size_t)n;
	} while (n > 0 && done < size && !strcmp(words[0], "writeall"));
	free(bytes);
	return done ? (long)done : n;
}

/* read S N: until so many are there; readonce S N: one call; peek S N */
static long bytes_read(char **words)
{
	size_t size = (size_t)number_of(words[2]), done = 0;
	int flags = strcmp(words[0], "peek") ? 0 : MSG_PEEK;
	char *bytes = malloc(size);
	ssize_t n;

	do {
		n = recv(*socket_of(words[1]), bytes + done, size - done, flags);
		if (n > 0)
			done += (size_t)n;
	} while (n > 0 && done < size && !strcmp(words[0], "read"));
	free(bytes);
	return done ? (long)done : n;
}

/* udp S ADDRESS PORT: a socket for datagrams, bound unless the port is 0 */
static long datagram_open(char **words)
{
	struct sockaddr_storage address;
	struct timeval patience = { .tv_sec = 20 };
	socklen_t length = address_read(words[2], words[3], &address);
	int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	*socket_of(words[1]) = fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return number_of(words[3]) ? bind(fd, (struct sockaddr *)&address, length) : 0;
}

/* sendto S N ADDRESS PORT; reply S N: to the sender of the last datagram read there */
static long datagram_write(char **words)
{
	struct sockaddr_storage *to = &senders[number_of(words[1])], address;
	size_t size = (size_t)number_of(words[2]);
	socklen_t length = sizeof(*to);
	char bytes[1024] = { 0 };

	if (!strcmp(words[0], "sendto")) {
		length = address_read(words[3], words[4], &address);
		to = &address;
	}
	if (size > sizeof(bytes)) {
		errno = EMSGSIZE;
		return -1;
	}
	return sendto(*socket_of(words[1]), bytes, size, 0, (struct sockaddr *)to, length);
}

/* recvfrom S */
static long datagram_read(char **words)
{
	struct sockaddr_storage *from = &senders[number_of(words[1])];
	socklen_t length = sizeof(*from);
	char bytes[1024];

	return recvfrom(*socket_of(words[1]), bytes, sizeof(bytes), 0, (struct sockaddr *)from,
			&length);
}

/* recvepoll S; by one call: recvall S N, recvthere S N without waiting; alone S T: written on T */
static long datagrams_read(char **words)
{
	int fd = *socket_of(words[1]);

	if (!strcmp(words[0], "recvepoll"))
		return datagram_epoll(fd);
	if (!strcmp(words[0], "alone"))
		return datagram_alone(*socket_of(words[2]), fd);
	return datagram_several(fd, number_of(words[2]),
				strcmp(words[0], "recvall") ? MSG_DONTWAIT : 0);
}

/* peer S ADDRESS PORT: of a socket for datagrams, or one of TCP that is apart from its last one */
static long datagram_connect(char **words)
{
	struct sockaddr_storage address;
	socklen_t length = address_read(words[2], words[3], &address);

	return connect(*socket_of(words[1]), (struct sockaddr *)&address, length);
}

static long socket_close(char **words)
{
	return close(*socket_of(words[1]));
}

/* option S nonblock|sndbuf N|rcvbuf N|reset|apart|md5|tls */
static long socket_option(char **words)
{
	int fd = *socket_of(words[1]), value = (int)number_of(words[3]);
	const struct linger reset = { .l_onoff = 1 };

	if (!strcmp(words[2], "nonblock"))
		return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	if (!strcmp(words[2], "sndbuf"))
		return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, sizeof(value));
	if (!strcmp(words[2], "rcvbuf"))
		return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, sizeof(value));
	if (!strcmp(words[2], "md5"))
		return md5_sign(fd);
	if (!strcmp(words[2], "tls"))
		return tls_begin(fd);
	if (!strcmp(words[2], "reset"))
		return setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (!strcmp(words[2], "apart"))
		return disconnect(fd);
	errno = EINVAL;
	return -1;
}

/* epoll, poll, select: waits a moment for nothing; look: poll() without a time to wait */
static long wait_ready(char **words)
{
	struct timeval moment = { .tv_usec = 1000 };
	struct epoll_event event;
	struct pollfd nothing = { .fd = -1 };
	long result;
	int fd;

	if (!strcmp(words[0], "poll"))
		return poll(&nothing, 1, 1);
	if (!strcmp(words[0], "look"))
		return poll(&nothing, 1, 0);
	if (!strcmp(words[0], "select"))
		return select(0, NULL, NULL, NULL, &moment);
	fd = epoll_create1(EPOLL_CLOEXEC);
	result = epoll_wait(fd, &event, 1, 1);
	close(fd);
	return result;
}

static struct cw_handle *connected(void)
{
	if (!handle && cw_handle_open(&handle))
		handle = NULL;
	return handle;
}

/* context: "none", or "TRACEID SPAN KIND" */
static void context_show(char *answer)
{
	static const char *const kinds[] = { "?", "read", "explicit", "inherited" };
	struct cw_task_context context = { 0 };
	char id[CW_TRACE_ID_SIZE];
	int error = connected() ? cw_context_get(handle, 0, &context) : -ENOENT;

	if (error == -ENODATA) {
		strcpy(answer, "none");
		return;
	}
	if (error) {
		snprintf(answer, LINE, "error %s", strerrorname_np(-error));
		return;
	}
	cw_trace_id_format(context.trace_id, id);
	snprintf(answer, LINE, "%s %016lx %s", id, (unsigned long)context.span_id,
		 kinds[context.kind & 3]);
}

/* set TRACEPARENT; clear */
static long context_change(char **words)
{
	struct cw_task_context context = { 0 };
	int error = connected() ? 0 : -ENOENT;

	if (!error && !strcmp(words[0], "clear"))
		error = cw_context_clear(handle, 0);
	else if (!error)
		error = cw_traceparent_parse(words[1] ? words[1] : "", &context) ?
				-EINVAL :
				cw_context_set(handle, &context);
	errno = -error;
	return error ? -1 : 0;
}

static void *worker_main(void *data)
{
	struct worker *worker = data;

	pthread_mutex_lock(&worker->mutex);
	for (;;) {
		while (!worker->asked)
			pthread_cond_wait(&worker->changed, &worker->mutex);
		run(worker->line, worker->answer);
		worker->asked = false;
		pthread_cond_signal(&worker->changed);
	}
	return NULL;
}

static long worker_make(char **words)
{
	struct worker *worker = calloc(1, sizeof(*worker));

	pthread_mutex_init(&worker->mutex, NULL);
	pthread_cond_init(&worker->changed, NULL);
	workers[number_of(words[1]) % THREADS] = worker;
	errno = pthread_create(&worker->thread, NULL, worker_main, worker);
	return errno ? -1 : 0;
}

static void worker_ask(const char *line, char *answer)
{
	char *rest;
	struct worker *worker = workers[strtoul(line + 1, &rest, 10) % THREADS];

	if (!worker) {
		strcpy(answer, "error no such thread");
		return;
	}
	pthread_mutex_lock(&worker->mutex);
	strcpy(worker->line, rest);
	worker->asked = true;
	pthread_cond_signal(&worker->changed);
	while (worker->asked)
		pthread_cond_wait(&worker->changed, &worker->mutex);
	strcpy(answer, worker->answer);
	pthread_mutex_unlock(&worker->mutex);
}

/* The child's answer comes by a pipe; after exec it is a new image of this program. */
static void child_run(char *line, bool by_exec, char *answer)
{
	int ends[2], status;
	ssize_t length;
	pid_t pid;

	if (pipe(ends))
		return answer_result(answer, -1);
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		if (by_exec) {
			execl("/proc/self/exe", "rules_actor", line, NULL);
			_exit(127);
		}
		handle = NULL;
		run(line, answer);
		dprintf(STDOUT_FILENO, "%s", answer);
		_exit(0);
	}
	close(ends[1]);
	length = read(ends[0], answer, LINE - 1);
	answer[length > 0 ? length : 0] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	close(ends[0]);
	waitpid(pid, &status, 0);
}

static const struct {
	const char *name;
	long (*run)(char **words);
	int sockets; /* words 1..sockets name sockets */
	int words;
} commands[] = {
	{ "listen", socket_open, 1, 4 },	{ "connect", socket_open, 1, 4 },
	{ "opensend", socket_open_send, 1, 5 }, { "accept", socket_accept, 1, 2 },
	{ "write", bytes_write, 1, 3 },		{ "writeall", bytes_write, 1, 3 },
	{ "read", bytes_read, 1, 3 },		{ "readonce", bytes_read, 1, 3 },
	{ "peek", bytes_read, 1, 3 },		{ "close", socket_close, 1, 2 },
	{ "option", socket_option, 1, 3 },	{ "epoll", wait_ready, 0, 1 },
	{ "poll", wait_ready, 0, 1 },		{ "select", wait_ready, 0, 1 },
	{ "look", wait_ready, 0, 1 },		{ "set", context_change, 0, 2 },
	{ "clear", context_change, 0, 1 },	{ "thread", worker_make, 0, 2 },
	{ "udp", datagram_open, 1, 4 },		{ "sendto", datagram_write, 1, 5 },
	{ "reply", datagram_write, 1, 3 },	{ "recvfrom", datagram_read, 1, 2 },
	{ "recvepoll", datagrams_read, 1, 2 },	{ "recvall", datagrams_read, 1, 3 },
	{ "recvthere", datagrams_read, 1, 3 },	{ "alone", datagrams_read, 2, 3 },
	{ "peer", datagram_connect, 1, 4 },
};

static bool words_good(char **words, size_t i)
{
	for (int n = 1; n < commands[i].words; n++)
		if (!words[n] || (n <= commands[i].sockets && !socket_of(words[n])))
			return false;
	return true;
}

static void run_words(char *line, char *answer)
{
	char *words[WORDS + 1];
	int n = words_split(line, words, WORDS);

	for (size_t i = 0; n && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(words[0], commands[i].name) || !words_good(words, i))
			continue;
		answer_result(answer, commands[i].run(words));
		return;
	}
	snprintf(answer, LINE, "error not a command: %.100s", n ? words[0] : "");
}

static void run(char *line, char *answer)
{
	answer[0] = '\0';
	line += strspn(line, " ");
	if (*line == '@')
		worker_ask(line, answer);
	else if (!strncmp(line, "fork ", 5))
		child_run(line + 5, false, answer);
	else if (!strncmp(line, "exec ", 5))
		child_run(line + 5, true, answer);
	else if (!strcmp(line, "context"))
		context_show(answer);
	else
		run_words(line, answer);
}

/* Without stdio: its buffers would be the child's, too. */
static bool line_read(char *line)
{
	size_t n = 0;

	while (n < LINE - 1 && read(STDIN_FILENO, line + n, 1) == 1)
		if (line[n++] == '\n') {
			line[n - 1] = '\0';
			return true;
		}
	return false;
}

int main(int argc, char **argv)
{
	char line[LINE], answer[LINE];

	if (argc > 1) {
		run(argv[1], answer);
		return dprintf(STDOUT_FILENO, "%s\n", answer) < 0;
	}
	while (line_read(line)) {
		run(line, answer);
		dprintf(STDOUT_FILENO, "%s\n", answer);
	}
	return 0;
}
