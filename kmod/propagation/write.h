/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of propagation for writes: whose the bytes are that a thread writes, and where runs
 * of a connection begin.  Called by the taps with the socket's own lock held, in the process
 * context of the writer.
 */
#ifndef CW_PROPAGATION_WRITE_H
#define CW_PROPAGATION_WRITE_H

#include <net/sock.h>

/* connect() was called: remembers the caller's context for the first write. */
void cw_propagate_connect(struct sock *sk);

/* The connection is open: @accepted, or opened by us.  Process context or softirq. */
void cw_propagate_established(struct sock *sk, bool accepted);

/**
 * cw_propagate_write() - @size bytes are about to be written
 * @sk: the socket, locked by its writer, who is current
 * @size: bytes that the caller wants to write; fewer may get written
 *
 * Decides whose the bytes are, and begins a run at write_seq where a new context or
 * a turn-around wants one.
 */
void cw_propagate_write(struct sock *sk, size_t size);

#endif
