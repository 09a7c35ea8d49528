// SPDX-License-Identifier: GPL-2.0
/*
 * The place of our state among what subsystems keep of a network namespace.
 */
#include "base/net.h"

unsigned int cw_net_id;
