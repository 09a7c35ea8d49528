/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks of each kind, for tests: values on the caller's stack.
 */
#ifndef CW_MARKS_BUILD_H
#define CW_MARKS_BUILD_H

#include "marks.h"

static inline struct cw_mark nobody(u32 start, unsigned int run)
{
	return (struct cw_mark){ .start = start, .sure_end = start, .run = (u8)run };
}

static inline struct cw_mark ctx(u32 start, unsigned int run, u64 message)
{
	struct cw_mark mark = nobody(start, run);

	mark.context.flags = CW_CTX_VALID;
	mark.context.message = message;
	return mark;
}

static inline struct cw_mark boundary(u32 start, unsigned int run)
{
	struct cw_mark mark = nobody(start, run);

	mark.flags = CW_MARK_BOUNDARY;
	return mark;
}

static inline struct cw_mark cut(u32 start)
{
	struct cw_mark mark = nobody(start, CW_RUN_LOCAL);

	mark.flags = CW_MARK_CUT;
	return mark;
}

#endif
