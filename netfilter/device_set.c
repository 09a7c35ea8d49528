// SPDX-License-Identifier: GPL-2.0
/*
 * The set of all devices' addresses.  A notifier keeps it under the RTNL; it is read under RCU: a
 * device is taken out before the grace period that its unregistration waits for.
 */
#include <linux/hashtable.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "netfilter/device_set.h"

#define DEVICE_BITS 8

struct known {
	struct hlist_node node;
	struct rcu_head rcu;
	const struct net_device *device;
};

static DEFINE_HASHTABLE(devices, DEVICE_BITS);

static struct known *find_device(const struct net_device *device)
{
	struct known *known;

	hash_for_each_possible_rcu(devices, known, node, (unsigned long)device,
				   lockdep_rtnl_is_held())
		if (known->device == device)
			return known;
	return NULL;
}

bool cw_device_set_has(const struct net_device *device)
{
	return find_device(device);
}

/* Without memory the device stays unknown, and events of drops there name no device. */
static void add_device(const struct net_device *device)
{
	struct known *known;

	if (find_device(device))
		return;
	known = kmalloc(sizeof(*known), GFP_KERNEL);
	if (!known)
		return;
	known->device = device;
	hash_add_rcu(devices, &known->node, (unsigned long)device);
}

static void remove_device(const struct net_device *device)
{
	struct known *known = find_device(device);

	if (!known)
		return;
	hash_del_rcu(&known->node);
	kfree_rcu(known, rcu);
}

/* Also called for each existing device when the notifier is registered and unregistered. */
static int device_event(struct notifier_block *block, unsigned long event, void *data)
{
	const struct net_device *device = netdev_notifier_info_to_dev(data);

	if (event == NETDEV_REGISTER)
		add_device(device);
	else if (event == NETDEV_UNREGISTER)
		remove_device(device);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = device_event };

int cw_device_set_init(void)
{
	return register_netdevice_notifier(&notifier);
}

void cw_device_set_exit(void)
{
	unregister_netdevice_notifier(&notifier);
	rcu_barrier();
}
