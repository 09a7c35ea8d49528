// SPDX-License-Identifier: GPL-2.0
/*
 * Set-up and unwinding, in reverse.  Two levels: the module (loaded, nothing in
 * the packet path) and the taps (with the first rule of policy, until the last).
 */
#include <linux/module.h>

#include "../netfilter/packet.h"
#include "avoid.h"
#include "channel.h"
#include "datagram.h"
#include "event.h"
#include "genl.h"
#include "histogram.h"
#include "message.h"
#include "netns.h"
#include "policy.h"
#include "sock.h"
#include "tap/tap.h"
#include "task.h"

int cw_taps_get(struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&cw_policy_mutex);
	err = cw_taps_register(extack);
	if (err)
		return err;
	cw_task_open();
	cw_sock_open();
	cw_datagram_open();
	cw_channel_open();
	cw_histogram_open();
	return 0;
}

/*
 * The hooks are unregistered by now.  No state is made any more; then, while
 * tcp_destroy_sock still tells which sockets go away, those that are left get their
 * MSS back and lose their state; then the last taps go.
 */
void cw_taps_put(void)
{
	lockdep_assert_held(&cw_policy_mutex);
	cw_sock_close();
	cw_taps_unregister(false);
	synchronize_net();
	cw_sock_release_all();
	cw_sock_free_all();
	cw_taps_unregister(true);
	cw_histogram_close();
	cw_task_close();
	cw_datagram_close();
	cw_channel_close();
	cw_avoid_clear();
	rcu_barrier();
}

static int __init causeway_init(void)
{
	int err;

	cw_spans_init();
	cw_packet_init();
	err = cw_event_init(&cw_genl_family);
	if (err)
		return err;
	err = cw_task_init();
	if (err)
		goto no_task;
	err = cw_sock_init();
	if (err)
		goto no_sock;
	err = cw_netns_init();
	if (err)
		goto no_net;
	err = cw_devices_init();
	if (err)
		goto no_devices;
	err = cw_taps_init();
	if (err)
		goto no_taps;
	err = cw_genl_init();
	if (err)
		goto no_genl;
	return 0;
no_genl:
	cw_taps_exit();
no_taps:
	cw_devices_exit();
no_devices:
	cw_netns_exit();
no_net:
	cw_sock_exit();
no_sock:
	cw_task_destroy();
no_task:
	cw_event_exit();
	return err;
}

static void __exit causeway_exit(void)
{
	const struct cw_selection all = { .host = true };

	cw_genl_exit();
	cw_taps_exit();
	cw_policy_delete(&all);
	cw_devices_exit();
	cw_netns_exit();
	cw_sock_exit();
	cw_task_destroy();
	cw_event_exit();
}

module_init(causeway_init);
module_exit(causeway_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Causeway: metadata propagation and stage tracing of TCP across hosts");
MODULE_VERSION(CW_VERSION);
