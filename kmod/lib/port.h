/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The headers, types and functions that the pure files in kmod/lib need.  Their builds in the
 * kernel and in user space differ in nothing else.  All functions: any context.
 */
#ifndef CW_PORT_H
#define CW_PORT_H

#ifdef __KERNEL__
#include <asm/byteorder.h>
#include <linux/types.h>
#include <linux/errno.h>
#include <linux/stddef.h>
#include <linux/string.h>
#else
#include <asm/byteorder.h>
#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
#endif

/* Read big-endian numbers at any address; gcc makes one instruction of each memcpy(). */
static __always_inline u16 cw_get_be16(const void *p)
{
	__be16 v;

	memcpy(&v, p, sizeof(v));
	return __be16_to_cpu(v);
}

static __always_inline u32 cw_get_be32(const void *p)
{
	__be32 v;

	memcpy(&v, p, sizeof(v));
	return __be32_to_cpu(v);
}

static __always_inline u64 cw_get_be64(const void *p)
{
	__be64 v;

	memcpy(&v, p, sizeof(v));
	return __be64_to_cpu(v);
}

/* Has the big-endian number at @p one of @bits? */
static __always_inline bool cw_test_be16(const void *p, u16 bits)
{
	__be16 v;

	memcpy(&v, p, sizeof(v));
	return v & __cpu_to_be16(bits);
}

static __always_inline void cw_put_be16(u16 value, void *p)
{
	__be16 v = __cpu_to_be16(value);

	memcpy(p, &v, sizeof(v));
}

/* Sequence space of TCP (RFC 9293, 3.4): comparison modulo 2^32. */
static inline bool cw_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool cw_after(u32 a, u32 b)
{
	return cw_before(b, a);
}

#endif
