/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of commands, and how a command is found in it.
 */
#ifndef CW_TABLE_H
#define CW_TABLE_H

#include "../dtctl.h"

/**
 * cw_command_at() - a command of the table
 * @index: from 0
 *
 * Return: the command; NULL behind the last one.
 */
const struct cw_command *cw_command_at(size_t index);

/**
 * cw_command_find() - look a command up
 * @argc: number of words behind the global options
 * @argv: these words
 * @used: result: how many of them named the command
 *
 * An object that has a verb "list" is listed when it stands alone.
 *
 * Return: the command; NULL if there is none, which was reported on stderr.
 */
const struct cw_command *cw_command_find(int argc, char **argv, int *used);

/* Whether any command has this object. */
bool cw_object_known(const char *object);

#endif
