/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A walk over a command's arguments.  It knows the options that the command declares, so
 * that usage, completion and parser cannot differ.
 */
#ifndef CW_ARGS_H
#define CW_ARGS_H

#include "dtctl.h"

/* Results of cw_args_next() beside the index of an option. */
#define CW_ARG_END (-1)	  /* no more; after "--" the rest is argv[next] to argv[argc - 1] */
#define CW_ARG_WORD (-2)  /* a positional argument, in value */
#define CW_ARG_ERROR (-3) /* reported on stderr; return CW_EXIT_USAGE */

/**
 * struct cw_args - a walk over a command's arguments
 * @argc: as given to the command
 * @argv: as given to the command
 * @command: declares the options
 * @next: index of the next argument
 * @value: result: value of the option, or the positional argument
 * @seen: options met so far, one bit each
 * @rest: "--" was met
 */
struct cw_args {
	int argc;
	char **argv;
	const struct cw_command *command;
	int next;
	char *value;
	uint64_t seen;
	bool rest;
};

/**
 * cw_args_begin() - start to walk
 * @argc: as given to the command
 * @argv: as given to the command
 * @cli: names the command
 *
 * Return: the walk.
 */
struct cw_args cw_args_begin(int argc, char **argv, const struct cw_cli *cli);

/**
 * cw_args_next() - take the next option or word
 *
 * Takes "--name value", "--name=value", "keyword value" and words.  Reports an unknown
 * option, a missing value and an option that is given twice on stderr.
 *
 * Return: index in the command's options, or CW_ARG_*.
 */
int cw_args_next(struct cw_args *args);

#endif
