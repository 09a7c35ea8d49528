/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Builds a trace as a tree of messages from the events that were seen of it.  Pure
 * over arrays that the caller hands in; causality is taken from the spans in the
 * events and never guessed from time.
 *
 *   trace -> messages (a request and its response) -> two directions -> hops
 *
 * A hop is one stage at one place (host, namespace, device); it keeps the first
 * and the last time that bytes of its direction were seen there.
 */
#ifndef CW_TRACE_H
#define CW_TRACE_H

#include "host.h"

enum cw_direction {
	CW_REQUEST,
	CW_RESPONSE,
	CW_UNPLACED, /* a device event that fits neither direction */
};

#define CW_NONE (-1)
#define CW_DEPTH_MAX 256 /* ancestors that are followed */

/**
 * struct cw_seen - an event and where it is from
 * @event: with the time of the first host's clock
 * @host: index
 * @direction: enum cw_direction, filled in by cw_trace_build()
 */
struct cw_seen {
	struct cw_event event;
	u32 host;
	u8 direction;
};

/**
 * struct cw_hop - one stage at one place
 * @first: when the first byte was seen, ns
 * @last: when the last byte was seen
 * @count: number of events
 * @detail: of the first event, as its stage has it; 0: none
 * @bytes: sum of the events' lengths
 * @task: of the first event; 0: none
 * @flow: of the first event
 * @seq: lowest sequence number of its events
 * @host: index
 * @netns: short id
 * @device: short id; 0: none
 * @stage: enum cw_stage
 * @flags: of the first event, CW_EVENT_*
 * @protocol: of the flow, IPPROTO_*; 0: TCP, or not known
 * @late: the mark came after its bytes: @first is too late
 * @bare: the first segment went without its mark: devices could not recognise it
 */
struct cw_hop {
	u64 first;
	u64 last;
	u64 detail;
	u32 count;
	u32 bytes;
	u32 task;
	u32 flow;
	u32 seq;
	u16 host;
	u16 netns;
	u16 device;
	u8 stage;
	u8 flags;
	u8 protocol;
	bool late;
	bool bare;
};

/**
 * struct cw_chain - the hops of one direction, in the order of their way
 * @hop: index of the first one in the trace's hops
 * @hops: how many
 * @notes: how many incidents, which stand behind the hops in the order of time: each
 *	RETRANSMIT and DROP, whose @last is the time of the direction's event before it
 * @beside: events of later packets at places that the first one did not pass: no hops
 * @retransmits: times that TCP sent anything of it again
 * @retransmitted: when it last did, 0: never
 */
struct cw_chain {
	u32 hop;
	u32 hops;
	u32 notes;
	u32 beside;
	u32 retransmits;
	u64 retransmitted;
};

/**
 * struct cw_actor - one end of a message
 * @known: an event was taken there
 * @task: thread id, 0: not known
 * @flow: its socket's flow
 * @host: index
 * @netns: short id
 */
struct cw_actor {
	bool known;
	u32 task;
	u32 flow;
	u16 host;
	u16 netns;
};

/**
 * struct cw_message - a request and its response
 * @id: message id
 * @parent_span: span that wrote the request; 0: none, or not seen
 * @server_span: span that the request began; 0: not seen
 * @first: time of its earliest event
 * @last: time of its latest event
 * @chain: by direction
 * @client: the end that wrote the request
 * @server: the end that read it
 * @parent: index of the message whose server wrote this one, or CW_NONE
 * @child: index of the first message that its server wrote, or CW_NONE
 * @sibling: index of the next message of the same parent, by time, or CW_NONE
 * @unplaced: device events of unknown direction
 * @depth: number of ancestors
 * @root: flagged by the kernel as a trace's beginning
 */
struct cw_message {
	u64 id;
	u64 parent_span;
	u64 server_span;
	u64 first;
	u64 last;
	struct cw_chain chain[2];
	struct cw_actor client;
	struct cw_actor server;
	s32 parent;
	s32 child;
	s32 sibling;
	u32 unplaced;
	u32 depth;
	bool root;
};

/* A server span and the message that began it. */
struct cw_span_ref {
	u64 span;
	s32 message;
};

/**
 * struct cw_trace - a trace; the caller sets the arrays and the capacity
 * @seen: its events; cw_trace_build() sorts them by message and time
 * @events: how many
 * @capacity: members of each array below; must not be less than @events
 * @message: result: by time of the first event
 * @hop: result
 * @span: scratch
 * @messages: result: how many
 * @hops: result: how many
 * @id: result
 * @first: result: time of the earliest event
 * @last: result: time of the latest event
 */
struct cw_trace {
	struct cw_seen *seen;
	u32 events;
	u32 capacity;
	struct cw_message *message;
	struct cw_hop *hop;
	struct cw_span_ref *span;
	u32 messages;
	u32 hops;
	u8 id[CW_TRACE_ID_LEN];
	u64 first;
	u64 last;
};

/**
 * cw_trace_build - make messages, chains and the tree
 * @trace: arrays and events in, results out
 * @hosts: define the ids of the events
 *
 * Return: 0; -ENOSPC: more events than @trace has room for; -ENODATA: no events.
 * Context: any; the caller serialises.
 */
int cw_trace_build(struct cw_trace *trace, const struct cw_hosts *hosts);

/**
 * cw_trace_own_time - a server's own part of answering
 * @trace: built
 * @message: index of the message
 * @own: result: from reading the request to writing the response, less the time
 *	in which any message of its own was under way, ns
 * @children: result: that time, ns
 *
 * Return: false where the request's reading or the response's writing was not seen.
 * Context: any.
 */
bool cw_trace_own_time(const struct cw_trace *trace, s32 message, u64 *own, u64 *children);

#endif
