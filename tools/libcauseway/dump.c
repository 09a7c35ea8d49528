// SPDX-License-Identifier: GPL-2.0
/*
 * Dumps of what the module holds at the moment: traced sockets, sessions, and the
 * definitions that name the short ids of records.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "handle.h"

/* The caller of a dump; each dump sets and calls one of the functions. */
struct visitor {
	cw_socket_fn socket;
	cw_loss_fn session;
	cw_records_fn records;
	void *data;
};

static int socket_read(struct nlattr **attrs, void *data)
{
	const struct visitor *visitor = data;
	struct cw_socket socket = {
		.netns_inum = cw_attr_u32(attrs, CW_A_NETNS_INUM),
		.state = cw_attr_u32(attrs, CW_A_SOCKET_STATE),
		.tx_runs = cw_attr_u32(attrs, CW_A_SOCKET_TX_RUNS),
		.rx_runs = cw_attr_u32(attrs, CW_A_SOCKET_RX_RUNS),
		.message = cw_attr_u64(attrs, CW_A_MESSAGE_ID),
	};

	if (!cw_attr_bytes(attrs, CW_A_FLOW, &socket.flow, sizeof(socket.flow)))
		return -EBADMSG;
	socket.traced =
		cw_attr_bytes(attrs, CW_A_TRACE_ID, socket.trace_id, sizeof(socket.trace_id));
	return visitor->socket(&socket, visitor->data);
}

CW_EXPORT int cw_socket_dump(struct cw_handle *handle, cw_socket_fn fn, void *data)
{
	struct visitor visitor = { .socket = fn, .data = data };

	return cw_request_run(handle, cw_request_new(handle, CW_CMD_SOCKET_GET, NLM_F_DUMP), 0,
			      socket_read, &visitor);
}

static int session_read(struct nlattr **attrs, void *data)
{
	const struct visitor *visitor = data;
	struct cw_loss session = {
		.id = cw_attr_u32(attrs, CW_A_SESSION_ID),
		.portid = cw_attr_u32(attrs, CW_A_PORTID),
		.produced = cw_attr_u64(attrs, CW_A_SESSION_PRODUCED),
		.sent = cw_attr_u64(attrs, CW_A_SESSION_SENT),
		.dropped = cw_attr_u64(attrs, CW_A_SESSION_DROPPED),
	};

	return visitor->session(&session, visitor->data);
}

CW_EXPORT int cw_session_dump(struct cw_handle *handle, cw_loss_fn fn, void *data)
{
	struct visitor visitor = { .session = fn, .data = data };

	return cw_request_run(handle, cw_request_new(handle, CW_CMD_SESSION_GET, NLM_F_DUMP), 0,
			      session_read, &visitor);
}

static int records_read(struct nlattr **attrs, void *data)
{
	const struct visitor *visitor = data;
	struct nlattr *attr = attrs[CW_A_RECORDS];
	union cw_record *records;
	size_t count;
	int result;

	if (!attr)
		return 0;
	count = (size_t)nla_len(attr) / sizeof(*records);
	/* Attributes are aligned to four bytes, records to eight. */
	records = malloc(count * sizeof(*records) + 1);
	if (!records)
		return -ENOMEM;
	memcpy(records, nla_data(attr), count * sizeof(*records));
	result = visitor->records(records, count, visitor->data);
	free(records);
	return result;
}

CW_EXPORT int cw_definition_dump(struct cw_handle *handle, cw_records_fn fn, void *data)
{
	struct visitor visitor = { .records = fn, .data = data };

	return cw_request_run(handle, cw_request_new(handle, CW_CMD_DEFINITION_GET, NLM_F_DUMP), 0,
			      records_read, &visitor);
}
