/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What to say of the hosts that recordings come from.
 */
#ifndef CW_HOST_PRINT_H
#define CW_HOST_PRINT_H

#include "../../correlate/host.h"
#include "print.h"

/* How far each host's clock is from the first one's; nothing of a single host. */
void cw_hosts_print(const struct cw_hosts *hosts, struct cw_print *print);

#endif
