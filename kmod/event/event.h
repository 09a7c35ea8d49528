/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events: records of stages into per-CPU rings, from there in batches to sessions.  Nothing is
 * built when nobody listens.
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

/* cw_event_emit() without the histograms, which the caller has told. */
void cw_event_record(const struct cw_stage_info *info);

/**
 * cw_event_net_exit() - a network namespace goes away
 * @net: which; its short id is another one's afterwards
 *
 * Ends the sessions that watch it, and forgets all that bears its name: definitions, cache,
 * histograms.  A tap that still sees it
 * may make more of them; since each has the cookie, nobody takes them for the next one's.
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
