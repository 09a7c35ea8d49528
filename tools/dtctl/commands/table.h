/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of commands, and how a command is found in it.
 */
#ifndef CW_TABLE_H
#define CW_TABLE_H

#include "../dtctl.h"

/**
 * cw_command_at() - the table
 * @index: from 0
 *
 * Return: NULL behind the last one.
 */
const struct cw_command *cw_command_at(size_t index);

/**
 * cw_command_find() - look a command up
 * @argc: of what follows the global options
 * @argv: of it
 * @used: result: words that named it
 *
 * An object with a verb "list" is listed when it stands alone.
 *
 * Return: NULL if there is none; it was said on stderr.
 */
const struct cw_command *cw_command_find(int argc, char **argv, int *used);

/* Whether any command has this object. */
bool cw_object_known(const char *object);

#endif
