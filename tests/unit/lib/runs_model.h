/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A naive model of kmod/lib/runs: one slot for each byte of a short stream and
 * no pointers, run against the real list by a sequence of operations that is
 * read from bytes, random or a fuzzer's.  User space, one thread.
 */
#ifndef CW_TEST_MARKS_MODEL_H
#define CW_TEST_MARKS_MODEL_H

#include <stddef.h>
#include <stdint.h>

/**
 * runs_model_run() - carry out operations on list and model, and compare
 * @data: the operations; any bytes are a sequence of them
 * @size: how many bytes
 *
 * Return: NULL, or what differed (static string).
 * Context: process.
 */
const char *runs_model_run(const uint8_t *data, size_t size);

#endif
