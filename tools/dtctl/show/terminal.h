/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The size of the terminal.  One thread.
 */
#ifndef CW_TERMINAL_H
#define CW_TERMINAL_H

/* Return: columns, as COLUMNS or the terminal says; 0 where neither does. */
unsigned int cw_terminal_columns(void);

#endif
