/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The set of all network devices' addresses.
 */
#ifndef CW_DEVICE_SET_H
#define CW_DEVICE_SET_H

#include <linux/netdevice.h>

/**
 * cw_device_set_init() - begin to keep the set
 *
 * It is needed for packets that are dropped, which may have other data in place of skb->dev: a
 * socket or a queueing discipline that had the packet queued keeps its own there.
 *
 * Return: 0, -errno.
 * Context: process; takes pernet_ops_rwsem and the RTNL.
 */
int cw_device_set_init(void);
void cw_device_set_exit(void);

/* Is this the address of a device?  RCU read lock; the device stays until the read section ends. */
bool cw_device_set_has(const struct net_device *device);

#endif
