/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of propagation for reads: what a read gives to a thread, and what it takes away.
 * Called by the taps with the socket's own lock held, in the process context of the reader.
 */
#ifndef CW_PROPAGATION_READ_H
#define CW_PROPAGATION_READ_H

#include <net/sock.h>

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
