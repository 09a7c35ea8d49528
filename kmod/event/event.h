/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events: records of stages into per-CPU rings, from there in batches to sessions.
 * Below all other layers: calls nobody back.  Nothing is built when nobody listens.
 */
#ifndef CW_EVENT_H
#define CW_EVENT_H

#include <linux/bitops.h>
#include <linux/hash.h>
#include <linux/jump_label_ratelimit.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <net/genetlink.h>

#include "lib/context.h"
#include "uapi/causeway.h"

struct cw_net;

/* Readers at a time; half of them at most from other namespaces than the initial one. */
#define CW_SESSIONS_MAX 8

/*
 * On while there are histograms, a session is open or was a moment ago, or a TRACE_EVENT of ours
 * may be.  To switch it patches code on all CPUs: sessions that open and close in a loop do not.
 */
extern struct static_key_false_deferred cw_event_key;

/* On while one of the TRACE_EVENTs may be. */
DECLARE_STATIC_KEY_FALSE(cw_trace_key);

/* Cheap gate for callers: is anyone interested? */
static inline bool cw_event_wanted(void)
{
	return static_branch_unlikely(&cw_event_key.key);
}

/**
 * struct cw_flow_key - one direction of a connection, as the packet or socket has it
 * @source: network order; IPv4 in the first 4 bytes, rest zero
 * @source_port: host order
 * @role: CW_ROLE_*
 * @protocol: IPPROTO_*
 * @tunnel: CW_TUNNEL_*
 * @word: all of it
 *
 * No padding: it is hashed and compared as a whole.
 */
struct cw_flow_key {
	union {
		struct {
			u8 source[16];
			u8 destination[16];
			u16 source_port;
			u16 destination_port;
			u8 family;
			u8 role;
			u8 protocol;
			u8 tunnel;
		};
		u64 word[5];
	};
};

static __always_inline bool cw_flow_key_equal(const struct cw_flow_key *a, const struct cw_flow_key *b)
{
	return !((a->word[0] ^ b->word[0]) | (a->word[1] ^ b->word[1]) |
		 (a->word[2] ^ b->word[2]) | (a->word[3] ^ b->word[3]) |
		 (a->word[4] ^ b->word[4]));
}

/* For a hash: of IPv4 both, as they lie beside each other in a packet. */
static __always_inline u64 cw_flow_key_addresses(const struct cw_flow_key *key)
{
	return key->word[0] ^ key->word[1] ^ rol64(key->word[2] ^ key->word[3], 32);
}

/* The same. */
static __always_inline u32 cw_flow_key_ports(const struct cw_flow_key *key)
{
	return (u32)key->source_port << 16 | key->destination_port;
}

/**
 * struct cw_drop - why and where the kernel dropped a packet
 * @reason: enum skb_drop_reason of the running kernel; 0: it gives none
 * @location: return address of the function that dropped it
 */
struct cw_drop {
	u32 reason;
	unsigned long location;
};

/**
 * struct cw_stage_info - what happened, as a tap saw it
 * @context: whose bytes: trace id and message are taken from it; traced
 * @net: where
 * @flow: of the packet or socket; NULL: none
 * @outer: flow around @flow, where the packet was seen inside a tunnel's; NULL: none
 * @outer_id: its short id; for the definition's use
 * @device: NULL: none
 * @reason: of a drop: cw_event.detail becomes the id of its definition; NULL: none
 * @task: who; NULL: softirq or not known
 * @span: for cw_event.span, or detail
 * @ago: ns that it happened before now
 * @seq: first byte
 * @length: bytes
 * @stage: enum cw_stage
 * @flags: CW_EVENT_*
 */
struct cw_stage_info {
	const struct cw_context *context;
	struct cw_net *net;
	const struct cw_flow_key *flow;
	const struct cw_flow_key *outer;
	const struct net_device *device;
	const struct cw_drop *reason;
	struct task_struct *task;
	u64 span;
	u64 ago;
	u32 seq;
	u32 length;
	u32 outer_id;
	u8 stage;
	u8 flags;
};

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

/* The same, for who has told the histograms. */
void cw_event_record(const struct cw_stage_info *info);

/**
 * struct cw_filter - what a session wants to see; zero: everything
 * @trace_id: only this trace, if @by_trace_id
 * @by_trace_id: @trace_id counts, even if it is zero
 * @netns_cookie: only of this namespace; set for an owner that may see one only
 * @tid: only of this thread, or of the threads of this process; so nothing from softirq
 * @port: only of flows that have this port at either end, host order
 * @stages: only of these, bit 1 << enum cw_stage
 *
 * A session is given the definitions of the ids in the events that it is given, no others.
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
 * cw_session_prepare() - set up a session that gets nothing yet
 * @net: namespace of the reader's netlink socket
 * @portid: of the reader's netlink socket
 * @filter: copied
 * @id: result, session id from 1
 * @extack: says why not
 *
 * The reader is told the id first, then cw_session_start() is called: else the batches
 * could fill its queue before the reply.
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
 * cw_session_close() - flush what the session is owed, then end it
 * @net: namespace of the caller's socket
 * @portid: of the caller's socket; a session ends only by its own socket
 * @id: which
 * @stats: final numbers; produced == sent + dropped
 *
 * The last batches may fill the caller's queue so that the reply does not fit: closing
 * again, after having read, gives the same numbers again, until the socket is closed.
 *
 * Return: 0, -ENOENT.
 * Context: process.
 */
int cw_session_close(struct net *net, u32 portid, u32 id, struct cw_session_stats *stats);

/* Copies at most @max; returns how many sessions there are.  Process context. */
unsigned int cw_session_list(struct cw_session_stats *out, unsigned int max);

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

/**
 * cw_event_net_exit() - a network namespace goes away
 * @net: which; its short id is another one's afterwards
 *
 * Ends the sessions that watch it, and forgets all that bears its name: definitions, memos,
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
