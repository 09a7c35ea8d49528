/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of propagation for writes: which context the bytes belong to that a thread writes, and
 * where runs of a connection begin.  Called by the taps with the socket's own lock held, in the
 * process context of the writer.
 */
#ifndef CW_PROPAGATION_WRITE_H
#define CW_PROPAGATION_WRITE_H

#include <net/sock.h>

/* connect() was called: remembers the caller's context for the first write. */
void cw_propagate_connect(struct sock *sk);

/* The connection is established; we accepted it (@accepted) or opened it.  Process or softirq. */
void cw_propagate_established(struct sock *sk, bool accepted);

/**
 * cw_propagate_write() - @size bytes are about to be written
 * @sk: the socket, locked by its writer, the current thread
 * @size: bytes that the caller wants to write; fewer may get written
 *
 * Decides which context the bytes belong to, and begins a run at write_seq if the context is
 * another one, or after a turn-around.
 */
void cw_propagate_write(struct sock *sk, size_t size);

#endif
