/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taps of TLS in the kernel.
 */
#ifndef CW_TAP_TLS_H
#define CW_TAP_TLS_H

#include "tap/tap.h"

extern const struct cw_tap_group cw_taps_tls;

/*
 * Is @sk read by TLS record?  Then the taps of TLS say when a thread reads, and not those of TCP,
 * which see bytes taken off the queue.  Context: @sk locked.
 */
bool cw_tap_by_record(struct sock *sk);

#endif
