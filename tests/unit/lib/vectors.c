// SPDX-License-Identifier: GPL-2.0
/*
 * Reads files of tests/vectors, line by line, and what lines of options hold.  User
 * space, one thread, no lock; CW_VECTORS is the directory, from the Makefile.
 */
#include "vectors.h"

#include <ctype.h>
#include <stdlib.h>

static const char *const type_names[] = {
	[CW_OPTION_ABSENT] = "absent",
	[CW_OPTION_LONG] = "long",
	[CW_OPTION_NONE] = "none",
	[CW_OPTION_BOUNDARY] = "boundary",
	[CW_OPTION_ACK] = "ack",
	[CW_OPTION_OBI] = "obi",
	[CW_OPTION_MALFORMED] = "malformed",
	[CW_OPTION_UNKNOWN_VERSION] = "unknown-version",
	[CW_OPTION_DUPLICATE] = "duplicate",
};

#define TYPES (sizeof(type_names) / sizeof(type_names[0]))

const char *vector_type_name(enum cw_option_type type)
{
	return type < TYPES ? type_names[type] : "?";
}

_Noreturn void vector_give_up(const char *what, const char *value)
{
	fprintf(stderr, "vectors: %s: %s\n", what, value);
	exit(2);
}

static enum cw_option_type type_of(const char *name)
{
	for (unsigned int i = 0; i < TYPES; i++) {
		if (!strcmp(name, type_names[i]))
			return (enum cw_option_type)i;
	}
	vector_give_up("unknown type", name);
}

static u8 nibble(char c)
{
	if (!isxdigit((unsigned char)c))
		vector_give_up("not a hexadecimal digit", (char[]){ c, 0 });
	return (u8)(isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10);
}

unsigned int vector_unhex(const char *text, u8 *out, unsigned int room)
{
	unsigned int n = 0;

	for (; text[0]; text += 2) {
		if (n == room || !text[1])
			vector_give_up("too many or an odd number of digits before", text);
		out[n++] = (u8)(nibble(text[0]) << 4 | nibble(text[1]));
	}
	return n;
}

u64 vector_number(const char *text, int base)
{
	char *end;
	u64 v = strtoull(text, &end, base);

	if (end == text || *end)
		vector_give_up("not a number", text);
	return v;
}

static void take(struct vector *v, const char *key, const char *value)
{
	if (!strcmp(key, "type"))
		v->expect.type = type_of(value);
	else if (!strcmp(key, "obi"))
		v->obi = vector_number(value, 2);
	else if (!strcmp(key, "write"))
		v->write = vector_number(value, 2);
	else if (!strcmp(key, "run"))
		v->expect.run = (u8)vector_number(value, 10);
	else if (!strcmp(key, "class"))
		v->expect.class = (u8)vector_number(value, 10);
	else if (!strcmp(key, "sampled"))
		v->expect.sampled = vector_number(value, 2);
	else if (!strcmp(key, "message"))
		v->expect.message = vector_number(value, 16);
	else if (!strcmp(key, "back"))
		v->expect.back = (u16)vector_number(value, 10);
	else if (!strcmp(key, "trace"))
		vector_unhex(value, v->expect.trace_id, sizeof(v->expect.trace_id));
	else if (!strcmp(key, "hex"))
		v->length = vector_unhex(value, v->bytes, sizeof(v->bytes));
	else
		vector_give_up("unknown key", key);
}

static void parse(char *line, struct vector *v)
{
	char *save;
	char *word = strtok_r(line, " \n", &save);

	memset(v, 0, sizeof(*v));
	snprintf(v->name, sizeof(v->name), "%s", word);
	while ((word = strtok_r(NULL, " \n", &save))) {
		char *value = strchr(word, '=');

		if (!value)
			vector_give_up("not key=value", word);
		*value++ = 0;
		take(v, word, value);
	}
}

FILE *vector_open(const char *file)
{
	char path[4096];
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", CW_VECTORS, file);
	in = fopen(path, "r");
	if (!in)
		vector_give_up("cannot open", path);
	return in;
}

bool vector_line(FILE *in, char line[VECTOR_LINE])
{
	while (fgets(line, VECTOR_LINE, in)) {
		if (!strchr(line, '\n'))
			vector_give_up("line too long or without an end", line);
		if (line[0] != '#' && line[0] != '\n')
			return true;
	}
	return false;
}

bool vector_next(FILE *in, struct vector *out)
{
	char line[VECTOR_LINE];

	if (!vector_line(in, line))
		return false;
	parse(line, out);
	return true;
}
