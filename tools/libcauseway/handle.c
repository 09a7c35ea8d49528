// SPDX-License-Identifier: GPL-2.0
/*
 * The connection to the module: finds the family, checks the ABI, runs requests by
 * libnl-genl and keeps the kernel's words about a refusal.  A handle belongs to one
 * thread at a time; there are no locks.
 */
#include "handle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#define U8                     \
	{                      \
		.type = NLA_U8 \
	}
#define U16                     \
	{                       \
		.type = NLA_U16 \
	}
#define U32                     \
	{                       \
		.type = NLA_U32 \
	}
#define U64                     \
	{                       \
		.type = NLA_U64 \
	}
#define STRING                     \
	{                          \
		.type = NLA_STRING \
	}
#define FLAG                     \
	{                        \
		.type = NLA_FLAG \
	}

/* The types that replies may hold: a kernel of another build must not crash a client. */
static struct nla_policy reply_policy[CW_A_MAX + 1] = {
	[CW_A_VERSION] = STRING,
	[CW_A_ABI] = U32,
	[CW_A_TAPS] = { .type = NLA_NESTED },
	[CW_A_TAP_NAME] = STRING,
	[CW_A_POLICY_COUNT] = U32,
	[CW_A_HOOKED_NETNS] = U32,
	[CW_A_SOCKETS] = U32,
	[CW_A_TASKS] = U32,
	[CW_A_RUNS] = U32,
	[CW_A_SESSIONS] = U32,
	[CW_A_CARRIER_OFF] = U8,
	[CW_A_COUNTER_NAME] = STRING,
	[CW_A_COUNTER_VALUE] = U64,
	[CW_A_NETNS_ID] = U16,
	[CW_A_NETNS_INUM] = U32,
	[CW_A_ALL_NETNS] = FLAG,
	[CW_A_HOOKS] = FLAG,
	[CW_A_RULE_ID] = U32,
	[CW_A_RULE_KIND] = U8,
	[CW_A_RULE_GONE] = FLAG,
	[CW_A_RULE_MATCHED] = U64,
	[CW_A_RULE_SIDE] = U8,
	[CW_A_RULE_DIRECTION] = U8,
	[CW_A_RULE_PORT] = U16,
	[CW_A_RULE_FAMILY] = U8,
	[CW_A_RULE_PREFIX_LEN] = U8,
	[CW_A_RULE_CGROUP] = U64,
	[CW_A_RULE_COMM] = STRING,
	[CW_A_RULE_RATIO] = U32,
	[CW_A_RULE_RATE] = U32,
	[CW_A_RULE_CLASS] = U8,
	[CW_A_RULE_FLAGS] = U32,
	[CW_A_RULE_HOST] = FLAG,
	[CW_A_TAPS_KEPT_MS] = U32,
	[CW_A_SPAN_ID] = U64,
	[CW_A_MESSAGE_ID] = U64,
	[CW_A_CONTEXT_FLAGS] = U8,
	[CW_A_CONTEXT_KIND] = U8,
	[CW_A_CLASS] = U8,
	[CW_A_TID] = U32,
	[CW_A_SOCKET_STATE] = U32,
	[CW_A_SOCKET_TX_RUNS] = U32,
	[CW_A_SOCKET_RX_RUNS] = U32,
	[CW_A_SESSION_ID] = U32,
	[CW_A_PORTID] = U32,
	[CW_A_SESSION_PRODUCED] = U64,
	[CW_A_SESSION_SENT] = U64,
	[CW_A_SESSION_DROPPED] = U64,
};

/* A request that waits for its answer. */
struct exchange {
	struct cw_handle *handle;
	cw_reply_fn fn;
	void *data;
	int result;
	bool interrupted;
	bool done;
};

void cw_message_take(char *message, size_t size, const struct nlmsghdr *header)
{
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1] = { 0 };
	const struct nlmsgerr *error = nlmsg_data(header);
	int skip = sizeof(int);

	message[0] = '\0';
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (header->nlmsg_type == NLMSG_ERROR) {
		skip = sizeof(*error);
		/* Without NETLINK_CAP_ACK the refused request stands before the attributes. */
		if (!(header->nlmsg_flags & NLM_F_CAPPED) && error->error)
			skip += (int)NLMSG_ALIGN(error->msg.nlmsg_len) - (int)NLMSG_HDRLEN;
	}
	if (nlmsg_datalen(header) <= skip)
		return;
	if (nla_parse(attrs, NLMSGERR_ATTR_MAX,
		      (struct nlattr *)((char *)nlmsg_data(header) + skip),
		      nlmsg_datalen(header) - skip, NULL))
		return;
	if (attrs[NLMSGERR_ATTR_MSG])
		nla_strlcpy(message, attrs[NLMSGERR_ATTR_MSG], size);
}

static int on_reply(struct nl_msg *msg, void *arg)
{
	struct exchange *exchange = arg;
	struct nlattr *attrs[CW_A_MAX + 1];

	if (!exchange->fn || exchange->result)
		return NL_OK;
	if (genlmsg_parse(nlmsg_hdr(msg), 0, attrs, CW_A_MAX, reply_policy) < 0)
		exchange->result = -EBADMSG;
	else
		exchange->result = exchange->fn(attrs, exchange->data);
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct exchange *exchange = arg;

	(void)msg;
	exchange->done = true;
	return NL_STOP;
}

static int on_finish(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *header = nlmsg_hdr(msg);
	struct exchange *exchange = arg;
	int error = 0;

	/* The end of a dump carries its error, which libnl does not read. */
	if (nlmsg_datalen(header) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(header), sizeof(error));
	if (error < 0) {
		cw_message_take(exchange->handle->message, sizeof(exchange->handle->message),
				header);
		exchange->result = error;
	}
	exchange->done = true;
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
	const struct nlmsghdr *header =
		(const struct nlmsghdr *)((const char *)error - NLMSG_HDRLEN);
	struct exchange *exchange = arg;

	(void)from;
	cw_message_take(exchange->handle->message, sizeof(exchange->handle->message), header);
	exchange->result = error->error;
	exchange->done = true;
	return NL_STOP;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct exchange *exchange = arg;

	(void)msg;
	exchange->interrupted = true;
	return NL_OK;
}

static struct nl_cb *exchange_callbacks(struct exchange *exchange)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);

	if (!cb)
		return NULL;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_reply, exchange);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, exchange);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, exchange);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, exchange);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, exchange);
	return cb;
}

/* libnl has its own error numbers; those of the kernel come to on_error() as they are. */
static int library_error(struct cw_handle *handle, int error)
{
	snprintf(handle->message, sizeof(handle->message), "netlink library: %s",
		 nl_geterror(error));
	switch (-error) {
	case NLE_NOMEM:
	case NLE_MSGSIZE:
		return -ENOMEM;
	case NLE_INTR:
		return -EINTR;
	case NLE_PERM:
		return -EPERM;
	default:
		return -EIO;
	}
}

struct nl_msg *cw_request_new(struct cw_handle *handle, uint8_t command, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	handle->message[0] = '\0';
	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, handle->family, 0, flags, command,
				CW_GENL_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static int exchange_run(struct exchange *exchange, struct nl_msg *msg)
{
	struct nl_sock *sock = exchange->handle->sock;
	struct nl_cb *cb = exchange_callbacks(exchange);
	int error;

	if (!cb)
		return -ENOMEM;
	error = nl_send_auto(sock, msg);
	while (error >= 0 && !exchange->done)
		error = nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
	if (!exchange->done)
		return library_error(exchange->handle, error);
	if (!exchange->result && exchange->interrupted)
		return -EINTR;
	return exchange->result;
}

int cw_request_run(struct cw_handle *handle, struct nl_msg *msg, int error, cw_reply_fn fn,
		   void *data)
{
	struct exchange exchange = { .handle = handle, .fn = fn, .data = data };

	if (!msg)
		return -ENOMEM;
	error = error < 0 ? library_error(handle, error) : exchange_run(&exchange, msg);
	nlmsg_free(msg);
	return error;
}

static int handle_connect(struct cw_handle *handle)
{
	int one = 1;
	int fd;

	handle->sock = nl_socket_alloc();
	if (!handle->sock)
		return -ENOMEM;
	if (genl_connect(handle->sock))
		return -EPROTONOSUPPORT;
	nl_socket_enable_msg_peek(handle->sock);
	fd = nl_socket_get_fd(handle->sock);
	/* Older kernels lack some of these options: their refusals only say less. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	handle->family = genl_ctrl_resolve(handle->sock, CW_GENL_NAME);
	return handle->family < 0 ? -ENOENT : 0;
}

CW_EXPORT int cw_handle_open_any(struct cw_handle **out)
{
	struct cw_status *status = calloc(1, sizeof(*status));
	struct cw_handle *handle = calloc(1, sizeof(*handle));
	int error = -ENOMEM;

	*out = NULL;
	if (handle && status)
		error = handle_connect(handle);
	if (!error)
		error = cw_status_get(handle, status);
	if (error) {
		cw_handle_close(handle);
	} else {
		handle->abi = status->abi;
		*out = handle;
	}
	free(status);
	return error;
}

CW_EXPORT int cw_handle_open(struct cw_handle **out)
{
	int error = cw_handle_open_any(out);

	if (error || (*out)->abi == CW_ABI_VERSION)
		return error;
	cw_handle_close(*out);
	*out = NULL;
	return -EPROTO;
}

CW_EXPORT void cw_handle_close(struct cw_handle *handle)
{
	if (!handle)
		return;
	if (handle->sock)
		nl_socket_free(handle->sock);
	free(handle);
}

CW_EXPORT const char *cw_handle_message(const struct cw_handle *handle)
{
	return handle->message;
}

CW_EXPORT uint32_t cw_handle_abi(const struct cw_handle *handle)
{
	return handle->abi;
}
