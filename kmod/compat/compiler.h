/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes that kernels have not always had.
 */
#ifndef CW_COMPAT_COMPILER_H
#define CW_COMPAT_COMPILER_H

#include <linux/compiler.h>

/* Since 6.9, and in later releases of older ones: not set to zero by CONFIG_INIT_STACK_ALL_ZERO. */
#ifndef __uninitialized
#define __uninitialized
#endif

#endif
