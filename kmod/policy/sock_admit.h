/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which sockets get state, and what policy says of them.
 */
#ifndef CW_SOCK_ADMIT_H
#define CW_SOCK_ADMIT_H

#include "state/sock.h"

/**
 * cw_sock_admit() - find or make state
 * @sk: a full TCP socket, which cannot be destroyed meanwhile
 * @role: CW_ROLE_*, for a new entry
 *
 * Return: the entry, or NULL where policy does not concern the socket, or as cw_sock_insert().
 * Context: as cw_sock_find().
 */
struct cw_sock *cw_sock_admit(struct sock *sk, u8 role);

/**
 * cw_sock_admit_late() - state for a connection that was open before we looked
 * @sk: a full TCP socket
 *
 * As cw_sock_admit(); its role is server if a listener has its port, else unknown.  That policy
 * does not want a socket is remembered for a while, to ask it but once.
 */
struct cw_sock *cw_sock_admit_late(struct sock *sk);

/* Bring what policy says up to date.  Any context; cw_sock.lock held. */
void cw_sock_refresh_policy(struct cw_sock *s);

#endif
