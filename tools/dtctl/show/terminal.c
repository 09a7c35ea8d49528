// SPDX-License-Identifier: GPL-2.0
/*
 * The terminal's width.  One thread.
 */
#include "terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

unsigned int cw_terminal_columns(void)
{
	const char *said = getenv("COLUMNS");
	struct winsize size = { 0 };
	unsigned long columns = said ? strtoul(said, NULL, 10) : 0;

	if (!columns && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		columns = size.ws_col;
	return columns < 1u << 20 ? (unsigned int)columns : 1u << 20;
}
