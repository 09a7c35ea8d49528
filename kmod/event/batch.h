/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Batches: records are taken out of the rings and sent as netlink messages.
 */
#ifndef CW_BATCH_H
#define CW_BATCH_H

struct cw_session;
struct genl_family;

/**
 * cw_batches_flush() - deliver what all rings hold
 * @family: of the messages
 * @sessions: array of CW_SESSIONS_MAX; records are sent to those that are open
 *
 * Definitions of all CPUs are sent before events of any CPU, so that a reader knows each id that
 * an event has.  A session loses the batch if its socket is full; other sessions do not.
 *
 * Context: process, serialised by the caller; rings exist.
 */
void cw_batches_flush(const struct genl_family *family, struct cw_session *sessions);

/**
 * cw_batch_end() - tell a reader that its session has ended by itself
 * @family: of the message
 * @session: the namespace that it watched is gone; its last batches were sent, its numbers are
 *	final
 *
 * Return: 0: the message is in the reader's queue, or no reader is left; -EAGAIN: the queue is
 *	full, -ENOMEM: there is no memory; for both the caller tries again later.
 * Context: process.
 */
int cw_batch_end(const struct genl_family *family, const struct cw_session *session);

#endif
