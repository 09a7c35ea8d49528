// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a session.  It has a socket of its own with a large queue; it is opened and
 * closed on that socket, so that the last batches stand before the kernel's final account.
 * One thread at a time; no locks.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>

#include <linux/genetlink.h>

#include "handle.h"
#include "stream.h"

/* The kernel answers at once; this is for the case that the answer was lost. */
#define REPLY_TIMEOUT_MS 1000
#define CLOSE_ATTEMPTS 3
#define REQUEST_SIZE 512

CW_EXPORT void cw_filter_init(struct cw_filter *filter)
{
	memset(filter, 0, sizeof(*filter));
	filter->netns_fd = -1;
}

static void session_free(struct cw_session *session)
{
	if (session->socket)
		mnl_socket_close(session->socket);
	free(session->early);
	free(session->cpus);
	free(session->slots);
	free(session->aligned);
	free(session);
}

static void buffer_enlarge(struct cw_session *session)
{
	int fd = mnl_socket_get_fd(session->socket);
	int size = CW_SESSION_BUFFER;
	socklen_t length = sizeof(size);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (!getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &length))
		session->account.buffer = (size_t)size;
}

static int socket_open(struct cw_session *session)
{
	int one = 1;

	session->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!session->socket || mnl_socket_bind(session->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	mnl_socket_setsockopt(session->socket, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(session->socket, NETLINK_CAP_ACK, &one, sizeof(one));
	buffer_enlarge(session);
	return 0;
}

static struct cw_session *session_new(int family)
{
	struct cw_session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->family = family;
	session->slots = malloc((size_t)CW_STREAM_SLOTS * CW_STREAM_MESSAGE);
	session->aligned = malloc(CW_STREAM_MESSAGE);
	if (session->slots && session->aligned)
		return session;
	session_free(session);
	return NULL;
}

static struct nlmsghdr *request_begin(struct cw_session *session, char *buffer, uint8_t command)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genl;

	header->nlmsg_type = (uint16_t)session->family;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	header->nlmsg_seq = ++session->last_seq;
	genl = mnl_nlmsg_put_extra_header(header, sizeof(*genl));
	genl->cmd = command;
	genl->version = CW_GENL_VERSION;
	memset(&session->reply, 0, sizeof(session->reply));
	session->reply.seq = header->nlmsg_seq;
	return header;
}

static void filter_put(struct nlmsghdr *header, const struct cw_filter *filter)
{
	if (filter->by_trace_id)
		mnl_attr_put(header, CW_A_FILTER_TRACE_ID, CW_TRACE_ID_LEN, filter->trace_id);
	if (filter->tid)
		mnl_attr_put_u32(header, CW_A_FILTER_TID, filter->tid);
	if (filter->netns_fd >= 0)
		mnl_attr_put_u32(header, CW_A_FILTER_NETNS_FD, (uint32_t)filter->netns_fd);
	if (filter->port)
		mnl_attr_put_u16(header, CW_A_FILTER_PORT, filter->port);
	if (filter->stages)
		mnl_attr_put_u32(header, CW_A_FILTER_STAGES, filter->stages);
}

static int queue_wait(const struct cw_session *session)
{
	struct pollfd fd = { .fd = mnl_socket_get_fd(session->socket), .events = POLLIN };
	int ready = poll(&fd, 1, REPLY_TIMEOUT_MS);

	if (!ready)
		return -ETIMEDOUT;
	return ready > 0 || errno == EINTR ? 0 : -errno;
}

/* Takes messages until the request is answered. Return: 0, -ETIMEDOUT, the kernel's error. */
static int reply_wait(struct cw_session *session, unsigned int slots, cw_batch_fn fn, void *data)
{
	int error;

	while (!session->reply.done) {
		error = cw_stream_take(session, slots, fn, data);
		if (error == -EAGAIN)
			error = queue_wait(session);
		if (error < 0 && error != -EINTR)
			return error;
	}
	return session->reply.error;
}

static int session_request(struct cw_session *session, struct nlmsghdr *header)
{
	ssize_t sent = mnl_socket_sendto(session->socket, header, header->nlmsg_len);

	return sent < 0 ? -errno : 0;
}

static int session_begin(struct cw_session *session, const struct cw_filter *filter)
{
	char buffer[REQUEST_SIZE];
	struct nlmsghdr *header;
	int error = socket_open(session);

	if (error)
		return error;
	header = request_begin(session, buffer, CW_CMD_SESSION_OPEN);
	if (filter)
		filter_put(header, filter);
	error = session_request(session, header);
	/* One message at a time: messages behind the answer stay in the queue. */
	if (!error)
		error = reply_wait(session, 1, NULL, NULL);
	if (!error && !session->reply.filled)
		error = -EBADMSG;
	session->id = session->reply.loss.id;
	return error;
}

CW_EXPORT int cw_session_open(struct cw_handle *handle, const struct cw_filter *filter,
			      struct cw_session **out)
{
	struct cw_session *session = session_new(handle->family);
	int error;

	*out = NULL;
	handle->message[0] = '\0';
	if (!session)
		return -ENOMEM;
	error = session_begin(session, filter);
	if (error) {
		memcpy(handle->message, session->reply.message, sizeof(handle->message));
		session_free(session);
		return error;
	}
	*out = session;
	return 0;
}

CW_EXPORT int cw_session_fd(const struct cw_session *session)
{
	return mnl_socket_get_fd(session->socket);
}

CW_EXPORT uint32_t cw_session_id(const struct cw_session *session)
{
	return session->id;
}

CW_EXPORT int cw_session_ended(const struct cw_session *session)
{
	return session->ended;
}

CW_EXPORT int cw_session_receive(struct cw_session *session, cw_batch_fn fn, void *data)
{
	int taken;

	cw_stream_early(session, fn, data);
	taken = cw_stream_take(session, CW_STREAM_SLOTS, fn, data);
	if (session->stopped)
		return session->stopped;
	return taken == -EAGAIN || taken == -EINTR ? 0 : taken;
}

CW_EXPORT void cw_session_peek(const struct cw_session *session, struct cw_session_result *out)
{
	*out = session->account;
	out->kernel.id = session->id;
	for (size_t i = 0; i < session->cpu_count; i++) {
		out->kernel.produced += session->cpus[i].produced;
		out->kernel.sent += session->cpus[i].sent;
		out->kernel.dropped += session->cpus[i].dropped;
	}
	out->gaps = session->highest - session->account.batches;
	if (out->kernel.produced > out->received)
		out->lost = out->kernel.produced - out->received;
}

static void account_finish(struct cw_session *session, struct cw_session_result *out)
{
	cw_session_peek(session, out);
	if (!session->reply.filled && !session->ended)
		return;
	out->final = true;
	out->kernel = session->reply.filled ? session->reply.loss : session->last;
	out->kernel.id = session->id;
	out->lost = out->kernel.produced > out->received ? out->kernel.produced - out->received : 0;
}

/*
 * The answer may not fit a full queue, which is empty once the batches before it were taken.
 * The kernel keeps the final account of a closed session, so it can be asked again.
 */
static int session_end(struct cw_session *session, cw_batch_fn fn, void *data)
{
	char buffer[REQUEST_SIZE];
	struct nlmsghdr *header;
	int error = 0;

	for (int i = 0; i < CLOSE_ATTEMPTS; i++) {
		header = request_begin(session, buffer, CW_CMD_SESSION_CLOSE);
		mnl_attr_put_u32(header, CW_A_SESSION_ID, session->id);
		error = session_request(session, header);
		if (!error)
			error = reply_wait(session, CW_STREAM_SLOTS, fn, data);
		if (session->reply.filled)
			return 0;
		if (error && error != -ETIMEDOUT && error != -EAGAIN)
			return error;
	}
	return error ? error : -ETIMEDOUT;
}

CW_EXPORT int cw_session_close(struct cw_session *session, cw_batch_fn fn, void *data,
			       struct cw_session_result *result)
{
	int error;

	if (!session)
		return 0;
	cw_stream_early(session, fn, data);
	session->stopped = 0;
	error = session_end(session, fn, data);
	/* The kernel may have forgotten a session that it ended, after it told the account. */
	if (!error || (error == -ENOENT && session->ended))
		error = session->stopped;
	if (result)
		account_finish(session, result);
	session_free(session);
	return error;
}
