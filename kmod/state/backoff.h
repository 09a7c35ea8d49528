/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The backoff: connections to a destination are not marked for a while, after marking stopped on
 * three of them and no mark was answered meanwhile.  A small table per host, keyed by namespace,
 * side, remote address and service port.  After a collision a destination is forgotten.
 */
#ifndef CW_BACKOFF_H
#define CW_BACKOFF_H

#include "state/sock.h"

/* Each function but cw_backoff_clear(): any context but hardirq; the table's lock is innermost. */

/* A connection's marks went unanswered. */
void cw_backoff_failed(const struct cw_sock *s);
/* The peer of a connection showed that it speaks. */
void cw_backoff_succeeded(const struct cw_sock *s);
/* Return: true while connections to this destination are not to be marked. */
bool cw_backoff_is(const struct cw_sock *s);
/* Forgets all destinations.  Process context. */
void cw_backoff_clear(void);

#endif
