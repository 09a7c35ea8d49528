/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Includes get_unaligned() and put_unaligned(), whose header moved in 6.12.
 */
#ifndef CW_COMPAT_UNALIGNED_H
#define CW_COMPAT_UNALIGNED_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#endif
