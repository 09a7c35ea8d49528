/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Short ids: the cache that names flows, tasks, devices and network namespaces, and
 * puts a name into the stream before a session sees the id for the first time.
 */
#ifndef CW_DEFINITION_H
#define CW_DEFINITION_H

#include "event/definition_cache.h"
#include "event/type.h"

struct cw_ring;

/**
 * cw_definitions_alloc() - make the tables
 *
 * Return: 0, -ENOMEM.
 * Context: process; no-op if they exist.
 */
int cw_definitions_alloc(void);

/* No emitter is left.  Process context. */
void cw_definitions_free(void);

/**
 * cw_define() - find an event's ids, naming those that are new to its sessions
 * @ring: of this CPU, which the event goes to next
 * @info: what the event is about
 * @sessions: whom the event is for, a bit each
 * @known: cw_cache_find() has set those of flow and device
 * @ids: the others are set; zero before
 *
 * A name that does not fit into the ring is counted, and tried again at its next use.
 *
 * Context: any but NMI, interrupts off; tables exist.
 */
void cw_define(struct cw_ring *ring, const struct cw_stage_info *info, u8 sessions,
	       bool known, struct cw_ids *ids);

/**
 * cw_definitions_forget() - let all ids be named again for these sessions
 * @sessions: a bit each: new ones, or one that has lost a batch
 *
 * Context: process.
 */
void cw_definitions_forget(u8 sessions);

/*
 * Forgets what names @net and what lives in it; called where it goes away.  Process context,
 * takes the tables' mutex.
 */
void cw_definitions_net_exit(const struct cw_net *net);

/*
 * What CPUs have cached (definition_cache.h) holds a second or so.  For the sessions' worker, which
 * calls it often, under its mutex; process context.
 */
void cw_definitions_age(void);

/**
 * cw_definitions_copy() - definitions in use, from the @index-th slot on
 * @index: in: slot to begin at; out: slot to go on at
 * @cookie: only those of this namespace; 0: all
 * @out: room for @max records
 *
 * Return: number of records copied; 0: no more.
 * Context: process.
 */
unsigned int cw_definitions_copy(u32 *index, u64 cookie, union cw_record *out, unsigned int max);

/* Called by the flow that a socket dump shows; any context. */
void cw_flow_def_fill(struct cw_flow_def *def, const struct cw_flow_key *key, u16 netns);

#endif
