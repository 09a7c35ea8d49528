/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For programs that do what they are told: a command a line on standard input, a line of
 * answer each (rules_actor.bash: actor, ask).
 */
#ifndef WORDS_H
#define WORDS_H

#include <string.h>

/* How many words @line has, of @most; @words has room for one more, and those that are not there are NULL. */
static inline int words_split(char *line, char **words, int most)
{
	char *rest = NULL;
	int n = 0;

	for (char *word = strtok_r(line, " \n", &rest); word && n < most;
	     word = strtok_r(NULL, " \n", &rest))
		words[n++] = word;
	for (int i = n; i <= most; i++)
		words[i] = NULL;
	return n;
}

#endif
