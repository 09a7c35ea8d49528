/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks of each kind, for tests: values on the caller's stack.
 */
#ifndef CW_MARKS_BUILD_H
#define CW_MARKS_BUILD_H

#include "runs.h"

static inline struct cw_run nobody(u32 start, unsigned int run)
{
	return (struct cw_run){ .start = start, .sure_end = start, .number = (u8)run };
}

static inline struct cw_run ctx(u32 start, unsigned int run, u64 message)
{
	struct cw_run mark = nobody(start, run);

	mark.context.flags = CW_CTX_VALID;
	mark.context.message = message;
	return mark;
}

static inline struct cw_run boundary(u32 start, unsigned int run)
{
	struct cw_run mark = nobody(start, run);

	mark.flags = CW_RUN_BOUNDARY;
	return mark;
}

static inline struct cw_run cut(u32 start)
{
	struct cw_run mark = nobody(start, CW_RUN_LOCAL);

	mark.flags = CW_RUN_CUT;
	return mark;
}

#endif
