/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the commands of dtctl share: the shape of a command, its arguments, its
 * exit codes, errors for people.  One file per command defines one struct
 * cw_command for each of its verbs; table.c lists them all.  A command takes its
 * arguments by cw_args_next() from the options that it declares, so that usage,
 * completion and parser cannot differ.  Output goes through print.h.
 */
#ifndef CW_DTCTL_H
#define CW_DTCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "print.h"

/* Exit codes, for scripts: they are part of the interface. */
enum cw_exit {
	CW_EXIT_OK = 0,
	CW_EXIT_USAGE = 1,   /* wrong arguments, a file that cannot be read or written */
	CW_EXIT_REFUSED = 2, /* the kernel refused */
	CW_EXIT_ABSENT = 3,  /* module absent, or of another ABI */
	CW_EXIT_LOST = 4,    /* events were lost, under --strict */
};

struct cw_command;
struct cw_handle;

/**
 * struct cw_cli - what a command gets besides its arguments
 * @command: itself
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
 * @run: argv[0] is the first argument after the verb; returns an exit code
 */
struct cw_command {
	const char *object;
	const char *verb;
	const char *words;
	const char *description;
	const struct cw_option *options;
	int (*run)(int argc, char **argv, struct cw_cli *cli);
};

/* report.c and trace.c */
extern const struct cw_command cw_cmd_report;
extern const struct cw_command cw_cmd_trace;

/* Results of cw_args_next() beside the index of an option. */
#define CW_ARG_END (-1)	  /* no more; after "--" the rest is argv[next] to argv[argc - 1] */
#define CW_ARG_WORD (-2)  /* a positional argument, in value */
#define CW_ARG_ERROR (-3) /* said on stderr; return CW_EXIT_USAGE */

/**
 * struct cw_args - a walk over a command's arguments
 * @argc: as given to the command
 * @argv: as given to the command
 * @command: whose options are known
 * @next: index of the argument to look at next
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
 * Takes "--name value", "--name=value", "keyword value" and words.  An unknown option, a
 * missing value and an option that is given twice are said on stderr.
 *
 * Return: index in the command's options, or CW_ARG_*.
 */
int cw_args_next(struct cw_args *args);

/**
 * cw_fail() - say what was wrong and what to do
 * @code: returned as it is
 * @remedy: what the reader can do; NULL: nothing sensible to say
 * @format: what was wrong, with the value; no full stop, no line end
 *
 * Return: @code.
 */
int cw_fail(enum cw_exit code, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * cw_cli_connect() - open the module's netlink family
 * @handle: result; close it with cw_handle_close()
 *
 * Return: CW_EXIT_OK; else it was said on stderr, and this is the exit code.
 */
int cw_cli_connect(struct cw_handle **handle);

/**
 * cw_cli_refused() - say that the kernel refused a request, with its own words
 * @handle: on which it was made
 * @error: negative errno
 * @what: what was asked, as in "cannot WHAT"
 *
 * Return: an exit code: CW_EXIT_REFUSED, CW_EXIT_ABSENT.
 */
int cw_cli_refused(const struct cw_handle *handle, int error, const char *what);

#endif
