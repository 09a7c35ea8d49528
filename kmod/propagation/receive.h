/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The receiving half of TCP's carrier: applies a received option to the state of a socket.
 * Takes plain values; netfilter/ reads the bytes.
 */
#ifndef CW_PROPAGATION_RECEIVE_H
#define CW_PROPAGATION_RECEIVE_H

#include "lib/accept.h"
#include "lib/option.h"
#include "state/sock.h"

/**
 * cw_carry_receive() - a segment with our option has come
 * @sk: established socket that it is for
 * @option: decoded; not ABSENT
 * @segment: the segment, whose checksum has been verified
 *
 * A mark counts only if TCP would take the segment.
 *
 * Context: bottom halves off, RCU read lock, a reference to @sk; its own lock is not held.
 */
void cw_carry_receive(struct sock *sk, const struct cw_option *option,
		      const struct cw_arrived *segment);

/**
 * cw_carry_ready() - data went in order into a socket's queue, and its readers are woken
 * @sk: established socket
 *
 * Context: softirq or process, the socket's own lock held, RCU read lock.
 */
void cw_carry_ready(struct sock *sk);

#endif
