/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The shape of a command of dtctl, and its exit codes.  A file in commands/ defines one
 * struct cw_command for each verb of its object; commands/table.c lists them all.
 */
#ifndef CW_DTCTL_H
#define CW_DTCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit codes, for scripts: they are part of the interface. */
enum cw_exit {
	CW_EXIT_OK = 0,
	CW_EXIT_USAGE = 1,   /* wrong arguments, a file that cannot be read or written */
	CW_EXIT_REFUSED = 2, /* the kernel refused */
	CW_EXIT_ABSENT = 3,  /* module absent, or of another ABI */
	CW_EXIT_LOST = 4,    /* events were lost, under --strict */
};

struct cw_command;
struct cw_print;

/**
 * struct cw_cli - what a command gets besides its arguments
 * @command: the command itself
 * @print: standard output, text or JSON as -j asks
 * @json: -j was given
 * @statistics: -s was given
 * @colour: text may be coloured: a terminal, no NO_COLOR, no -j
 */
struct cw_cli {
	const struct cw_command *command;
	struct cw_print *print;
	bool json;
	bool statistics;
	bool colour;
};

/**
 * struct cw_option - an option or keyword of a command
 * @name: "--file", or a bare word such as "port"; NULL ends the list
 * @value: placeholder for its value, as shown in help; NULL: takes none.  Lower-case words
 *	with bars between ("send|accept|both") are choices that completion offers
 * @help: one line
 * @repeat: may be given more than once
 */
struct cw_option {
	const char *name;
	const char *value;
	const char *help;
	bool repeat;
};

/**
 * struct cw_command - one line of the table
 * @object: first word, such as "policy"
 * @verb: second word, such as "add"; NULL: the object is the command
 * @words: positional arguments as shown in help, such as "FILE..."; NULL: none
 * @description: one line for the list of commands
 * @options: ends with a NULL name; NULL: none
 * @hidden: it is an earlier name: the list of commands and completion leave it out
 * @run: argv[0] is the first argument after the verb; returns an exit code
 */
struct cw_command {
	const char *object;
	const char *verb;
	const char *words;
	const char *description;
	const struct cw_option *options;
	bool hidden;
	int (*run)(int argc, char **argv, struct cw_cli *cli);
};

#endif
