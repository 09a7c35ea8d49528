/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic netlink family of uapi/causeway.h.  The other files of this folder have its
 * commands, which translate between netlink messages and calls of the layers below.
 *
 * Commands run in process context, several at once (parallel_ops), with genl's own
 * lock held for reading; they take cw_control_mutex and cw_policy_mutex through the layers below.
 */
#ifndef CW_GENL_H
#define CW_GENL_H

/* Register and unregister the family.  Process context, no lock held. */
int cw_genl_init(void);
void cw_genl_exit(void);

#endif
