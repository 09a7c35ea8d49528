/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writes a record file: the I/O around correlate/file.h, which owns the format.
 */
#ifndef CW_RECFILE_H
#define CW_RECFILE_H

#include <libcauseway.h>

struct cw_recfile;

/* Opens "-" (standard output) or a file, writes the header. Return: NULL: errno says why. */
struct cw_recfile *cw_recfile_open(const char *path);

/* Return: 0, or a negative errno, which all later calls return, too. */
int cw_recfile_batch(struct cw_recfile *file, const struct cw_batch *batch);
int cw_recfile_definitions(struct cw_recfile *file, const union cw_record *records, size_t count);
/* Writes the kernel's final account. */
int cw_recfile_finish(struct cw_recfile *file, const struct cw_session_result *account);

uint64_t cw_recfile_bytes(const struct cw_recfile *file);
/* Gives buffered bytes to the system. */
int cw_recfile_flush(struct cw_recfile *file);
/* Return: 0, or the negative errno that writing met. */
int cw_recfile_close(struct cw_recfile *file);

#endif
