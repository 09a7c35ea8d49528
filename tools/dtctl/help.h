/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Help for people and for completion, made from the table of commands.
 */
#ifndef CW_HELP_H
#define CW_HELP_H

#include <stdio.h>

#include "dtctl.h"

/* All commands, one line each. */
void cw_help_all(FILE *out);
/* All verbs of an object with their options. */
void cw_help_object(FILE *out, const char *object);
void cw_help_command(FILE *out, const struct cw_command *command);
/* "object verb: word word ...", for completion and tests. */
void cw_help_table(FILE *out);

#endif
