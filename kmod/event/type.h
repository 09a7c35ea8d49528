/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The plain values that events are made of.
 */
#ifndef CW_EVENT_TYPE_H
#define CW_EVENT_TYPE_H

#include <linux/bitops.h>
#include <linux/netdevice.h>
#include <linux/sched.h>

#include "base/net.h"
#include "lib/context.h"
#include "uapi/causeway.h"

/* So many sessions at a time; at most half of them from namespaces other than the initial one. */
#define CW_SESSIONS_MAX 8

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

/*
 * Both addresses, for a hash.  For IPv4 the result is the 8 bytes as they lie in a packet, so that
 * segment.c finds the set without a key.
 */
static __always_inline u64 cw_flow_key_addresses(const struct cw_flow_key *key)
{
	return key->word[0] ^ key->word[1] ^ rol64(key->word[2] ^ key->word[3], 32);
}

/* Both ports, for a hash. */
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
 * @context: the context of the bytes, which is traced: gives trace id and message
 * @net: the namespace that it happened in
 * @flow: of the packet or socket; NULL: none
 * @outer: flow around @flow, if the packet was seen inside of a tunnel's packet; NULL: none
 * @outer_id: short id of @outer; only definition.c sets it
 * @device: the device that the packet is at; NULL: none
 * @reason: of a drop: cw_event.detail becomes the id of its definition; NULL: none
 * @task: the thread; NULL: softirq or not known
 * @span: for cw_event.span or cw_event.detail
 * @ago: how long before now it happened, ns
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

#endif
