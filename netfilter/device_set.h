/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The addresses of all network devices.
 */
#ifndef CW_DEVICE_SET_H
#define CW_DEVICE_SET_H

#include <linux/netdevice.h>

/**
 * cw_device_set_init() - learn which devices there are, from now on
 *
 * A packet that is dropped may have anything in skb->dev: where it was queued, its socket's
 * or its discipline's own data are kept in that place.
 *
 * Return: 0, -errno.
 * Context: process; takes pernet_ops_rwsem and the RTNL.
 */
int cw_device_set_init(void);
void cw_device_set_exit(void);

/* Is this the address of a device?  RCU read lock; it then stays one until that ends. */
bool cw_device_set_has(const struct net_device *device);

#endif
