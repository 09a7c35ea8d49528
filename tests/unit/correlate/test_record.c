// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of file.c, of single records: the other byte order, kind by kind, and text that
 * does not end.  One thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "file.h"

/* One record of each kind: as it is written, and as the other byte order has it. */
static const struct {
	union cw_record written, turned;
} KINDS[] = {
	{ .written.flow = { .id = 0x01020304,
			    .source = { 1, 2 },
			    .destination = { 3, 4 },
			    .source_port = 0x0102,
			    .destination_port = 0x0304,
			    .family = 2,
			    .protocol = 6,
			    .outer = 0x01020305,
			    .netns = 0x0506,
			    .stage = CW_RECORD_FLOW },
	  .turned.flow = { .id = 0x04030201,
			   .source = { 1, 2 },
			   .destination = { 3, 4 },
			   .source_port = 0x0201,
			   .destination_port = 0x0403,
			   .family = 2,
			   .protocol = 6,
			   .outer = 0x05030201,
			   .netns = 0x0605,
			   .stage = CW_RECORD_FLOW } },
	{ .written.task = { .id = 0x01020304,
			    .tgid = 0x05060708,
			    .start_time = 0x0102030405060708,
			    .cgroup = 0x1112131415161718,
			    .comm = "comm",
			    .netns = 0x0102,
			    .stage = CW_RECORD_TASK },
	  .turned.task = { .id = 0x04030201,
			   .tgid = 0x08070605,
			   .start_time = 0x0807060504030201,
			   .cgroup = 0x1817161514131211,
			   .comm = "comm",
			   .netns = 0x0201,
			   .stage = CW_RECORD_TASK } },
	{ .written.device = { .id = 0x01020304,
			      .ifindex = 1,
			      .mtu = 1500,
			      .name = "eth0",
			      .kind = "veth",
			      .netns = 0x0102,
			      .stage = CW_RECORD_DEVICE },
	  .turned.device = { .id = 0x04030201,
			     .ifindex = 0x01000000,
			     .mtu = 0xdc050000,
			     .name = "eth0",
			     .kind = "veth",
			     .netns = 0x0201,
			     .stage = CW_RECORD_DEVICE } },
	{ .written.netns = { .id = 0x01020304,
			     .inum = 1,
			     .cookie = 0x0102030405060708,
			     .name = "a-name-of-thirty-one-characters",
			     .netns = 0x0102,
			     .stage = CW_RECORD_NETNS },
	  .turned.netns = { .id = 0x04030201,
			    .inum = 0x01000000,
			    .cookie = 0x0807060504030201,
			    .name = "a-name-of-thirty-one-characters",
			    .netns = 0x0201,
			    .stage = CW_RECORD_NETNS } },
	{ .written.reason = { .id = 0x01020304,
			      .name = "NETFILTER_DROP",
			      .function = "nft_do_chain",
			      .netns = 0x0102,
			      .stage = CW_RECORD_REASON },
	  .turned.reason = { .id = 0x04030201,
			     .name = "NETFILTER_DROP",
			     .function = "nft_do_chain",
			     .netns = 0x0201,
			     .stage = CW_RECORD_REASON } },
};

/* Every multi-byte field turns, no text does, and turned twice a record is as before. */
static void test_swap_of_each_kind(void **state)
{
	union cw_record record = { .event.stage = 99 };

	(void)state;
	assert_false(cw_file_record_swap(&record));
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		record = KINDS[i].written;
		assert_true(cw_file_record_swap(&record));
		assert_memory_equal(&record, &KINDS[i].turned, sizeof(record));
		assert_true(cw_file_record_swap(&record));
		assert_memory_equal(&record, &KINDS[i].written, sizeof(record));
	}
}

static void test_unterminated_name(void **state)
{
	struct cw_file_reader *reader = calloc(1, sizeof(*reader));
	union cw_record record = { .device = { .stage = CW_RECORD_DEVICE } };
	struct cw_file_block block = { .type = CW_FILE_RECORDS,
				       .length = sizeof(record),
				       .payload = record.bytes };
	union cw_record out;

	(void)state;
	memset(record.device.name, 'n', CW_IFNAME_LEN);
	memset(record.device.kind, 'k', CW_IFNAME_LEN);
	assert_int_equal(cw_file_record(reader, &block, 0, &out), 1);
	assert_int_equal(strlen(out.device.name), CW_IFNAME_LEN - 1);
	assert_int_equal(strlen(out.device.kind), CW_IFNAME_LEN - 1);
	assert_int_equal(cw_file_record(reader, &block, 1, &out), 0);
	free(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_swap_of_each_kind),
		cmocka_unit_test(test_unterminated_name),
	};

	return cmocka_run_group_tests_name("correlate: record", tests, NULL, NULL);
}
