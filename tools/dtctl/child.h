/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command that runs while a session is open.
 */
#ifndef CW_CHILD_H
#define CW_CHILD_H

#include <sys/types.h>

/* Starts the command. Return: its process id, or negative errno. */
pid_t cw_child_start(char **argv);
/* Return: -1 while the command runs; else its exit code, as a shell gives it. */
int cw_child_poll(pid_t pid);

#endif
