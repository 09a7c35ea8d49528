/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Macros of generic netlink that older kernels lack.  Only kmod/genl uses them.
 */
#ifndef CW_COMPAT_GENL_H
#define CW_COMPAT_GENL_H

#include <net/genetlink.h>

/* Since 6.0 an error can name the missing attribute; before, only the message text names it. */
#ifndef GENL_REQ_ATTR_CHECK
#define GENL_REQ_ATTR_CHECK(info, attr) (!(info)->attrs[attr])
#endif

/* On kernels without this flag any process may listen to the ids and kinds of rules. */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define CW_MCGRP_ADMIN .flags = GENL_MCAST_CAP_NET_ADMIN
#else
#define CW_MCGRP_ADMIN
#endif

#endif
