/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside libcauseway: values of the attributes of a reply.  Not installed.
 */
#ifndef CW_ATTR_H
#define CW_ATTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netlink/attr.h>

/* Return: the value of an attribute; 0 or "" if it is absent. */
uint8_t cw_attr_u8(struct nlattr *const *attrs, int type);
uint16_t cw_attr_u16(struct nlattr *const *attrs, int type);
uint32_t cw_attr_u32(struct nlattr *const *attrs, int type);
uint64_t cw_attr_u64(struct nlattr *const *attrs, int type);
void cw_attr_string(struct nlattr *const *attrs, int type, char *out, size_t size);
/* Return: false if it is absent or not @size bytes; @out is untouched then. */
bool cw_attr_bytes(struct nlattr *const *attrs, int type, void *out, size_t size);

#endif
