/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the terminal has room for.  One thread.
 */
#ifndef CW_TERMINAL_H
#define CW_TERMINAL_H

/* Columns, as COLUMNS or the terminal has it. Return: 0 where neither says. */
unsigned int cw_terminal_columns(void);

#endif
