/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The types of a session: its filter, its counts of records, its state.
 */
#ifndef CW_SESSION_TYPE_H
#define CW_SESSION_TYPE_H

#include "event/type.h"

/**
 * struct cw_filter - which events a session wants; all zero: every event
 * @trace_id: only this trace, if @by_trace_id
 * @by_trace_id: @trace_id counts, even if it is zero
 * @netns_cookie: only of this namespace; set for an owner that may see one only
 * @tid: only of this thread, or of the threads of this process; so nothing from softirq
 * @port: only of flows that have this port at either end, host order
 * @stages: only of these, bit 1 << enum cw_stage
 *
 * A session gets the definitions of those ids that its events have, and no other definitions.
 */
struct cw_filter {
	u8 trace_id[16];
	bool by_trace_id;
	u64 netns_cookie;
	u32 tid;
	u32 stages;
	u16 port;
};

/**
 * struct cw_session_stats - numbers of a session, over all CPUs
 * @id: from 1
 * @portid: of its netlink socket
 * @produced: records that passed its filter, and definitions made for it
 * @sent: of these, put into its socket's queue
 * @dropped: of these, lost: ring full, no memory, queue full
 *
 * While it is open, what is neither sent nor dropped waits in a ring.
 */
struct cw_session_stats {
	u32 id;
	u32 portid;
	u64 produced;
	u64 sent;
	u64 dropped;
};

/**
 * enum cw_session_state - life of a session's slot
 * @CW_SESSION_FREE: the slot has no session
 * @CW_SESSION_PREPARED: the reader is being told the id; no record is made for it yet
 * @CW_SESSION_OPEN: records are made for it and delivered
 * @CW_SESSION_CLOSED: over; kept until its socket goes or the slot is needed, because the
 *	reply to a close may not have fitted into the reader's queue: it can ask again
 * @CW_SESSION_ENDED: over, because the namespace that it watched is gone; its reader's queue has
 *	had no room for the message about that.  Then CW_SESSION_CLOSED
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

#endif
