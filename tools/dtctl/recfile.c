// SPDX-License-Identifier: GPL-2.0
/*
 * Writes a record file: header, blocks, counters.  Blocks are whole in the buffer of
 * stdio, so that a file that is cut off misses one at most.
 */
#include "recfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "../correlate/file.h"

#define BUFFER_SIZE (1u << 20)

struct cw_recfile {
	FILE *stream;
	uint64_t bytes;
	int error;
};

/* Reads 32 hex digits, with or without dashes, as 16 bytes. */
static bool id_read(const char *path, uint8_t out[CW_FILE_ID_LEN])
{
	FILE *file = fopen(path, "re");
	unsigned int digits = 0;
	int c;

	memset(out, 0, CW_FILE_ID_LEN);
	while (file && digits < 2 * CW_FILE_ID_LEN && (c = fgetc(file)) != EOF) {
		const char *hex = "0123456789abcdef";
		const char *digit = c ? strchr(hex, c) : NULL;

		if (!digit)
			continue;
		out[digits / 2] = (uint8_t)(out[digits / 2] << 4 | (digit - hex));
		digits++;
	}
	if (file)
		fclose(file);
	return digits == 2 * CW_FILE_ID_LEN;
}

static void header_fill(struct cw_file_header *header)
{
	struct timespec now;
	struct utsname system;

	memset(header, 0, sizeof(*header));
	id_read("/proc/sys/kernel/random/boot_id", header->boot_id);
	/* A host without a machine-id is recognised at least until it boots again. */
	if (!id_read("/etc/machine-id", header->host_id))
		memcpy(header->host_id, header->boot_id, sizeof(header->host_id));
	clock_gettime(CLOCK_REALTIME, &now);
	header->start = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	if (uname(&system))
		return;
	snprintf(header->host_name, sizeof(header->host_name), "%.*s", CW_FILE_NAME_LEN - 1,
		 system.nodename);
	snprintf(header->kernel, sizeof(header->kernel), "%.*s", CW_FILE_NAME_LEN - 1,
		 system.release);
}

static int bytes_write(struct cw_recfile *file, const void *bytes, size_t size)
{
	if (file->error)
		return file->error;
	if (fwrite(bytes, 1, size, file->stream) != size)
		file->error = -errno;
	else
		file->bytes += size;
	return file->error;
}

struct cw_recfile *cw_recfile_open(const char *path)
{
	struct cw_recfile *file = calloc(1, sizeof(*file));
	uint8_t bytes[CW_FILE_HEADER_LEN];
	struct cw_file_header header;
	int error;

	if (!file)
		return NULL;
	file->stream = strcmp(path, "-") ? fopen(path, "we") : stdout;
	if (!file->stream) {
		free(file);
		return NULL;
	}
	setvbuf(file->stream, NULL, _IOFBF, BUFFER_SIZE);
	header_fill(&header);
	cw_file_put_header(&header, bytes);
	bytes_write(file, bytes, sizeof(bytes));
	/* A full disk shows at once. */
	error = cw_recfile_flush(file);
	if (!error)
		return file;
	cw_recfile_close(file);
	errno = -error;
	return NULL;
}

static int block_write(struct cw_recfile *file, const struct cw_file_block *block)
{
	uint8_t bytes[CW_FILE_BLOCK_LEN];
	int error = cw_file_put_block(block, bytes);

	if (error)
		return error;
	bytes_write(file, bytes, sizeof(bytes));
	return bytes_write(file, block->payload, block->length);
}

int cw_recfile_batch(struct cw_recfile *file, const struct cw_batch *batch)
{
	struct cw_file_block block = {
		.type = CW_FILE_RECORDS,
		.length = (uint32_t)(batch->count * sizeof(union cw_record)),
		.batch = batch->seq,
		.produced = batch->produced,
		.sent = batch->sent,
		.dropped = batch->dropped,
		.cpu = batch->cpu,
		.payload = (const uint8_t *)batch->records,
	};

	return block_write(file, &block);
}

int cw_recfile_definitions(struct cw_recfile *file, const union cw_record *records, size_t count)
{
	struct cw_file_block block = {
		.type = CW_FILE_DEFINITIONS,
		.length = (uint32_t)(count * sizeof(union cw_record)),
		.payload = (const uint8_t *)records,
	};

	return count ? block_write(file, &block) : 0;
}

int cw_recfile_finish(struct cw_recfile *file, const struct cw_session_result *account)
{
	struct cw_file_block block = {
		.type = CW_FILE_FINISH,
		.batch = account->batches + account->gaps,
		.produced = account->kernel.produced,
		.sent = account->kernel.sent,
		.dropped = account->kernel.dropped,
		.payload = (const uint8_t *)"",
	};

	return block_write(file, &block);
}

uint64_t cw_recfile_bytes(const struct cw_recfile *file)
{
	return file->bytes;
}

int cw_recfile_flush(struct cw_recfile *file)
{
	if (fflush(file->stream) && !file->error)
		file->error = -errno;
	return file->error;
}

int cw_recfile_close(struct cw_recfile *file)
{
	int error = cw_recfile_flush(file);

	if (file->stream != stdout && fclose(file->stream) && !error)
		error = -errno;
	free(file);
	return error;
}
