/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taps of tasks.
 */
#ifndef CW_TAP_TASK_H
#define CW_TAP_TASK_H

#include "tap/tap.h"

extern const struct cw_tap_group cw_taps_task;

#endif
