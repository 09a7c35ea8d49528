// SPDX-License-Identifier: GPL-2.0
/*
 * Registers and unregisters taps together with the tables that they fill, in such an order that a
 * table is empty before the taps that remove its entries go; and sees to it that this does not
 * happen too often.  Under cw_control_mutex; the status is read without it.
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

/* If taps were registered OFTEN times within OFTEN_WITHIN they stay for a while after that. */
#define OFTEN		4
#define OFTEN_WITHIN	(30 * HZ)

static unsigned int taps_keep_ms = 10000;
module_param(taps_keep_ms, uint, 0644);
MODULE_PARM_DESC(taps_keep_ms,
		 "how long taps stay after the last rule, where they come often (default 10000)");

static bool armed;
/* When taps were registered, the last OFTEN times; and how often in all. */
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
 * First no new state is made.  While the "last" taps still report sockets and tasks that go away,
 * sockets get their MSS back, and all sockets and tasks lose their state.  Then these taps go, and
 * with them the tables whose entries point to no object.
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
	/* The place that is written next has the oldest time. */
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
