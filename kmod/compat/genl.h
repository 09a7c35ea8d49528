/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Generic netlink, as the newest kernel has it, on older ones.  Used by genl*.c only.
 */
#ifndef CW_COMPAT_GENL_H
#define CW_COMPAT_GENL_H

#include <net/genetlink.h>

/* Since 6.0 an error can name the attribute that is missing; before, the message has to do. */
#ifndef GENL_REQ_ATTR_CHECK
#define GENL_REQ_ATTR_CHECK(info, attr) (!(info)->attrs[attr])
#endif

/* Without it, anyone may listen to the ids and kinds of rules. */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define CW_MCGRP_ADMIN .flags = GENL_MCAST_CAP_NET_ADMIN
#else
#define CW_MCGRP_ADMIN
#endif

#endif
