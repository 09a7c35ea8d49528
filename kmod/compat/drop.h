/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of the reasons that kernels give for dropping a packet (since 5.17).
 */
#ifndef CW_COMPAT_DROP_H
#define CW_COMPAT_DROP_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 0, 0)
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#include <net/dropreason-core.h>
#else
#include <net/dropreason.h>
#endif

/**
 * cw_drop_name() - the kernel's name of a reason
 * @reason: enum skb_drop_reason
 *
 * Return: the name without its prefix; "" if there is no reason, or it is another subsystem's.
 * Context: any.
 */
static inline const char *cw_drop_name(unsigned int reason)
{
#define CW_DROP_NAME(name) \
	[SKB_DROP_REASON_##name] = #name,
#define CW_DROP_NONE(name)
	static const char *const names[] = {
		DEFINE_DROP_REASON(CW_DROP_NAME, CW_DROP_NONE)
	};
#undef CW_DROP_NAME
#undef CW_DROP_NONE

	if (reason == SKB_DROP_REASON_NOT_SPECIFIED || reason >= ARRAY_SIZE(names))
		return "";
	return names[reason] ?: "";
}
#else
static inline const char *cw_drop_name(unsigned int reason)
{
	return "";
}
#endif

#endif
