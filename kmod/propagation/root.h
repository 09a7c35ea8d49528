/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traces begin here: for TCP and for datagrams, at both sides.
 */
#ifndef CW_ROOT_H
#define CW_ROOT_H

#include <linux/types.h>

struct cw_context;
struct net;

/**
 * cw_root_begin() - begin a trace, if policy has the current thread begin one
 * @net: namespace of the socket
 * @side: CW_SIDE_CLIENT: the thread writes a request; CW_SIDE_SERVER: it has read one
 * @family: AF_INET or AF_INET6
 * @remote: the other side's address, network order
 * @port: service port, host order
 * @out: the root's context.  A request that was read has its message id and the span that serves
 *	it; one that is being written gets its message id from the writer.
 *
 * The caller counts the root, once it is kept.
 *
 * Return: true if a trace begins.
 * Context: process (atomic: within a probe); takes the RCU read lock itself.
 */
bool cw_root_begin(const struct net *net, u8 side, u8 family, const u8 *remote, u16 port,
		   struct cw_context *out);

#endif
