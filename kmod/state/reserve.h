/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Takes room for the option off a socket's MSS, and gives it back.
 */
#ifndef CW_RESERVE_H
#define CW_RESERVE_H

#include "state/sock.h"

/**
 * cw_sock_reserve() - take the option's room off the MSS
 * cw_sock_unreserve() - give it back
 * @s: state
 *
 * The next tcp_current_mss() computes the MSS anew (icsk_pmtu_cookie).
 *
 * Context: the socket's lock and cw_sock.lock held.
 */
void cw_sock_reserve(struct cw_sock *s);
void cw_sock_unreserve(struct cw_sock *s);

#endif
