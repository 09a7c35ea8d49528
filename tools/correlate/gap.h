/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words for what happens between two neighbouring hops.  Pure.
 */
#ifndef CW_GAP_H
#define CW_GAP_H

#include <netinet/in.h>

#include "trace.h"

static inline bool cw_hop_is_icmp(const struct cw_hop *hop)
{
	return hop->protocol == IPPROTO_ICMP || hop->protocol == IPPROTO_ICMPV6;
}

/* Whether the hops are an echo request and its answer, which the kernel gives without a process. */
bool cw_gap_is_answer(const struct cw_hop *from, const struct cw_hop *to);

/**
 * cw_gap_name - what takes the time between two hops
 * @hosts: define the devices
 * @from: a hop
 * @to: the next one of its chain
 *
 * Return: words for it, or NULL where stages between the two were not seen.
 * Context: any.
 */
const char *cw_gap_name(const struct cw_hosts *hosts, const struct cw_hop *from,
			const struct cw_hop *to);

/**
 * cw_stage_name - a stage's name
 * @stage: enum cw_stage
 *
 * Return: such as "tcp_out"; "unknown" for a number that is no stage.
 * Context: any.
 */
const char *cw_stage_name(u8 stage);

/**
 * cw_stage_label - a stage's name for a protocol
 * @stage: enum cw_stage
 * @protocol: IPPROTO_*; 0: TCP
 *
 * Return: the name with the protocol in it, such as "udp_out"; else that of cw_stage_name().
 * Context: any.
 */
const char *cw_stage_label(u8 stage, u8 protocol);

/**
 * cw_hop_device - the name of a hop's device
 * @hosts: define the devices
 * @hop: the hop
 *
 * Return: the name; "" where it has none; "?" where its definition was lost.
 * Context: any.
 */
const char *cw_hop_device(const struct cw_hosts *hosts, const struct cw_hop *hop);

#endif
