/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Prints one event as a line of text, or as a line of NDJSON.
 */
#ifndef CW_EVENT_H
#define CW_EVENT_H

#include "names.h"
#include "netns_name.h"
#include "print.h"

void cw_event_print(struct cw_print *print, const struct cw_event *event,
		    const struct cw_names *names, const struct cw_netns_names *netns);

#endif
