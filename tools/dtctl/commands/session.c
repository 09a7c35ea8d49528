// SPDX-License-Identifier: GPL-2.0
/*
 * dtctl session list: the readers of events, and how many events each has lost.
 */
#include <inttypes.h>

#include "../show/print.h"
#include "commands.h"
#include "list.h"

static int on_session(const struct cw_loss *session, void *data)
{
	struct cw_print *print = ((struct cw_listing *)data)->print;

	cw_print_object(print, NULL);
	cw_print_number(print, "id", session->id, "%u:", session->id);
	cw_print_number(print, "portid", session->portid, " port %u", session->portid);
	cw_print_number(print, "produced", (int64_t)session->produced, " produced %" PRIu64,
			session->produced);
	cw_print_number(print, "sent", (int64_t)session->sent, " sent %" PRIu64, session->sent);
	cw_print_number(print, "dropped", (int64_t)session->dropped, " dropped %" PRIu64 "\n",
			session->dropped);
	cw_print_end(print);
	return 0;
}

static int session_dump(struct cw_handle *handle, struct cw_listing *listing)
{
	return cw_session_dump(handle, on_session, listing);
}

static int session_list_main(int argc, char **argv, struct cw_cli *cli)
{
	return cw_list_main(argc, argv, cli, "sessions", session_dump);
}

const struct cw_command cw_cmd_session_list = {
	.object = "session",
	.verb = "list",
	.description = "show the readers of events, and how many events each has lost",
	.run = session_list_main,
};
