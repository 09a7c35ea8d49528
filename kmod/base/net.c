// SPDX-License-Identifier: GPL-2.0
/*
 * The key under which a network namespace keeps our state.
 */
#include "base/net.h"

unsigned int cw_net_id;
