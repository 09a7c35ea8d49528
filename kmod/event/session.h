/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sessions: readers of events, each with a filter.
 */
#ifndef CW_SESSION_H
#define CW_SESSION_H

#include <linux/netlink.h>

#include "event/session_type.h"

struct genl_family;

/* Which sessions are open, a bit for each slot; read by taps, written under sessions_mutex. */
extern unsigned long cw_sessions_open;
/* The sessions that have a filter, a bit for each slot, constant while the session is open. */
extern unsigned long cw_sessions_choosy;

/* Returns the sessions among @open that want the event.  Context of cw_sessions_match(). */
u8 cw_sessions_filter(const struct cw_stage_info *info, u8 open);

/**
 * cw_sessions_match() - which sessions want an event
 * @info: the event
 *
 * Return: a bit for each session.
 * Context: any but NMI, interrupts off until the event is in the ring.
 */
static inline u8 cw_sessions_match(const struct cw_stage_info *info)
{
	/* Pairs with session_publish(): filter, rings and tables are ready. */
	unsigned long open = smp_load_acquire(&cw_sessions_open);

	return open & READ_ONCE(cw_sessions_choosy) ? cw_sessions_filter(info, open) : open;
}

/*
 * Returns all open sessions if none has a filter; 0: one has, so cw_sessions_match() has to be
 * asked, or none is open.  Any context but NMI, interrupts off until the event is in the ring.
 */
static __always_inline u8 cw_sessions_unchoosy(void)
{
	/* Pairs with session_publish(): rings and tables are ready. */
	unsigned long open = smp_load_acquire(&cw_sessions_open);

	return open & READ_ONCE(cw_sessions_choosy) ? 0 : open;
}

/* Ends sessions that watch @net, after a last flush, and tells their readers.  Process context. */
void cw_sessions_net_exit(const struct cw_net *net);

/**
 * cw_session_prepare() - set up a session that gets no records yet
 * @net: namespace of the reader's netlink socket
 * @portid: of the reader's netlink socket
 * @filter: copied
 * @id: result, session id from 1
 * @extack: says why not
 *
 * The caller tells the reader the id and then calls cw_session_start(): batches could otherwise
 * fill the reader's queue before the reply.
 *
 * Return: 0, -EUSERS with CW_SESSIONS_MAX sessions open (or half of them from other
 *	namespaces than the initial one, for a reader in such a one), -ENOMEM, -ESHUTDOWN.
 * Context: process.
 */
int cw_session_prepare(struct net *net, u32 portid, const struct cw_filter *filter, u32 *id,
		       struct netlink_ext_ack *extack);

/**
 * cw_session_start() - begin to deliver
 * @id: of a session prepared before; no-op if it is gone
 *
 * Context: process.
 */
void cw_session_start(u32 id);

/**
 * cw_session_end() - deliver a session's last records, then end it
 * @net: namespace of the caller's socket
 * @portid: of the caller's socket; a session ends only by its own socket
 * @id: of the session
 * @stats: final numbers; produced == sent + dropped
 *
 * The last batches may fill the caller's queue so that the reply does not fit.  A caller that has
 * read them can end the session again and gets these numbers, until its socket is closed.
 *
 * Return: 0, -ENOENT.
 * Context: process.
 */
int cw_session_end(struct net *net, u32 portid, u32 id, struct cw_session_stats *stats);

/* Copies at most @max; returns how many sessions there are.  Process context. */
unsigned int cw_session_list(struct cw_session_stats *out, unsigned int max);

int cw_sessions_init(struct genl_family *family);
/* Ends all sessions after a last flush; none can be opened any more.  Process context. */
void cw_sessions_exit(void);

#endif
