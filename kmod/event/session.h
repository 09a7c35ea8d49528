/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sessions, as the other files of the event layer see them.  The rest of the module
 * knows event.h only.
 */
#ifndef CW_SESSION_H
#define CW_SESSION_H

#include "event/event.h"

/**
 * enum cw_session_state - life of a session's slot
 * @CW_SESSION_FREE: nothing here
 * @CW_SESSION_PREPARED: its reader is about to learn its id; nothing is made for it yet
 * @CW_SESSION_OPEN: it is delivered to
 * @CW_SESSION_CLOSED: over; kept until its socket goes or the slot is needed, because the
 *	reply to a close may not have fitted into the reader's queue: it can ask again
 * @CW_SESSION_ENDED: over, because the namespace that it was to watch is gone, which its
 *	reader's queue had no room to be told yet; then CW_SESSION_CLOSED
 */
enum cw_session_state {
	CW_SESSION_FREE,
	CW_SESSION_PREPARED,
	CW_SESSION_OPEN,
	CW_SESSION_CLOSED,
	CW_SESSION_ENDED,
};

/**
 * struct cw_session - one reader
 * @state: enum cw_session_state
 * @id: as user space knows it
 * @portid: of the reader's netlink socket
 * @net: of the reader's netlink socket.  No reference is held, so that a reader does not
 *	keep a namespace alive beyond its socket; see session_released() for why it is valid
 * @filter: constant while the session's bit is published to emitters
 * @batch: number of the batch made last
 * @lossy: a batch was lost and none was sent since
 * @final: numbers of a closed session
 */
struct cw_session {
	enum cw_session_state state;
	u32 id;
	u32 portid;
	struct net *net;
	struct cw_filter filter;
	u64 batch;
	bool lossy;
	struct cw_session_stats final;
};

/* Published to emitters, a bit for each slot; written under sessions_mutex. */
extern unsigned long cw_sessions_open;
/* Of these, those that do not want everything; constant for a slot while it is open. */
extern unsigned long cw_sessions_choosy;

/* Of @open, those that want the event; as cw_sessions_match(). */
u8 cw_sessions_filter(const struct cw_stage_info *info, u8 open);

/**
 * cw_sessions_match() - who wants this event
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

/* All that are open, if each wants everything; 0: cw_sessions_match() is to say.  Context as that. */
static __always_inline u8 cw_sessions_unchoosy(void)
{
	/* Pairs as in cw_sessions_match(). */
	unsigned long open = smp_load_acquire(&cw_sessions_open);

	return open & READ_ONCE(cw_sessions_choosy) ? 0 : open;
}

/* Have the worker flush soon; any context, also interrupts off and scheduler locks held. */
void cw_sessions_kick(void);

/* Ends those that watch the namespace, after a last flush, and tells their readers.  Process context. */
void cw_sessions_net_exit(const struct cw_net *net);

int cw_sessions_init(struct genl_family *family);
/* Ends all sessions after a last flush; none can be opened any more.  Process context. */
void cw_sessions_exit(void);

#endif
