/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside libcauseway: the event stream.  A session owns a netlink socket of its own,
 * because the kernel sends the batches to the socket that opened it, and because a
 * full queue must not hold up requests.  Not installed; one thread at a time.
 */
#ifndef CW_STREAM_H
#define CW_STREAM_H

#include "private.h"

struct mnl_socket;

/* A message is at most an attribute of 64 KiB and the few attributes beside it. */
#define CW_STREAM_MESSAGE (72u << 10)
/* Messages taken by one system call. */
#define CW_STREAM_SLOTS 16
/* The counters of so many CPUs are kept; others show in the final account only. */
#define CW_STREAM_CPUS 4096

/**
 * struct cw_reply - the answer to the session's own request
 * @seq: sequence number of the request that waits for it; 0: none
 * @done: the request was acknowledged or refused
 * @error: negative errno
 * @filled: @loss was in the answer
 * @loss: the session's account
 * @message: the kernel's message
 */
struct cw_reply {
	uint32_t seq;
	bool done;
	int error;
	bool filled;
	struct cw_loss loss;
	char message[256];
};

/**
 * struct cw_session - a session
 * @socket: its own socket
 * @family: id of the netlink family
 * @id: given by the kernel; 0: not open yet
 * @last_seq: sequence number of its latest request
 * @highest: greatest batch number received
 * @account: what was counted so far
 * @cpus: latest counters of each CPU
 * @cpu_count: entries in @cpus
 * @early: batches that came while the session was being opened, as received
 * @early_size: bytes in it
 * @stopped: first result other than 0 of the caller's function
 * @ended: CW_SESSION_END_*: the kernel has ended it; 0: it has not
 * @last: the kernel's account of a session that it has ended
 * @reply: the answer to its latest request
 * @slots: CW_STREAM_SLOTS messages, filled by one system call
 * @aligned: records of the batch that is handed out
 */
struct cw_session {
	struct mnl_socket *socket;
	int family;
	uint32_t id;
	uint32_t last_seq;
	uint64_t highest;
	struct cw_session_result account;
	struct cw_loss *cpus;
	size_t cpu_count;
	char *early;
	size_t early_size;
	int stopped;
	uint8_t ended;
	struct cw_loss last;
	struct cw_reply reply;
	char *slots;
	union cw_record *aligned;
};

/**
 * cw_stream_take() - take at most @slots messages from the socket, without waiting
 *
 * Return: number of batches; -EAGAIN: no message has come; another errno of the socket.
 *	@session->stopped has the result of @fn.
 */
int cw_stream_take(struct cw_session *session, unsigned int slots, cw_batch_fn fn, void *data);

/* Hands out the batches in @early. */
void cw_stream_early(struct cw_session *session, cw_batch_fn fn, void *data);

#endif
