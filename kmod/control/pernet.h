/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Follows network namespaces that are made and that go away.
 */
#ifndef CW_PERNET_H
#define CW_PERNET_H

/* Process context.  Return: 0 or an error of register_pernet_subsys(). */
int cw_pernet_init(void);
void cw_pernet_exit(void);

#endif
