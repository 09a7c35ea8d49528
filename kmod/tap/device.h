/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taps of network devices.
 */
#ifndef CW_TAP_DEVICE_H
#define CW_TAP_DEVICE_H

#include "tap/tap.h"

extern const struct cw_tap_group cw_taps_device;

#endif
