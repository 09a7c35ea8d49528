/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Prints text and JSON from the same calls.  Each value has a key for JSON and a format
 * for text; CW_JSON_ONLY as format leaves out the text, cw_print_text() has no JSON.
 * In JSON mode the whole output is one value, or one value a line for a stream;
 * text is written as it comes.
 */
#ifndef CW_PRINT_H
#define CW_PRINT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* schema_version of the JSON that the tools write; raised when a key changes its meaning. */
#define CW_JSON_SCHEMA 1

struct cw_print;

enum cw_print_mode {
	CW_PRINT_TEXT,
	CW_PRINT_JSON, /* compact, one line for each outermost value */
	CW_PRINT_JSON_PRETTY,
};

#define CW_PRINT_FORMAT(n) __attribute__((format(printf, n, n + 1)))
/* As a format, it prints nothing in text. */
#define CW_JSON_ONLY "%s", ""

/**
 * cw_print_open() - write to a stream
 * @out: the stream; it stays the caller's
 *
 * Return: NULL without memory.
 */
struct cw_print *cw_print_open(FILE *out, enum cw_print_mode mode);

/* Flushes. Return: false if writing failed or an object was left open; errno says why. */
bool cw_print_close(struct cw_print *print);

/**
 * cw_print_object() - begin an object
 * @key: its key in the object around it; NULL in a list, or outermost
 *
 * An outermost object is written when it ends: a stream of them is NDJSON.
 */
void cw_print_object(struct cw_print *print, const char *key);
void cw_print_list(struct cw_print *print, const char *key);
/* Ends the innermost object or list. */
void cw_print_end(struct cw_print *print);

/* Values: @key for JSON (NULL in a list), then the value, then the text as by printf. */
void cw_print_string(struct cw_print *print, const char *key, const char *value, const char *format,
		     ...) CW_PRINT_FORMAT(4);
void cw_print_number(struct cw_print *print, const char *key, int64_t value, const char *format,
		     ...) CW_PRINT_FORMAT(4);
void cw_print_real(struct cw_print *print, const char *key, double value, const char *format, ...)
	CW_PRINT_FORMAT(4);
void cw_print_bool(struct cw_print *print, const char *key, bool value, const char *format, ...)
	CW_PRINT_FORMAT(4);
/* Prints text only. */
void cw_print_text(struct cw_print *print, const char *format, ...) CW_PRINT_FORMAT(2);

#endif
