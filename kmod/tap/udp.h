/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taps of datagram sockets.
 */
#ifndef CW_TAP_UDP_H
#define CW_TAP_UDP_H

#include "tap/tap.h"

extern const struct cw_tap_group cw_taps_udp;

#endif
