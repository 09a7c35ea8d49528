/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes that kernels have not always had.
 */
#ifndef CW_COMPAT_COMPILER_H
#define CW_COMPAT_COMPILER_H

#include <linux/compiler.h>

/* CONFIG_INIT_STACK_ALL_ZERO does not zero such a variable; since 6.9, and in stable releases. */
#ifndef __uninitialized
#define __uninitialized
#endif

#endif
