/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Batches: from the rings into netlink messages.
 */
#ifndef CW_BATCH_H
#define CW_BATCH_H

struct cw_session;
struct genl_family;

/**
 * cw_batches_flush() - deliver what all rings hold
 * @family: of the messages
 * @sessions: array of CW_SESSIONS_MAX; those that are open are delivered to
 *
 * Definitions of all CPUs go before events of any CPU, so that no reader meets an id
 * that it was not told before.  A session whose socket is full loses the batch, and
 * no other session notices.
 *
 * Context: process, serialised by the caller; rings exist.
 */
void cw_batches_flush(const struct genl_family *family, struct cw_session *sessions);

/**
 * cw_batch_end() - tell a reader that its session has ended by itself
 * @family: of the message
 * @session: whose namespace is gone; its last batches were sent, its numbers are final
 *
 * Return: 0: told, or nobody is there to be told; -EAGAIN: its queue is full, -ENOMEM: later.
 * Context: process.
 */
int cw_batch_end(const struct genl_family *family, const struct cw_session *session);

#endif
