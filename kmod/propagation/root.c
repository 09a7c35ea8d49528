// SPDX-License-Identifier: GPL-2.0
/*
 * Traces begin here.  Process context, within a probe.
 */
#include "policy/policy.h"
#include "propagation/message.h"
#include "propagation/root.h"

bool cw_root_begin(const struct net *net, u8 side, u8 family, const u8 *remote, u16 port,
		   struct cw_context *out)
{
	if (!cw_policy_root(net, side, family, remote, port, current, out))
		return false;
	if (side == CW_SIDE_SERVER) {
		out->message = cw_message_new();
		out->span = cw_span_new();
	}
	return true;
}
