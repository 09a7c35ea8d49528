// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the vectors of tests/vectors/option, line by line.  User space, one
 * thread, no lock; CW_VECTORS is the directory, from the Makefile.
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

static _Noreturn void give_up(const char *what, const char *value)
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
	give_up("unknown type", name);
}

static u8 nibble(char c)
{
	if (!isxdigit((unsigned char)c))
		give_up("not a hexadecimal digit", (char[]){ c, 0 });
	return (u8)(isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10);
}

static unsigned int unhex(const char *text, u8 *out, unsigned int room)
{
	unsigned int n = 0;

	for (; text[0]; text += 2) {
		if (n == room || !text[1])
			give_up("too many or an odd number of digits before", text);
		out[n++] = (u8)(nibble(text[0]) << 4 | nibble(text[1]));
	}
	return n;
}

static u64 number(const char *text, int base)
{
	char *end;
	u64 v = strtoull(text, &end, base);

	if (end == text || *end)
		give_up("not a number", text);
	return v;
}

static void take(struct vector *v, const char *key, const char *value)
{
	if (!strcmp(key, "type"))
		v->expect.type = type_of(value);
	else if (!strcmp(key, "obi"))
		v->obi = number(value, 2);
	else if (!strcmp(key, "write"))
		v->write = number(value, 2);
	else if (!strcmp(key, "run"))
		v->expect.run = (u8)number(value, 10);
	else if (!strcmp(key, "class"))
		v->expect.class = (u8)number(value, 10);
	else if (!strcmp(key, "sampled"))
		v->expect.sampled = number(value, 2);
	else if (!strcmp(key, "message"))
		v->expect.message = number(value, 16);
	else if (!strcmp(key, "back"))
		v->expect.back = (u16)number(value, 10);
	else if (!strcmp(key, "trace"))
		unhex(value, v->expect.trace_id, sizeof(v->expect.trace_id));
	else if (!strcmp(key, "hex"))
		v->length = unhex(value, v->bytes, sizeof(v->bytes));
	else
		give_up("unknown key", key);
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
			give_up("not key=value", word);
		*value++ = 0;
		take(v, word, value);
	}
}

FILE *vector_open(const char *file)
{
	char path[4096];
	FILE *in;

	snprintf(path, sizeof(path), "%s/option/%s", CW_VECTORS, file);
	in = fopen(path, "r");
	if (!in)
		give_up("cannot open", path);
	return in;
}

bool vector_next(FILE *in, struct vector *out)
{
	char line[1024];

	while (fgets(line, sizeof(line), in)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		parse(line, out);
		return true;
	}
	return false;
}
