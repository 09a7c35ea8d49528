/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reader of tests/vectors/option: text lines to plain values.  User space, one
 * thread; a line that cannot be read ends the program, since a vector that is
 * passed over would be a test that cannot fail.
 */
#ifndef CW_TEST_VECTORS_H
#define CW_TEST_VECTORS_H

#include <stdio.h>

#include "option.h"

#define VECTOR_BYTES 64

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
 * @file: name below tests/vectors/option
 *
 * Return: the stream, for the caller to close.
 * Context: process.
 */
FILE *vector_open(const char *file);

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
