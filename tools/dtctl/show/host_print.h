/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Prints the hosts that recordings come from.
 */
#ifndef CW_HOST_PRINT_H
#define CW_HOST_PRINT_H

#include "../../correlate/host.h"
#include "print.h"

/* Prints how far each host's clock is from the first one's; a single host gets no line. */
void cw_hosts_print(const struct cw_hosts *hosts, struct cw_print *print);

#endif
