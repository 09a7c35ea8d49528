/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which end of a connection that was open before we looked is this one?
 */
#ifndef CW_LISTENER_H
#define CW_LISTENER_H

#include <net/sock.h>

/**
 * cw_listener_exists() - does a socket listen where this connection ends here
 * @sk: a full TCP socket
 *
 * Reads the kernel's table of listeners itself: the kernel's own look-up would run the BPF
 * programs of others (sk_lookup, SO_REUSEPORT), for no packet.
 *
 * Return: true if one listens at its local port, and at its local address or at any.  One that
 *	moves in the table meanwhile may be missed: the connection's role is unknown then, and
 *	only explicit marks count.
 * Context: process or softirq, RCU read lock.
 */
bool cw_listener_exists(const struct sock *sk);

#endif
