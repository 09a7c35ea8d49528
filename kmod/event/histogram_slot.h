/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slots: the histograms' counts, by a key and the namespace that it is in.  For histogram.c,
 * which knows what the keys mean and sees to it that slots exist while they are used.
 */
#ifndef CW_HISTOGRAM_SLOT_H
#define CW_HISTOGRAM_SLOT_H

#include "event/type.h"

/* 68 seconds; what takes longer counts in the last one. */
#define CW_HISTOGRAM_BUCKETS (33 * 16)

/**
 * struct cw_histogram_info - one histogram
 * @flow: destination, its port, family and protocol: the server; all 0: "other"
 * @netns: short id: where the later stage is
 * @cookie: of that namespace; 0: of none
 * @ifindex: of the later stage's device; 0: none
 * @direction: 0 request, 1 response, CW_HISTOGRAM_DIRECTION_UNKNOWN
 * @from: enum cw_stage
 * @to: enum cw_stage; both 0: what found no room of its own
 * @sum: ns
 * @max: ns
 * @bucket: counts
 */
struct cw_histogram_info {
	struct cw_flow_key flow;
	u64 cookie;
	u16 netns;
	u32 ifindex;
	u8 direction;
	u8 from;
	u8 to;
	u64 sum;
	u64 max;
	u64 bucket[CW_HISTOGRAM_BUCKETS];
};

/* Of every key. */
#define CW_SLOT_KEY	(1ULL << 63)

/**
 * cw_slots_alloc() - make them, all empty
 * @count: how many; the first is for all that finds none
 *
 * Return: 0, -ENOMEM: cw_slots_free() is to be called.
 * Context: process, serialised by the caller.
 */
int cw_slots_alloc(u32 count);

/* No tap counts and no reader copies any more.  Process context, serialised by the caller. */
void cw_slots_free(void);

/* How many there are; serialised with the two above. */
u32 cw_slots_count(void);

/**
 * cw_slot_add() - count a value
 * @key: of the histogram; has CW_SLOT_KEY
 * @cookie: of its namespace
 * @value: ns
 *
 * Context: any but NMI; RCU read lock, or within a tap or a hook.
 */
void cw_slot_add(u64 key, u64 cookie, u64 value);

/**
 * cw_slot_copy() - what a slot has counted
 * @index: of the slot
 * @key: result; 0: it is the first
 * @out: zero; cookie, sum, max and buckets are set
 *
 * Return: false: nothing, or its namespace is gone.
 * Context: process; slots exist.
 */
bool cw_slot_copy(u32 index, u64 *key, struct cw_histogram_info *out);

/* A namespace is gone: its slots are shown no more.  Process context; slots exist. */
void cw_slots_retire(u64 cookie);

#endif
