/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two chains of a message: its hops and incidents by direction.  Pure.
 */
#ifndef CW_CHAIN_H
#define CW_CHAIN_H

#include "trace.h"

/**
 * cw_chain_build - put the events of one message into its two chains
 * @trace: receives the hops
 * @message: receives the chains
 * @seen: events of that message, by time
 * @events: how many
 * @hosts: define their ids
 *
 * Context: any; the caller serialises.
 */
void cw_chain_build(struct cw_trace *trace, struct cw_message *message, struct cw_seen *seen,
		    u32 events, const struct cw_hosts *hosts);

/**
 * cw_chain_find - the first hop of a chain at a stage
 * @trace: of the chain
 * @chain: the chain
 * @stage: enum cw_stage
 *
 * Return: the hop, or NULL.
 * Context: any.
 */
const struct cw_hop *cw_chain_find(const struct cw_trace *trace, const struct cw_chain *chain,
				   u8 stage);

/**
 * cw_chain_notes - a chain's incidents
 * @trace: of the chain
 * @chain: the chain
 *
 * Return: the first of chain->notes.
 * Context: any.
 */
const struct cw_hop *cw_chain_notes(const struct cw_trace *trace, const struct cw_chain *chain);

/**
 * cw_stage_order - the position of a stage on a packet's way
 * @stage: enum cw_stage
 *
 * Return: a number; greater for a later stage of one device or of one socket.
 * Context: any.
 */
unsigned int cw_stage_order(u8 stage);

#endif
