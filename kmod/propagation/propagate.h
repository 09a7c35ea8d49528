/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of propagation: what a read gives to a thread, what a write takes from
 * it, and where runs of a connection begin and end.  Called by the taps with the
 * socket's own lock held, in the process context of the reader or writer.
 */
#ifndef CW_PROPAGATE_H
#define CW_PROPAGATE_H

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

/**
 * cw_propagate_read() - copied_seq may have moved
 * @sk: the socket, locked by its reader, who is current
 *
 * Gives the thread the context of the bytes that it read, or takes away the one
 * that it had.
 */
void cw_propagate_read(struct sock *sk);

/**
 * cw_propagate_read_record() - a record was read, of a socket that is read by record
 * @sk: the socket, locked by its reader, who is current
 * @left: bytes of the record that are still in the queue
 *
 * As cw_propagate_read(), of what is not behind that record.
 */
void cw_propagate_read_record(struct sock *sk, u32 left);

/**
 * cw_propagate_read_rest() - the rest of a record is about to be read
 * @sk: the socket, not locked; its reader is current
 *
 * Whoever is not the one that read the first part is done with what he held.
 */
void cw_propagate_read_rest(struct sock *sk);

/**
 * cw_propagate_taken() - bytes may have been taken off the queue for nobody in particular
 * @sk: the socket, locked, in softirq
 */
void cw_propagate_taken(struct sock *sk);

/**
 * cw_propagate_read_unseen() - bytes are about to be read that carry no context
 * @sk: a socket of the internet families, not a TCP one; its reader is current
 *
 * On one that was accepted the thread is done with what it held.
 */
void cw_propagate_read_unseen(struct sock *sk);

#endif
