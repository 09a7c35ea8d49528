/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finds out whether this host accepted a connection that was open before the module looked.
 */
#ifndef CW_LISTENER_H
#define CW_LISTENER_H

#include <net/sock.h>

/**
 * cw_listener_exists() - does a socket listen at a connection's local port and address
 * @sk: a full TCP socket
 *
 * Reads the kernel's table of listeners itself: the kernel's own look-up would run BPF programs
 * (sk_lookup, SO_REUSEPORT), which expect a packet.
 *
 * Return: true if one listens at its local port, and at its local address or at any address.  A
 *	listener that moves in the table meanwhile may be missed: the connection's role is unknown
 *	then, and only explicit marks count.
 * Context: process or softirq, RCU read lock.
 */
bool cw_listener_exists(const struct sock *sk);

#endif
