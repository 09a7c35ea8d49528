/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside libcauseway: a handle, and functions that build a request, send it and take its
 * replies.  Not installed.  No locks: a handle belongs to one thread at a time.
 */
#ifndef CW_HANDLE_H
#define CW_HANDLE_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/socket.h>

#include "private.h"

/**
 * struct cw_handle - a connection to the module
 * @sock: for requests; blocking
 * @family: id of the netlink family
 * @abi: of the running module
 * @message: the kernel's message about the last request
 */
struct cw_handle {
	struct nl_sock *sock;
	int family;
	uint32_t abi;
	char message[256];
};

/* Called with the checked attributes of one reply; a result other than 0 ends it. */
typedef int (*cw_reply_fn)(struct nlattr **attrs, void *data);

/**
 * cw_request_new() - begin a request
 * @command: enum cw_cmd
 * @flags: NLM_F_DUMP, or 0
 *
 * Return: a message to put attributes in, NULL without memory.
 */
struct nl_msg *cw_request_new(struct cw_handle *handle, uint8_t command, int flags);

/**
 * cw_request_run() - send a request, take its replies until it is acknowledged
 * @msg: freed in any case; NULL: -ENOMEM
 * @error: of building @msg, as libnl gives it; if it is not 0, nothing is sent
 * @fn: called once per reply; NULL: no reply is wanted
 *
 * Return: 0, negative errno, or @fn's result.
 */
int cw_request_run(struct cw_handle *handle, struct nl_msg *msg, int error, cw_reply_fn fn,
		   void *data);

/* Keeps the message that came with an acknowledgement or the end of a dump. */
void cw_message_take(char *message, size_t size, const struct nlmsghdr *header);

#endif
