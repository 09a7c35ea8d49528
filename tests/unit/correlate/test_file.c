// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of file.c and checksum.c: what is written is read, cut and damaged files
 * lose only what is damaged, and say so; the other byte order reads the same.
 * One thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "checksum.h"
#include "file.h"

#define BLOCKS 8
#define PER_BLOCK 5
#define BLOCK_SIZE (CW_FILE_BLOCK_LEN + PER_BLOCK * sizeof(union cw_record))
#define FILE_SIZE (CW_FILE_HEADER_LEN + BLOCKS * BLOCK_SIZE + CW_FILE_BLOCK_LEN)

struct content {
	u8 bytes[FILE_SIZE];
	struct cw_file_reader reader;
	struct cw_file_loss loss;
	unsigned int blocks;
	unsigned int records;
	u64 sum; /* of all records as read */
};

static size_t put_block(u8 *out, struct cw_file_block block)
{
	assert_int_equal(cw_file_put_block(&block, out), 0);
	if (block.length)
		memcpy(out + CW_FILE_BLOCK_LEN, block.payload, block.length);
	return CW_FILE_BLOCK_LEN + block.length;
}

static size_t write_file(u8 *out)
{
	struct cw_file_header header = { .host_id = "0123456789abcde",
					 .boot_id = "boot",
					 .start = 77,
					 .host_name = "node1",
					 .kernel = "6.1.0" };
	union cw_record record[PER_BLOCK] = { 0 };
	size_t at = CW_FILE_HEADER_LEN;
	unsigned int i, j;

	cw_file_put_header(&header, out);
	for (i = 0; i < BLOCKS; i++) {
		for (j = 0; j < PER_BLOCK; j++) {
			memset(&record[j], (int)(i * 16 + j + 1), sizeof(record[j]));
			memset(record[j].bytes, 0x11 * (int)j, 20);
			record[j].event.message = 0x0102030405060708ULL * (i + 1);
			record[j].event.span = 0x1112131415161718ULL * (j + 1);
			record[j].event.time = 0x2122232425262728ULL + i * 10 + j;
			record[j].event.flow = 0x31323334;
			record[j].event.task = 0x41424344;
			record[j].event.seq = 0x51525354;
			record[j].event.length = 0x61626364;
			record[j].event.device = 0x7172;
			record[j].event.netns = 0x7374;
			record[j].event.cpu = 0x7576;
			record[j].event.stage = CW_STAGE_SEND;
		}
		at += put_block(out + at, (struct cw_file_block){ .type = CW_FILE_RECORDS,
								  .length = sizeof(record),
								  .batch = i + 1,
								  .produced = (i / 2 + 1) * 7,
								  .sent = (i / 2 + 1) * 5,
								  .dropped = (i / 2 + 1) * 2,
								  .cpu = i % 2,
								  .payload = record[0].bytes });
	}
	at += put_block(out + at, (struct cw_file_block){ .type = CW_FILE_FINISH,
							  .batch = BLOCKS,
							  .produced = 56,
							  .sent = 40,
							  .dropped = 16 });
	assert_int_equal(at, FILE_SIZE);
	return at;
}

/* Reads by windows of at most @window bytes from a heap block of just that size. */
static int read_file(struct content *content, size_t length, size_t window)
{
	struct cw_file_block block;
	union cw_record record;
	size_t at, used, i, have;
	enum cw_file_step step;
	int got;

	got = cw_file_start(&content->reader, content->bytes, length);
	if (got < 0)
		return got;
	content->blocks = content->records = 0;
	content->sum = 0;
	for (at = (size_t)got;; at += used) {
		u8 *part;

		have = length - at < window ? length - at : window;
		part = malloc(have + 1);
		memcpy(part, content->bytes + at, have);
		step = cw_file_next(&content->reader, part, have, at + have == length, &block,
				    &used);
		if (step == CW_FILE_BLOCK) {
			content->blocks++;
			for (i = 0; (got = cw_file_record(&content->reader, &block, i, &record));
			     i++) {
				content->records += got > 0;
				content->sum += got > 0 ? cw_checksum(&record, sizeof(record)) : 0;
			}
		}
		free(part);
		if (step == CW_FILE_MORE)
			break;
		assert_true(used);
	}
	cw_file_account(&content->reader, &content->loss);
	return 0;
}

static int set_up(void **state)
{
	struct content *content = calloc(1, sizeof(*content));

	write_file(content->bytes);
	*state = content;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static void test_checksum_vectors(void **state)
{
	u8 ramp[101];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(ramp); i++)
		ramp[i] = (u8)i;
	/* Published values of XXH64 with seed 0. */
	assert_true(cw_checksum("", 0) == 0xef46db3751d8e999ULL);
	assert_true(cw_checksum("a", 1) == 0xd24ec4f1a98c6e5bULL);
	assert_true(cw_checksum("abc", 3) == 0x44bc2cf5ad770999ULL);
	assert_true(cw_checksum("Nobody inspects the spammish repetition", 39) ==
		    0xfbcea83c8a378bf1ULL);
	/* Every bit of every length counts. */
	for (i = 1; i <= sizeof(ramp); i++) {
		u64 before = cw_checksum(ramp, i);

		assert_true(before != cw_checksum(ramp, i - 1));
		ramp[i - 1] ^= 0x10;
		assert_true(before != cw_checksum(ramp, i));
		ramp[i - 1] ^= 0x10;
	}
}

static void test_round_trip(void **state)
{
	struct content *content = *state;

	assert_int_equal(read_file(content, FILE_SIZE, FILE_SIZE), 0);
	assert_int_equal(content->blocks, BLOCKS + 1);
	assert_int_equal(content->records, BLOCKS * PER_BLOCK);
	assert_string_equal(content->reader.header.host_name, "node1");
	assert_string_equal(content->reader.header.kernel, "6.1.0");
	assert_memory_equal(content->reader.header.host_id, "0123456789abcde", 16);
	assert_int_equal(content->reader.header.start, 77);
	assert_true(content->loss.finished);
	assert_int_equal(content->loss.produced, 56);
	assert_int_equal(content->loss.dropped, 16);
	assert_int_equal(content->loss.missing + content->loss.corrupt + content->loss.cut +
				 content->loss.skipped + content->loss.strange,
			 0);
}

/* A file is cut anywhere: all whole blocks before the cut are read, and the loss is reported. */
static void test_truncated_anywhere(void **state)
{
	struct content *content = *state;
	size_t length;

	for (length = 0; length < FILE_SIZE; length++) {
		size_t body = length - CW_FILE_HEADER_LEN, whole = body / BLOCK_SIZE;

		if (length < CW_FILE_HEADER_LEN) {
			assert_int_equal(read_file(content, length, FILE_SIZE), -ENODATA);
			continue;
		}
		if (whole > BLOCKS)
			whole = BLOCKS;
		assert_int_equal(read_file(content, length, FILE_SIZE), 0);
		assert_int_equal(content->blocks, whole);
		assert_int_equal(content->records, whole * PER_BLOCK);
		assert_int_equal(content->loss.cut, body - whole * BLOCK_SIZE);
		assert_int_equal(content->loss.corrupt, 0);
		assert_false(content->loss.finished);
	}
}

/* Without the closing block, the CPUs' latest counters are the account. */
static void test_account_of_cpus(void **state)
{
	struct content *content = *state;

	assert_int_equal(read_file(content, FILE_SIZE - CW_FILE_BLOCK_LEN, FILE_SIZE), 0);
	assert_int_equal(content->loss.produced, 2 * 28);
	assert_int_equal(content->loss.sent, 2 * 20);
	assert_int_equal(content->loss.dropped, 2 * 8);
}

/* One bit is changed anywhere: its block is lost, all others are read. */
static void test_damaged_anywhere(void **state)
{
	struct content *content = *state;
	size_t at;

	for (at = 0; at < FILE_SIZE; at++) {
		size_t finish = FILE_SIZE - CW_FILE_BLOCK_LEN;

		content->bytes[at] ^= 0x20;
		if (at < CW_FILE_HEADER_LEN) {
			assert_int_equal(read_file(content, FILE_SIZE, FILE_SIZE),
					 at < CW_FILE_MAGIC_LEN ? -EINVAL : -EBADMSG);
		} else {
			assert_int_equal(read_file(content, FILE_SIZE, FILE_SIZE), 0);
			assert_int_equal(content->blocks, BLOCKS);
			assert_int_equal(content->records,
					 BLOCKS * PER_BLOCK - (at < finish) * PER_BLOCK);
			assert_int_equal(content->loss.corrupt, 1);
			/*
			 * Rotated files begin with any number: a first one that is lost leaves no
			 * hole.
			 */
			assert_int_equal(content->loss.missing,
					 at >= CW_FILE_HEADER_LEN + BLOCK_SIZE && at < finish);
			assert_int_equal(content->loss.skipped,
					 at < finish ? BLOCK_SIZE : CW_FILE_BLOCK_LEN);
		}
		content->bytes[at] ^= 0x20;
	}
}

static void test_first_batch_missing(void **state)
{
	struct content *content = *state;
	size_t first = CW_FILE_HEADER_LEN + BLOCK_SIZE;

	/* Batches 2 and 3 are cut out of the middle: a hole without damage. */
	memmove(content->bytes + first, content->bytes + first + 2 * BLOCK_SIZE,
		FILE_SIZE - first - 2 * BLOCK_SIZE);
	assert_int_equal(read_file(content, FILE_SIZE - 2 * BLOCK_SIZE, FILE_SIZE), 0);
	assert_int_equal(content->loss.missing, 2);
	assert_int_equal(content->loss.corrupt, 0);
}

/* A block at the end of the file lacks its end: the bytes that stand in its place are found. */
static void test_block_without_end(void **state)
{
	struct content *content = *state;
	size_t broken = FILE_SIZE - CW_FILE_BLOCK_LEN - BLOCK_SIZE + CW_FILE_BLOCK_LEN + 20;

	memmove(content->bytes + broken, content->bytes + FILE_SIZE - CW_FILE_BLOCK_LEN,
		CW_FILE_BLOCK_LEN);
	assert_int_equal(read_file(content, broken + CW_FILE_BLOCK_LEN, FILE_SIZE), 0);
	assert_int_equal(content->blocks, BLOCKS);
	assert_true(content->loss.finished);
	assert_int_equal(content->loss.corrupt, 1);
	assert_int_equal(content->loss.missing, 1);
	assert_int_equal(content->loss.cut, 0);
}

/* A window that just holds a block gives the same as the whole file at once. */
static void test_small_windows(void **state)
{
	struct content *content = *state;
	size_t window;

	for (window = BLOCK_SIZE; window < BLOCK_SIZE + 70; window++) {
		assert_int_equal(read_file(content, FILE_SIZE, window), 0);
		assert_int_equal(content->records, BLOCKS * PER_BLOCK);
		assert_int_equal(content->loss.cut, 0);
	}
	content->bytes[CW_FILE_HEADER_LEN + BLOCK_SIZE + 3] ^= 1;
	for (window = BLOCK_SIZE; window < BLOCK_SIZE + 70; window++) {
		assert_int_equal(read_file(content, FILE_SIZE, window), 0);
		assert_int_equal(content->records, (BLOCKS - 1) * PER_BLOCK);
		assert_int_equal(content->loss.corrupt, 1);
		assert_int_equal(content->loss.skipped, BLOCK_SIZE);
	}
}

static void reverse(u8 *p, size_t length)
{
	size_t i;

	for (i = 0; i < length / 2; i++) {
		u8 byte = p[i];

		p[i] = p[length - 1 - i];
		p[length - 1 - i] = byte;
	}
}

static void reverse_all(u8 *base, const u8 (*fields)[2], size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		reverse(base + fields[i][0], fields[i][1]);
}

/* Turns a file into that of a machine of the other byte order, by the drawings in file.h. */
static void turn_file(u8 *bytes)
{
	static const u8 HEADER[][2] = { { 8, 4 }, { 12, 2 }, { 14, 2 }, { 48, 8 }, { 56, 4 } };
	static const u8 BLOCK[][2] = { { 8, 4 },  { 12, 4 }, { 16, 8 }, { 24, 8 },
				       { 32, 8 }, { 40, 8 }, { 52, 4 } };
	static const u8 EVENT[][2] = { { 0, 8 },  { 24, 8 }, { 32, 8 }, { 40, 4 }, { 44, 4 },
				       { 48, 4 }, { 52, 4 }, { 56, 2 }, { 58, 2 }, { 62, 2 } };
	size_t at, i;
	u64 sum;

	reverse_all(bytes, HEADER, 5);
	sum = cw_checksum(bytes, 248);
	memcpy(bytes + 248, &sum, 8);
	reverse(bytes + 248, 8);
	for (at = CW_FILE_HEADER_LEN; at < FILE_SIZE;) {
		u32 length, part;

		memcpy(&length, bytes + at + 12, 4);
		for (i = 0; i < length; i += 64)
			reverse_all(bytes + at + 64 + i, EVENT, 10);
		part = (u32)cw_checksum(bytes + at + 64, length);
		memcpy(bytes + at + 48, &part, 4);
		reverse(bytes + at + 48, 4);
		reverse_all(bytes + at, BLOCK, 7);
		sum = cw_checksum(bytes + at, 56);
		memcpy(bytes + at + 56, &sum, 8);
		reverse(bytes + at + 56, 8);
		at += 64 + length;
	}
}

static void test_other_byte_order(void **state)
{
	struct content *content = *state;
	u64 sum;

	assert_int_equal(read_file(content, FILE_SIZE, FILE_SIZE), 0);
	sum = content->sum;
	turn_file(content->bytes);
	assert_int_equal(read_file(content, FILE_SIZE, FILE_SIZE), 0);
	assert_true(content->reader.swapped);
	assert_int_equal(content->blocks, BLOCKS + 1);
	assert_int_equal(content->records, BLOCKS * PER_BLOCK);
	assert_int_equal(content->sum, sum);
	assert_int_equal(content->reader.header.start, 77);
	assert_int_equal(content->loss.dropped, 16);
}

static void test_strange_records(void **state)
{
	struct content *content = *state;
	union cw_record record[PER_BLOCK] = { { .event = { .stage = 99 } },
					      { .task = { .stage = CW_RECORD_TASK } } };
	size_t at = CW_FILE_HEADER_LEN;

	memset(record[1].task.comm, 'x', sizeof(record[1].task.comm));
	put_block(content->bytes + at, (struct cw_file_block){ .type = CW_FILE_DEFINITIONS,
							       .length = sizeof(record),
							       .payload = record[0].bytes });
	assert_int_equal(read_file(content, FILE_SIZE, FILE_SIZE), 0);
	assert_int_equal(content->loss.strange, 4);
	assert_int_equal(content->records, (BLOCKS - 1) * PER_BLOCK + 1);
}

static void test_refusals(void **state)
{
	struct content *content = *state;
	struct cw_file_block block = { .length = CW_FILE_PAYLOAD_MAX + 1 };
	u8 out[CW_FILE_BLOCK_LEN];
	u16 version = CW_FILE_VERSION + 1;
	u64 sum;

	assert_int_equal(cw_file_put_block(&block, out), -EMSGSIZE);
	memcpy(content->bytes + 12, &version, sizeof(version));
	sum = cw_checksum(content->bytes, 248);
	memcpy(content->bytes + 248, &sum, sizeof(sum));
	assert_int_equal(read_file(content, FILE_SIZE, FILE_SIZE), -EPROTONOSUPPORT);
	memcpy(content->bytes,
	       "\x7f"
	       "ELF",
	       4);
	assert_int_equal(read_file(content, FILE_SIZE, FILE_SIZE), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_checksum_vectors),   TEST(test_round_trip),
		TEST(test_truncated_anywhere), TEST(test_account_of_cpus),
		TEST(test_damaged_anywhere),   TEST(test_first_batch_missing),
		TEST(test_block_without_end),  TEST(test_small_windows),
		TEST(test_other_byte_order),   TEST(test_strange_records),
		TEST(test_refusals),
	};

	return cmocka_run_group_tests_name("correlate: file", tests, NULL, NULL);
}
