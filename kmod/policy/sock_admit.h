/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Decides which sockets get state, and keeps what policy says of them.
 */
#ifndef CW_SOCK_ADMIT_H
#define CW_SOCK_ADMIT_H

#include "state/sock.h"

/**
 * cw_sock_admit() - find or make state
 * @sk: a full TCP socket, which cannot be destroyed meanwhile
 * @role: CW_ROLE_*, for a new entry
 *
 * Return: the entry, or NULL: policy does not concern the socket, or cw_sock_insert() failed.
 * Context: any but hardirq; RCU read lock or preemption off.
 */
struct cw_sock *cw_sock_admit(struct sock *sk, u8 role);

/**
 * cw_sock_admit_late() - state for a connection that was open before we looked
 * @sk: a full TCP socket
 *
 * Finds or makes state; the role is server if a listener has the socket's port, else unknown.
 * Remembers for a while that policy does not want a socket, so that it is asked only once.
 *
 * Return: the entry, or NULL: policy does not concern the socket, or cw_sock_insert() failed.
 * Context: any but hardirq; RCU read lock or preemption off.
 */
struct cw_sock *cw_sock_admit_late(struct sock *sk);

/* Asks policy again if it has changed.  Any context; cw_sock.lock held. */
void cw_sock_refresh_policy(struct cw_sock *s);

#endif
