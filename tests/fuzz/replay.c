// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes the commands that read record files, from the file to the last line of output:
 * report, report --why, trace, and the waterfall of one trace.  The first byte of the input
 * chooses the command, the second how many files the rest is cut into, each of a host of its
 * own.  A piece is a file as it is; or what is behind a file's header; or records, which are
 * put into a block with a right checksum, so that what is behind the decoder is reached.
 */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../tools/dtctl/commands/commands.h"
#include "command.h"
#include "file.h"

#define FILES 3

enum piece { PIECE_FILE, PIECE_BLOCKS, PIECE_RECORDS };

static void put(int fd, const void *bytes, size_t size)
{
	FUZZ_MUST(write(fd, bytes, size) == (ssize_t)size);
}

static int file_make(const uint8_t *data, size_t size, uint8_t host, enum piece piece)
{
	struct cw_file_header header = { .host_id = { host }, .host_name = "fuzz" };
	struct cw_file_block block = {
		.type = CW_FILE_RECORDS, .length = (uint32_t)size, .batch = 1, .payload = data
	};
	uint8_t bytes[CW_FILE_HEADER_LEN];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	FUZZ_MUST(fd >= 0);
	cw_file_put_header(&header, bytes);
	if (piece != PIECE_FILE)
		put(fd, bytes, CW_FILE_HEADER_LEN);
	if (piece == PIECE_RECORDS) {
		FUZZ_MUST(!cw_file_put_block(&block, bytes));
		put(fd, bytes, CW_FILE_BLOCK_LEN);
	}
	put(fd, data, size);
	return fd;
}

static void run(const struct cw_command *command, char **words, bool json)
{
	FILE *out = stdout;
	int code, count = 0;

	while (words[count])
		count++;
	stdout = nowhere();
	code = command_run(command, count, words, json);
	FUZZ_MUST(code == CW_EXIT_OK || code == CW_EXIT_USAGE);
	stdout = out;
}

static void choose(uint8_t choice, char **words)
{
	static char id[] = "0", why[] = "--why", slow[] = "--slow=50%";

	while (*words)
		words++;
	switch (choice % 4) {
	case 0:
		words[0] = why;
		words[1] = slow;
		break;
	case 1:
		words[0] = id;
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[FILES][32], *words[FILES + 3] = { NULL };
	int fd[FILES];
	size_t files, each, i;

	if (size < 3 || size > 1 << 15)
		return 0;
	files = data[1] % FILES + 1;
	each = (size - 2) / files;
	for (i = 0; i < files; i++) {
		fd[i] = file_make(data + 2 + i * each, each, (uint8_t)(i + 1),
				  data[0] & 16 ? PIECE_RECORDS :
				  data[0] & 4  ? PIECE_BLOCKS :
						 PIECE_FILE);
		snprintf(path[i], sizeof(path[i]), "/proc/self/fd/%d", fd[i]);
		words[i] = path[i];
	}
	choose(data[0], words);
	run(data[0] & 1 ? &cw_cmd_trace : &cw_cmd_report, words, data[0] & 8);
	for (i = 0; i < files; i++)
		FUZZ_MUST(!close(fd[i]));
	return 0;
}
