// SPDX-License-Identifier: GPL-2.0
/*
 * Receives the messages of a session, many by one system call; each is checked, counted
 * and handed on.  Overruns and gaps are counted and do not end the session.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>

#include <linux/genetlink.h>

#include "batch.h"
#include "handle.h"
#include "stream.h"

/* One pass over received messages. */
struct pass {
	cw_batch_fn fn;
	void *data;
	int batches;
};

static void cpu_note(struct cw_session *session, const struct cw_batch *batch)
{
	struct cw_loss *cpus = session->cpus;
	struct cw_loss *cpu;

	if (batch->cpu >= CW_STREAM_CPUS)
		return;
	if (batch->cpu >= session->cpu_count) {
		cpus = realloc(cpus, (batch->cpu + 1) * sizeof(*cpus));
		if (!cpus)
			return;
		memset(cpus + session->cpu_count, 0,
		       (batch->cpu + 1 - session->cpu_count) * sizeof(*cpus));
		session->cpus = cpus;
		session->cpu_count = batch->cpu + 1;
	}
	cpu = &cpus[batch->cpu];
	cpu->produced = batch->produced;
	cpu->sent = batch->sent;
	cpu->dropped = batch->dropped;
}

static void batch_handle(struct cw_session *session, const struct nlmsghdr *header,
			 struct pass *pass)
{
	struct cw_batch batch;
	uint32_t id;
	int result;

	if (!cw_batch_read(header, session->aligned, &id, &batch)) {
		session->account.broken++;
		return;
	}
	if (id != session->id)
		return;
	session->account.received += batch.count;
	session->account.batches++;
	if (batch.seq > session->highest)
		session->highest = batch.seq;
	cpu_note(session, &batch);
	pass->batches++;
	result = pass->fn ? pass->fn(&batch, pass->data) : 0;
	if (result && !session->stopped)
		session->stopped = result;
}

/* Takes the message that ends the session: its numbers are final, all batches came before. */
static void end_handle(struct cw_session *session, const struct nlmsghdr *header)
{
	struct cw_loss last;
	uint8_t why = cw_session_end_read(header, &last);

	if (!why) {
		session->account.broken++;
	} else if (last.id == session->id) {
		session->ended = why;
		session->last = last;
	}
}

/* Keeps batches that overtake the answer that names their session. */
static void batch_defer(struct cw_session *session, const struct nlmsghdr *header)
{
	size_t size = MNL_ALIGN(header->nlmsg_len);
	char *early = realloc(session->early, session->early_size + size);

	if (!early) {
		session->account.broken++;
		return;
	}
	memset(early + session->early_size, 0, size);
	memcpy(early + session->early_size, header, header->nlmsg_len);
	session->early = early;
	session->early_size += size;
}

static void ack_handle(struct cw_reply *reply, const struct nlmsghdr *header)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(header);

	if (header->nlmsg_seq != reply->seq || mnl_nlmsg_get_payload_len(header) < sizeof(*error))
		return;
	reply->done = true;
	reply->error = error->error;
	cw_message_take(reply->message, sizeof(reply->message), header);
}

static void message_handle(struct cw_session *session, const struct nlmsghdr *header,
			   struct pass *pass)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(header);

	if (header->nlmsg_type == NLMSG_ERROR) {
		ack_handle(&session->reply, header);
		return;
	}
	if (header->nlmsg_type != session->family ||
	    mnl_nlmsg_get_payload_len(header) < sizeof(*genl))
		return;
	if (genl->cmd == CW_CMD_SESSION_NTF) {
		end_handle(session, header);
	} else if (genl->cmd != CW_CMD_EVENTS) {
		if (header->nlmsg_seq == session->reply.seq)
			session->reply.filled = cw_session_reply_read(header, &session->reply.loss);
	} else if (session->id) {
		batch_handle(session, header, pass);
	} else {
		batch_defer(session, header);
	}
}

static void datagram_handle(struct cw_session *session, const char *bytes, int size,
			    struct pass *pass)
{
	const struct nlmsghdr *header = (const struct nlmsghdr *)bytes;

	for (; mnl_nlmsg_ok(header, size); header = mnl_nlmsg_next(header, &size))
		message_handle(session, header, pass);
}

/* Any process can write to a port of generic netlink: only the kernel is believed. */
static bool from_kernel(const struct msghdr *header)
{
	const struct sockaddr_nl *from = header->msg_name;

	return header->msg_namelen == sizeof(*from) && from->nl_pid == 0;
}

static char *slot_of(struct cw_session *session, unsigned int i)
{
	return session->slots + (size_t)i * CW_STREAM_MESSAGE;
}

static int slots_receive(struct cw_session *session, unsigned int slots, struct mmsghdr *messages,
			 struct sockaddr_nl *from)
{
	struct iovec vectors[CW_STREAM_SLOTS];
	int count;

	memset(messages, 0, slots * sizeof(*messages));
	for (unsigned int i = 0; i < slots; i++) {
		vectors[i].iov_base = slot_of(session, i);
		vectors[i].iov_len = CW_STREAM_MESSAGE;
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
		messages[i].msg_hdr.msg_name = &from[i];
		messages[i].msg_hdr.msg_namelen = sizeof(from[i]);
	}
	count = recvmmsg(mnl_socket_get_fd(session->socket), messages, slots, MSG_DONTWAIT, NULL);
	return count < 0 ? -errno : count;
}

int cw_stream_take(struct cw_session *session, unsigned int slots, cw_batch_fn fn, void *data)
{
	struct sockaddr_nl from[CW_STREAM_SLOTS];
	struct mmsghdr messages[CW_STREAM_SLOTS];
	struct pass pass = { .fn = fn, .data = data };
	int count = slots_receive(session, slots, messages, from);

	if (count == -ENOBUFS) {
		session->account.overruns++;
		return 0;
	}
	if (count < 0)
		return count;
	for (unsigned int i = 0; i < (unsigned int)count; i++) {
		if (!from_kernel(&messages[i].msg_hdr))
			continue;
		if (messages[i].msg_hdr.msg_flags & MSG_TRUNC)
			session->account.broken++;
		else
			datagram_handle(session, slot_of(session, i), (int)messages[i].msg_len,
					&pass);
	}
	return pass.batches;
}

void cw_stream_early(struct cw_session *session, cw_batch_fn fn, void *data)
{
	struct pass pass = { .fn = fn, .data = data };
	size_t size = session->early_size;
	char *early = session->early;

	if (!early)
		return;
	session->early = NULL;
	session->early_size = 0;
	datagram_handle(session, early, (int)size, &pass);
	free(early);
}
