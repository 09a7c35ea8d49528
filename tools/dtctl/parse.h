/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values as people write them.  Each function reads one value; where the value is wrong, it
 * says on stderr what would be right.
 *
 * Return: CW_EXIT_OK or CW_EXIT_USAGE.
 */
#ifndef CW_PARSE_H
#define CW_PARSE_H

#include <stdint.h>

#include <libcauseway.h>

/* A decimal number from @least to @most; @name is for the message. */
int cw_parse_number(const char *name, const char *text, uint64_t least, uint64_t most,
		    uint64_t *out);
/* 1 to 65535. */
int cw_parse_port(const char *text, uint16_t *out);
/* A thread or process id. */
int cw_parse_tid(const char *text, uint32_t *out);
/* 0 to 7. */
int cw_parse_class(const char *text, uint8_t *out);
/* "1%", "0.01", "1/100": in parts per million. */
int cw_parse_ratio(const char *text, uint32_t *out);
/* "100" or "100/s". */
int cw_parse_rate(const char *text, uint32_t *out);
/* "10", "10s", "500ms", "2m", "1h": in milliseconds. */
int cw_parse_duration(const char *text, uint64_t *out);
/* A directory of the cgroup v2 hierarchy, with or without its mount point: its id. */
int cw_parse_cgroup(const char *text, uint64_t *out);
/* "send,recv": bits 1 << enum cw_stage. */
int cw_parse_stages(const char *text, uint32_t *out);
int cw_parse_trace_id(const char *text, uint8_t out[CW_TRACE_ID_LEN]);
int cw_parse_traceparent(const char *text, struct cw_task_context *out);

#endif
