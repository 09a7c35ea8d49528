// SPDX-License-Identifier: GPL-2.0
/*
 * Registers netfilter hooks in the namespaces that policy concerns.  Those that a strip rule
 * concerns also have the hooks of forwarded packets.  Under cw_policy_mutex.
 */
#include "control/hooks.h"
#include "netfilter/hook.h"
#include "policy/rule.h"

/* How many namespaces have hooks; under cw_policy_mutex. */
static u32 hooked;

static int edge_refresh(struct cw_net *cn)
{
	bool wanted = cw_policy_strips(cn->net);
	int err;

	if (wanted == cn->edge)
		return 0;
	if (wanted) {
		err = cw_edge_hooks_register(cn->net);
		if (err)
			return err;
	}
	WRITE_ONCE(cn->edge, wanted);
	if (!wanted)
		cw_edge_hooks_unregister(cn->net);
	return 0;
}

static int ends_refresh(struct cw_net *cn)
{
	bool wanted = cw_policy_concerns(cn->net);
	int err = 0;

	if (wanted == cn->active)
		return 0;
	if (wanted) {
		err = cw_hooks_register(cn->net);
		if (err)
			return err;
		WRITE_ONCE(hooked, hooked + 1);
	}
	WRITE_ONCE(cn->active, wanted);
	if (!wanted) {
		cw_hooks_unregister(cn->net);
		WRITE_ONCE(hooked, hooked - 1);
	}
	return 0;
}

int cw_hooks_refresh(struct cw_net *cn)
{
	int err, e;

	lockdep_assert_held(&cw_policy_mutex);
	err = ends_refresh(cn);
	e = edge_refresh(cn);
	return err ? err : e;
}

void cw_hooks_remove(struct cw_net *cn)
{
	lockdep_assert_held(&cw_policy_mutex);
	if (cn->active) {
		WRITE_ONCE(cn->active, false);
		cw_hooks_unregister(cn->net);
		WRITE_ONCE(hooked, hooked - 1);
	}
	if (cn->edge) {
		WRITE_ONCE(cn->edge, false);
		cw_edge_hooks_unregister(cn->net);
	}
}

u32 cw_hooks_count(void)
{
	return READ_ONCE(hooked);
}
