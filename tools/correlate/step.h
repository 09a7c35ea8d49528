/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Divides the time of one message into steps, each between two hops and with one cause.
 * A part of the time between two hops that has a cause of its own (a retransmission, the
 * receiver's window) is a step of its own.  Pure.
 */
#ifndef CW_STEP_H
#define CW_STEP_H

#include "trace.h"

/**
 * enum cw_part - what a step is a part of
 * @CW_PART_REQUEST: between two hops of the request
 * @CW_PART_OWN: in the server, from reading to writing, less its own messages
 * @CW_PART_CHILDREN: in the server, while its own messages were under way
 * @CW_PART_RESPONSE: between two hops of the response
 * @CW_PART_TRANSFER: from the first to the last byte of the response as read
 * @CW_PART_WHOLE: from writing the request to reading the response's last byte
 */
enum cw_part {
	CW_PART_REQUEST,
	CW_PART_OWN,
	CW_PART_CHILDREN,
	CW_PART_RESPONSE,
	CW_PART_TRANSFER,
	CW_PART_WHOLE,
};

/**
 * enum cw_cause - what takes the time
 * @CW_CAUSE_UNKNOWN: stages in between were not seen
 * @CW_CAUSE_SENDER: not yet sent: Nagle, congestion window, send buffer
 * @CW_CAUSE_WINDOW: the receiver's window is closed: its buffer is full
 * @CW_CAUSE_FAST: lost, until a fast retransmission
 * @CW_CAUSE_TIMEOUT: lost, until the retransmission timer
 * @CW_CAUSE_PROBE: lost, until a tail loss probe
 * @CW_CAUSE_HOLE: arrived, but what came before it was lost
 * @CW_CAUSE_STACK: IP, netfilter, routing, bridging, encapsulation
 * @CW_CAUSE_QDISC: in a queueing discipline
 * @CW_CAUSE_DRIVER: segmentation, the driver's lock
 * @CW_CAUSE_WIRE: the wire, or what is taken for one
 * @CW_CAUSE_BACKLOG: GRO, or the CPU's backlog
 * @CW_CAUSE_ORDER: TCP's receiving side up to the socket's queue
 * @CW_CAUSE_SCHEDULING: the reader did not run
 * @CW_CAUSE_APPLICATION: the application ran, and did not read or write
 * @CW_CAUSE_OTHERS: the application waited for others
 * @CW_CAUSE_TRANSFER: the rest of the response came
 */
enum cw_cause {
	CW_CAUSE_UNKNOWN,
	CW_CAUSE_SENDER,
	CW_CAUSE_WINDOW,
	CW_CAUSE_FAST,
	CW_CAUSE_TIMEOUT,
	CW_CAUSE_PROBE,
	CW_CAUSE_HOLE,
	CW_CAUSE_STACK,
	CW_CAUSE_QDISC,
	CW_CAUSE_DRIVER,
	CW_CAUSE_WIRE,
	CW_CAUSE_BACKLOG,
	CW_CAUSE_ORDER,
	CW_CAUSE_SCHEDULING,
	CW_CAUSE_APPLICATION,
	CW_CAUSE_OTHERS,
	CW_CAUSE_TRANSFER,
	__CW_CAUSE_MAX,
};
#define CW_CAUSE_MAX (__CW_CAUSE_MAX - 1)

/**
 * struct cw_place - a stage at a place, as far as it tells rows apart
 * @host: index; 0 where there is no device
 * @netns: short id; 0 where there is no device
 * @device: short id; 0: none
 * @stage: enum cw_stage
 * @protocol: IPPROTO_* where the stage is named after it; 0: TCP, or another stage
 */
struct cw_place {
	u16 host;
	u16 netns;
	u16 device;
	u8 stage;
	u8 protocol;
};

/**
 * struct cw_step - a part of a message's time
 * @part: enum cw_part
 * @cause: enum cw_cause
 * @backwards: times ran backwards; @ns is 0
 * @from: where it begins; all zero but for REQUEST and RESPONSE
 * @to: where it ends
 * @begin: hop that says its host and namespace, mostly where it begins; NULL: none
 * @end: hop that it ends at; NULL: none
 * @drop: where the lost copy died; NULL: none was lost, or that was not seen
 * @name: words for it; NULL: stages were not seen
 * @offset: ns from the direction's first hop to its beginning
 * @ns: how long it took
 */
struct cw_step {
	u8 part;
	u8 cause;
	bool backwards;
	struct cw_place from;
	struct cw_place to;
	const struct cw_hop *begin;
	const struct cw_hop *end;
	const struct cw_hop *drop;
	const char *name;
	u64 offset;
	u64 ns;
};

/**
 * typedef cw_step_visit - takes one step
 * @user: as given to cw_step_walk()
 * @step: gone afterwards
 */
typedef void (*cw_step_visit)(void *user, const struct cw_step *step);

/**
 * cw_step_walk - visit all steps of a message
 * @hosts: define the ids
 * @trace: built
 * @message: index of the message
 * @visit: called for each, but not for CW_PART_WHOLE, which is their sum
 * @user: handed to @visit
 *
 * Context: any.
 */
void cw_step_walk(const struct cw_hosts *hosts, const struct cw_trace *trace, s32 message,
		  cw_step_visit visit, void *user);

/**
 * cw_step_place - a hop's place
 * @hop: the hop
 *
 * The sockets' ends are in the path; only devices need their place.
 *
 * Return: the place.
 * Context: any.
 */
struct cw_place cw_step_place(const struct cw_hop *hop);

/**
 * cw_cause_key - a cause for programs
 * @cause: enum cw_cause
 *
 * Return: such as "qdisc"; "unknown" for a number that is no cause.
 * Context: any.
 */
const char *cw_cause_key(unsigned int cause);

/**
 * cw_cause_name - a cause for people, where it is the name of a step
 * @cause: enum cw_cause
 *
 * Return: such as "retransmission (timeout)"; NULL: the two stages give the name.
 * Context: any.
 */
const char *cw_cause_name(unsigned int cause);

#endif
