/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside libcauseway: messages of the event stream, taken apart.  Not installed.
 */
#ifndef CW_BATCH_H
#define CW_BATCH_H

#include <sys/socket.h>

#include <linux/netlink.h>

#include "private.h"

/**
 * cw_batch_read() - take a CW_CMD_EVENTS message apart
 * @header: of a message that is known to be whole
 * @aligned: room for CW_STREAM_MESSAGE bytes; receives the records
 * @session: result: id of its session
 * @out: result
 *
 * Return: false if it is not as the contract says.
 */
bool cw_batch_read(const struct nlmsghdr *header, union cw_record *aligned, uint32_t *session,
		   struct cw_batch *out);

/* Reads the reply to SESSION_OPEN or SESSION_CLOSE. Return: false if it is broken. */
bool cw_session_reply_read(const struct nlmsghdr *header, struct cw_loss *out);

/* Reads CW_CMD_SESSION_NTF. Return: why it ended, CW_SESSION_END_*; 0: it is broken. */
uint8_t cw_session_end_read(const struct nlmsghdr *header, struct cw_loss *out);

#endif
