/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of propagation for reads: which context a read gives to a thread or takes away.
 * Called by the taps with the socket's own lock held, in the process context of the reader.
 */
#ifndef CW_PROPAGATION_READ_H
#define CW_PROPAGATION_READ_H

#include <net/sock.h>

/**
 * cw_propagate_read() - copied_seq may have moved
 * @sk: the socket, locked by its reader, the current thread
 *
 * Gives the thread the context of the bytes that it read, or takes away the one
 * that it had.
 */
void cw_propagate_read(struct sock *sk);

/**
 * cw_propagate_read_record() - a TLS record was read
 * @sk: the socket, which is read by record, locked by its reader, the current thread
 * @left: bytes of the record that are still in the queue
 *
 * Does what cw_propagate_read() does, for the bytes up to the end of that record.
 */
void cw_propagate_read_record(struct sock *sk, u32 left);

/**
 * cw_propagate_read_rest() - the rest of a TLS record is about to be read
 * @sk: the socket, not locked; its reader is current
 *
 * If the reader does not hold the context of the record's first part, it loses the one it holds.
 */
void cw_propagate_read_rest(struct sock *sk);

/**
 * cw_propagate_taken() - bytes may have been taken off the queue, and the reader is not known
 * @sk: the socket, locked, in softirq
 */
void cw_propagate_taken(struct sock *sk);

/**
 * cw_propagate_read_unseen() - bytes are about to be read that carry no context
 * @sk: a socket of the internet families, not a TCP one; its reader is current
 *
 * If the connection was accepted the thread loses the context that it held.
 */
void cw_propagate_read_unseen(struct sock *sk);

#endif
