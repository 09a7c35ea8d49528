// SPDX-License-Identifier: GPL-2.0
/*
 * Prints text and JSON from the same calls: text goes to the stream at once, JSON is built
 * by jansson and written when its outermost value ends.  A value that cannot be
 * built (memory) makes cw_print_close() fail, not the calls in between.
 */
#include "print.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define DEPTH 16

struct cw_print {
	FILE *out;
	enum cw_print_mode mode;
	json_t *stack[DEPTH];
	int depth;
	bool failed;
};

struct cw_print *cw_print_open(FILE *out, enum cw_print_mode mode)
{
	struct cw_print *print = calloc(1, sizeof(*print));

	if (print) {
		print->out = out;
		print->mode = mode;
	}
	return print;
}

bool cw_print_close(struct cw_print *print)
{
	bool good = !print->failed && !print->depth;

	errno = ENOMEM;
	if (fflush(print->out) || ferror(print->out))
		good = false;
	while (print->depth)
		json_decref(print->stack[--print->depth]);
	free(print);
	return good;
}

/* Hands @value over to the object or list that is open. */
static void value_add(struct cw_print *print, const char *key, json_t *value)
{
	json_t *around = print->depth ? print->stack[print->depth - 1] : NULL;
	int error;

	if (!value || !around) {
		json_decref(value);
		print->failed = true;
		return;
	}
	if (json_is_object(around))
		error = json_object_set_new(around, key, value);
	else
		error = json_array_append_new(around, value);
	if (error)
		print->failed = true;
}

static void nest_value(struct cw_print *print, const char *key, json_t *value)
{
	if (print->mode == CW_PRINT_TEXT) {
		json_decref(value);
		return;
	}
	if (!value || print->depth == DEPTH) {
		json_decref(value);
		print->failed = true;
		return;
	}
	if (print->depth)
		value_add(print, key, json_incref(value));
	print->stack[print->depth++] = value;
}

void cw_print_object(struct cw_print *print, const char *key)
{
	nest_value(print, key, print->mode == CW_PRINT_TEXT ? NULL : json_object());
}

void cw_print_list(struct cw_print *print, const char *key)
{
	nest_value(print, key, print->mode == CW_PRINT_TEXT ? NULL : json_array());
}

void cw_print_end(struct cw_print *print)
{
	size_t flags = print->mode == CW_PRINT_JSON_PRETTY ? JSON_INDENT(2) : JSON_COMPACT;
	json_t *value;

	if (print->mode == CW_PRINT_TEXT || !print->depth)
		return;
	value = print->stack[--print->depth];
	if (!print->depth && (json_dumpf(value, print->out, flags) || fputc('\n', print->out) < 0))
		print->failed = true;
	json_decref(value);
}

/* A task's name may hold any bytes: those that are not UTF-8 are shown as "?". */
static json_t *string_value(const char *text)
{
	json_t *value = json_string(text);
	char *copy;

	if (value)
		return value;
	copy = strdup(text);
	if (!copy)
		return NULL;
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	value = json_string(copy);
	free(copy);
	return value;
}

/* Prints the format in text mode; adds the value in JSON mode. */
#define PRINT_VALUE(print, key, json, format)                 \
	do {                                                  \
		if ((print)->mode == CW_PRINT_TEXT) {         \
			va_list list;                         \
                                                              \
			va_start(list, format);               \
			vfprintf((print)->out, format, list); \
			va_end(list);                         \
		} else {                                      \
			value_add(print, key, json);          \
		}                                             \
	} while (0)

void cw_print_string(struct cw_print *print, const char *key, const char *value, const char *format,
		     ...)
{
	PRINT_VALUE(print, key, string_value(value), format);
}

void cw_print_number(struct cw_print *print, const char *key, int64_t value, const char *format,
		     ...)
{
	PRINT_VALUE(print, key, json_integer(value), format);
}

void cw_print_real(struct cw_print *print, const char *key, double value, const char *format, ...)
{
	PRINT_VALUE(print, key, json_real(value), format);
}

void cw_print_bool(struct cw_print *print, const char *key, bool value, const char *format, ...)
{
	PRINT_VALUE(print, key, json_boolean(value), format);
}

void cw_print_text(struct cw_print *print, const char *format, ...)
{
	va_list list;

	if (print->mode != CW_PRINT_TEXT)
		return;
	va_start(list, format);
	vfprintf(print->out, format, list);
	va_end(list);
}
