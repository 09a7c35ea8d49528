/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taps of TCP sockets.
 */
#ifndef CW_TAP_SOCKET_H
#define CW_TAP_SOCKET_H

#include "tap/tap.h"

extern const struct cw_tap_group cw_taps_socket;

#endif
