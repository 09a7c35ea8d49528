/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The definitions of the short ids in events, as far as they have come.
 */
#ifndef CW_NAMES_H
#define CW_NAMES_H

#include <libcauseway.h>

struct cw_names;

struct cw_names *cw_names_new(void);
void cw_names_free(struct cw_names *names);

/* Keeps a definition, in place of an earlier one of the same id. Return: 0, -ENOMEM. */
int cw_names_add(struct cw_names *names, const union cw_record *record);

/* Return: the definition; NULL if there is none, or @id is 0. */
const struct cw_flow_def *cw_names_flow(const struct cw_names *names, uint32_t id);
const struct cw_task_def *cw_names_task(const struct cw_names *names, uint32_t id);
const struct cw_device_def *cw_names_device(const struct cw_names *names, uint32_t id);
const struct cw_netns_def *cw_names_netns(const struct cw_names *names, uint32_t id);
const struct cw_reason_def *cw_names_reason(const struct cw_names *names, uint32_t id);

#endif
