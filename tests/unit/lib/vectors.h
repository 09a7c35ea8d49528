/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reader of tests/vectors, and of its options: text lines to plain values.  User space, one
 * thread; a line that cannot be read ends the program, since a vector that is
 * passed over would be a test that cannot fail.
 */
#ifndef CW_TEST_VECTORS_H
#define CW_TEST_VECTORS_H

#include <stdio.h>

#include "option.h"

#define VECTOR_BYTES 64
#define VECTOR_LINE 16384

/**
 * struct vector - one line
 * @name: what it is about
 * @obi: OBI's kind is looked for
 * @write: a writer makes the same bytes from @expect
 * @expect: what a reader makes of it
 * @length: number of option bytes
 * @bytes: the option bytes
 */
struct vector {
	char name[64];
	bool obi;
	bool write;
	struct cw_option expect;
	unsigned int length;
	u8 bytes[VECTOR_BYTES];
};

/**
 * vector_open() - open a file of vectors; ends the program if it cannot
 * @file: name below tests/vectors
 *
 * Return: the stream, for the caller to close.
 * Context: process.
 */
FILE *vector_open(const char *file);

/**
 * vector_line() - read the next line that is no comment and not empty
 * @in: from vector_open()
 * @line: result, with its newline
 *
 * Return: false at the end of the file.
 * Context: process.
 */
bool vector_line(FILE *in, char line[VECTOR_LINE]);

/**
 * vector_unhex() - bytes from hexadecimal digits; ends the program if they are none
 * @text: digits
 * @out: result
 * @room: bytes there
 *
 * Return: number of bytes.
 * Context: process.
 */
unsigned int vector_unhex(const char *text, u8 *out, unsigned int room);

/**
 * vector_number() - a number; ends the program if it is none
 * @text: digits
 * @base: 2, 10 or 16
 *
 * Return: the number.
 * Context: process.
 */
u64 vector_number(const char *text, int base);

/**
 * vector_give_up() - end the program: a vector cannot be read
 * @what: is wrong
 * @value: of what
 *
 * Context: process.
 */
_Noreturn void vector_give_up(const char *what, const char *value);

/**
 * vector_next() - read the next vector, past comments
 * @in: from vector_open()
 * @out: the vector
 *
 * Return: false at the end of the file.
 * Context: process.
 */
bool vector_next(FILE *in, struct vector *out);

/**
 * vector_type_name() - the word for a type in the files
 * @type: which
 *
 * Return: static string.
 * Context: any.
 */
const char *vector_type_name(enum cw_option_type type);

#endif
