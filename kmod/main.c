// SPDX-License-Identifier: GPL-2.0
/*
 * Sets the module up, and unwinds it in reverse order.  Without a rule it has nothing in the packet
 * path: taps and hooks come with the first rule (control/arming.c).
 */
#include <linux/module.h>

#include "control/pernet.h"
#include "control/rules.h"
#include "event/event.h"
#include "genl/genl.h"
#include "genl/request.h"
#include "netfilter/device_set.h"
#include "netfilter/layers.h"
#include "propagation/message.h"
#include "state/sock.h"
#include "state/sock_table.h"
#include "state/task.h"

static int __init causeway_init(void)
{
	int err;

	cw_spans_init();
	cw_layers_init();
	err = cw_event_init(&cw_genl_family);
	if (err)
		return err;
	err = cw_task_init();
	if (err)
		goto no_task;
	err = cw_sock_init();
	if (err)
		goto no_sock;
	err = cw_pernet_init();
	if (err)
		goto no_net;
	err = cw_device_set_init();
	if (err)
		goto no_devices;
	err = cw_rules_init();
	if (err)
		goto no_control;
	err = cw_genl_init();
	if (err)
		goto no_genl;
	return 0;
no_genl:
	cw_rules_exit();
no_control:
	cw_device_set_exit();
no_devices:
	cw_pernet_exit();
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
	cw_genl_exit();
	cw_rules_exit();
	cw_device_set_exit();
	cw_pernet_exit();
	cw_sock_exit();
	cw_task_destroy();
	cw_event_exit();
}

module_init(causeway_init);
module_exit(causeway_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Causeway: metadata propagation and stage tracing of TCP across hosts");
MODULE_VERSION(CW_VERSION);
