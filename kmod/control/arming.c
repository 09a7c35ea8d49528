// SPDX-License-Identifier: GPL-2.0
/*
 * Taps and their tables come and go together, in an order that lets no table outlive what keeps
 * it true; and not too often.  All under cw_control_mutex; what the status shows is read without.
 */
#include <linux/jiffies.h>
#include <linux/module.h>

#include "control/arming.h"
#include "control/taps.h"
#include "event/histogram.h"
#include "policy/rule.h"
#include "state/backoff.h"
#include "state/channel.h"
#include "state/datagram.h"
#include "state/sock.h"
#include "state/sock_table.h"
#include "state/task.h"

/* So often may they come in that time; then they stay for a while. */
#define OFTEN		4
#define OFTEN_WITHIN	(30 * HZ)

static unsigned int taps_keep_ms = 10000;
module_param(taps_keep_ms, uint, 0644);
MODULE_PARM_DESC(taps_keep_ms,
		 "how long taps stay after the last rule, where they come often (default 10000)");

static bool armed;
/* When they came, the last of each place; and how often in all. */
static unsigned long armed_at[OFTEN];
static u32 armed_count;

static bool kept;
static unsigned long kept_until;

int cw_arm(struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&cw_control_mutex);
	WRITE_ONCE(kept, false);
	if (armed)
		return 0;
	armed_at[armed_count++ % OFTEN] = jiffies;
	err = cw_taps_register(extack);
	if (err)
		return err;
	cw_task_open();
	cw_sock_open();
	cw_datagram_open();
	cw_channel_open();
	cw_histogram_open();
	armed = true;
	return 0;
}

/*
 * No state is made any more; then, while the last taps still tell which sockets and tasks go
 * away, those that are left lose their state, sockets after they got their MSS back; then these
 * taps go, and the tables whose entries do not point to anything.
 */
void cw_disarm(void)
{
	lockdep_assert_held(&cw_control_mutex);
	if (!armed)
		return;
	armed = false;
	WRITE_ONCE(kept, false);
	cw_sock_close();
	cw_taps_unregister(false);
	synchronize_net();
	cw_sock_release_all();
	cw_sock_free_all();
	cw_task_close();
	cw_taps_unregister(true);
	cw_histogram_close();
	cw_datagram_close();
	cw_channel_close();
	cw_backoff_clear();
	rcu_barrier();
}

static bool is_often(void)
{
	/* The place that is written next has the oldest. */
	return armed_count >= OFTEN &&
	       time_before(jiffies, armed_at[armed_count % OFTEN] + OFTEN_WITHIN);
}

unsigned long cw_arming_keep(void)
{
	unsigned long now = jiffies;

	lockdep_assert_held(&cw_control_mutex);
	if (!armed)
		return 0;
	if (!kept && is_often() && READ_ONCE(taps_keep_ms)) {
		WRITE_ONCE(kept_until, now + msecs_to_jiffies(READ_ONCE(taps_keep_ms)));
		WRITE_ONCE(kept, true);
	}
	return kept && time_before(now, kept_until) ? kept_until - now : 0;
}

bool cw_taps_kept(u32 *ms)
{
	unsigned long until = READ_ONCE(kept_until), now = jiffies;

	*ms = time_before(now, until) ? jiffies_to_msecs(until - now) : 0;
	return READ_ONCE(kept);
}
