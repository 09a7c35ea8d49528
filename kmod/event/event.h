/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events: records of stages go into per-CPU rings, and from there in batches to sessions.  No
 * record is made while no session, histogram or TRACE_EVENT wants it.  This is the slow path,
 * which any event can take; event/segment.h draws it beside the fast path.
 */
#ifndef CW_EVENT_H
#define CW_EVENT_H

#include "event/key.h"
#include "event/type.h"

struct genl_family;

/**
 * cw_event_emit() - record a stage
 * @info: what happened
 *
 * Reads the clock, looks up (or defines) the short ids, appends to this CPU's ring, and
 * fires the TRACE_EVENT.  A full ring counts the record as dropped for each session.
 *
 * Context: any but NMI; process context within probes (atomic), softirq.  Never sleeps,
 *	never allocates.
 */
void cw_event_emit(const struct cw_stage_info *info);

/* Does what cw_event_emit() does but for the histograms, to which the caller has added. */
void cw_event_record(const struct cw_stage_info *info);

/**
 * cw_event_net_exit() - a network namespace goes away
 * @net: the namespace; its short id may be given to another one afterwards
 *
 * Ends the sessions that watch it, and forgets all that has its id: definitions, cached ids,
 * histograms.  A tap that still sees the namespace may make more of them; since each has the
 * cookie, none is taken for one of the next namespace with that id.
 *
 * Context: process, in the exit of pernet operations, under pernet_ops_rwsem; takes the event
 *	layer's own locks, one after another.  Waits for a grace period if a session ends.
 */
void cw_event_net_exit(const struct cw_net *net);

/**
 * cw_event_init() - before the family is registered and any tap runs
 * @family: of the messages
 *
 * Return: 0, -errno.
 * Context: process.
 */
int cw_event_init(struct genl_family *family);

/**
 * cw_event_exit() - flush and end all sessions, free everything
 *
 * After the taps are gone and their readers were waited for, best before the family is
 * unregistered: the last batches are then still delivered.  From here on no session can be
 * opened, and the lists are empty.
 *
 * Context: process.
 */
void cw_event_exit(void);

#endif
