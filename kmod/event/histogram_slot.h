/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slots: the histograms' counts, by a key and the namespace that it is in.  For histogram.c,
 * which knows what the keys mean and sees to it that slots exist while they are used.
 */
#ifndef CW_SLOT_H
#define CW_SLOT_H

#include "event/histogram.h"

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
