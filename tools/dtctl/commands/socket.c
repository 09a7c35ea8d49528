// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl socket list: the connections that the module keeps state of.
 */
#include <inttypes.h>
#include <stdio.h>

#include "../show/flow.h"
#include "../show/netns_name.h"
#include "../show/print.h"
#include "commands.h"
#include "list.h"

static void state_print(struct cw_print *print, uint32_t state)
{
	static const struct {
		uint32_t bit;
		const char *word;
	} words[] = {
		{ CW_SOCKET_RESERVED, "reserved" },	{ CW_SOCKET_CONFIRMED, "confirmed" },
		{ CW_SOCKET_STOPPED, "stopped" },	{ CW_SOCKET_MAY_SEND, "may-send" },
		{ CW_SOCKET_MAY_ACCEPT, "may-accept" },
	};

	cw_print_list(print, "state");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (state & words[i].bit)
			cw_print_string(print, NULL, words[i].word, " %s", words[i].word);
	cw_print_end(print);
}

static void context_print(struct cw_print *print, const struct cw_socket *socket)
{
	char trace_id[CW_TRACE_ID_SIZE], message[17];

	if (!socket->traced)
		return;
	cw_trace_id_format(socket->trace_id, trace_id);
	snprintf(message, sizeof(message), "%016" PRIx64, socket->message);
	cw_print_string(print, "trace_id", trace_id, " trace %s", trace_id);
	cw_print_string(print, "message", message, " message %s", message);
}

static int on_socket(const struct cw_socket *socket, void *data)
{
	struct cw_listing *listing = data;
	struct cw_print *print = listing->print;
	const char *role = cw_role_word(socket->flow.role);

	cw_print_object(print, NULL);
	cw_flow_print(print, &socket->flow);
	cw_print_string(print, "role", role, " %s", role);
	cw_netns_print(print, listing->names, socket->netns_inum);
	state_print(print, socket->state);
	cw_print_number(print, "tx_runs", socket->tx_runs, " tx-runs %u", socket->tx_runs);
	cw_print_number(print, "rx_runs", socket->rx_runs, " rx-runs %u", socket->rx_runs);
	context_print(print, socket);
	cw_print_text(print, "\n");
	cw_print_end(print);
	return 0;
}

static int socket_dump(struct cw_handle *handle, struct cw_listing *listing)
{
	return cw_socket_dump(handle, on_socket, listing);
}

static int socket_list_main(int argc, char **argv, struct cw_cli *cli)
{
	return cw_list_main(argc, argv, cli, "sockets", socket_dump);
}

const struct cw_command cw_cmd_socket_list = {
	.object = "socket",
	.verb = "list",
	.description = "show the traced connections of this namespace, and what they hold",
	.run = socket_list_main,
};
