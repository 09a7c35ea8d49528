/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slots: the histograms' counts, found by a key and a namespace.  For histogram.c, which makes the
 * keys and sees to it that slots exist while they are used.
 */
#ifndef CW_HISTOGRAM_SLOT_H
#define CW_HISTOGRAM_SLOT_H

#include "event/type.h"

/* They reach to 68 seconds; longer times count in the last bucket. */
#define CW_HISTOGRAM_BUCKETS (33 * 16)

/**
 * struct cw_histogram_info - one histogram
 * @flow: destination, its port, family and protocol: the server; all 0: "other"
 * @netns: short id of the namespace that the later stage is in
 * @cookie: of that namespace; 0: none
 * @ifindex: of the later stage's device; 0: none
 * @direction: 0 request, 1 response, CW_HISTOGRAM_DIRECTION_UNKNOWN
 * @from: enum cw_stage
 * @to: enum cw_stage; @from and @to are 0 for all steps that found no slot of their own
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

/* This bit is set in every key, so that none is 0 or RETIRED. */
#define CW_SLOT_KEY	(1ULL << 63)

/**
 * cw_slots_alloc() - make all slots, empty
 * @count: how many; the first one is for all values that find no slot of their own
 *
 * Return: 0, -ENOMEM: cw_slots_free() is to be called.
 * Context: process, serialised by the caller.
 */
int cw_slots_alloc(u32 count);

/* Frees the slots; no tap counts in any and none is copied.  Process context, caller serialises. */
void cw_slots_free(void);

/* How many slots there are; serialised with cw_slots_alloc() and cw_slots_free(). */
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
 * cw_slot_copy() - copy what a slot has counted
 * @index: of the slot
 * @key: result; 0 for the first slot
 * @out: zero before; cookie, sum, max and buckets are set
 *
 * Return: false: it has counted nothing, or its namespace is gone.
 * Context: process; slots exist.
 */
bool cw_slot_copy(u32 index, u64 *key, struct cw_histogram_info *out);

/* Retires the slots of a namespace that is gone.  Process context; slots exist. */
void cw_slots_retire(u64 cookie);

#endif
