/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside libcauseway: the public header, and the mark of a function that the shared library
 * exports.  Not installed.
 */
#ifndef CW_PRIVATE_H
#define CW_PRIVATE_H

#include "libcauseway.h"

#define CW_EXPORT __attribute__((visibility("default")))

#endif
