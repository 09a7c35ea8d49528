// SPDX-License-Identifier: GPL-2.0
/*
 * Reads values of attributes.  An absent one has a default: a newer module may leave out
 * an attribute that an older client asks for.  Sizes were checked by the policy in handle.c.
 */
#include "attr.h"

#include <string.h>

uint8_t cw_attr_u8(struct nlattr *const *attrs, int type)
{
	return attrs[type] ? nla_get_u8(attrs[type]) : 0;
}

uint16_t cw_attr_u16(struct nlattr *const *attrs, int type)
{
	return attrs[type] ? nla_get_u16(attrs[type]) : 0;
}

uint32_t cw_attr_u32(struct nlattr *const *attrs, int type)
{
	return attrs[type] ? nla_get_u32(attrs[type]) : 0;
}

uint64_t cw_attr_u64(struct nlattr *const *attrs, int type)
{
	return attrs[type] ? nla_get_u64(attrs[type]) : 0;
}

void cw_attr_string(struct nlattr *const *attrs, int type, char *out, size_t size)
{
	out[0] = '\0';
	if (attrs[type])
		nla_strlcpy(out, attrs[type], size);
}

bool cw_attr_bytes(struct nlattr *const *attrs, int type, void *out, size_t size)
{
	if (!attrs[type] || (size_t)nla_len(attrs[type]) != size)
		return false;
	memcpy(out, nla_data(attrs[type]), size);
	return true;
}
