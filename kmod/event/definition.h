/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Short ids: tables that give ids to flows, tasks, devices, network namespaces and drop reasons,
 * and put a definition into the stream before a session sees an id for the first time.
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

/* Frees the tables; no emitter is left.  Process context. */
void cw_definitions_free(void);

/**
 * cw_define() - find an event's ids, and define those that are new to its sessions
 * @ring: of this CPU, which the event goes to next
 * @info: what the event is about
 * @sessions: the sessions that get the event, a bit each
 * @known: cw_cache_find() has set the ids of flow and device
 * @ids: result; zero before, but for what @known says
 *
 * A definition that does not fit into the ring is counted, and tried again at its next use.
 *
 * Context: any but NMI, interrupts off; tables exist.
 */
void cw_define(struct cw_ring *ring, const struct cw_stage_info *info, u8 sessions,
	       bool known, struct cw_ids *ids);

/**
 * cw_definitions_forget() - let all ids be defined again for some sessions
 * @sessions: a bit each: new sessions, or one that has lost a batch
 *
 * Context: process.
 */
void cw_definitions_forget(u8 sessions);

/*
 * Forgets the definitions of @net and of all that is in it; called when @net goes away.  Process
 * context, takes the tables' mutex.
 */
void cw_definitions_net_exit(const struct cw_net *net);

/*
 * Lets what CPUs have cached (definition_cache.h) expire once a second.  The sessions' worker
 * calls it often, under the sessions' mutex; process context.
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

/* Makes the definition of a flow; socket and histogram dumps call it, too.  Any context. */
void cw_flow_def_fill(struct cw_flow_def *def, const struct cw_flow_key *key, u16 netns);

#endif
