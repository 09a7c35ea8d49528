// SPDX-License-Identifier: GPL-2.0
/*
 * Encodes and decodes the record file, and finds the next block behind damage.  It never
 * trusts a length or a kind before the checksum over it was verified, and never reads
 * outside of the bytes that the caller handed in.  Pure, no locks.
 */
#include "file.h"

#include "checksum.h"

/* Offsets, as drawn in file.h. */
enum {
	H_ORDER = 8,
	H_VERSION = 12,
	H_SIZE = 14,
	H_HOST = 16,
	H_BOOT = 32,
	H_START = 48,
	H_RECORD = 56,
	H_NAME = 64,
	H_KERNEL = 128,
	H_CHECK = 248,
	B_TYPE = 8,
	B_LENGTH = 12,
	B_BATCH = 16,
	B_PRODUCED = 24,
	B_SENT = 32,
	B_DROPPED = 40,
	B_PAYLOAD = 48,
	B_CPU = 52,
	B_CHECK = 56,
};

static u16 swap_u16(u16 v)
{
	return (u16)(v >> 8 | v << 8);
}

static u32 swap_u32(u32 v)
{
	return __builtin_bswap32(v);
}

static u64 swap_u64(u64 v)
{
	return __builtin_bswap64(v);
}

static u16 get_u16(const u8 *p, bool swapped)
{
	u16 v;

	memcpy(&v, p, sizeof(v));
	return swapped ? swap_u16(v) : v;
}

static u32 get_u32(const u8 *p, bool swapped)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return swapped ? swap_u32(v) : v;
}

static u64 get_u64(const u8 *p, bool swapped)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return swapped ? swap_u64(v) : v;
}

static void put_u16(u8 *p, u16 v)
{
	memcpy(p, &v, sizeof(v));
}

static void put_u32(u8 *p, u32 v)
{
	memcpy(p, &v, sizeof(v));
}

static void put_u64(u8 *p, u64 v)
{
	memcpy(p, &v, sizeof(v));
}

/* Copies a zero-padded string; the last byte always stays zero. */
static void copy_name(void *to, const void *from)
{
	const char *end = memchr(from, 0, CW_FILE_NAME_LEN - 1);

	memset(to, 0, CW_FILE_NAME_LEN);
	memcpy(to, from, end ? (size_t)(end - (const char *)from) : CW_FILE_NAME_LEN - 1);
}

void cw_file_put_header(const struct cw_file_header *header, u8 out[CW_FILE_HEADER_LEN])
{
	memset(out, 0, CW_FILE_HEADER_LEN);
	memcpy(out, CW_FILE_MAGIC, CW_FILE_MAGIC_LEN);
	put_u32(out + H_ORDER, CW_FILE_ORDER_MARK);
	put_u16(out + H_VERSION, CW_FILE_VERSION);
	put_u16(out + H_SIZE, CW_FILE_HEADER_LEN);
	memcpy(out + H_HOST, header->host_id, CW_FILE_ID_LEN);
	memcpy(out + H_BOOT, header->boot_id, CW_FILE_ID_LEN);
	put_u64(out + H_START, header->start);
	put_u32(out + H_RECORD, sizeof(union cw_record));
	copy_name(out + H_NAME, header->host_name);
	copy_name(out + H_KERNEL, header->kernel);
	put_u64(out + H_CHECK, cw_checksum(out, H_CHECK));
}

int cw_file_put_block(const struct cw_file_block *block, u8 out[CW_FILE_BLOCK_LEN])
{
	if (block->length > CW_FILE_PAYLOAD_MAX)
		return -EMSGSIZE;
	memcpy(out, CW_FILE_BLOCK_MAGIC, CW_FILE_MAGIC_LEN);
	put_u32(out + B_TYPE, block->type);
	put_u32(out + B_LENGTH, block->length);
	put_u64(out + B_BATCH, block->batch);
	put_u64(out + B_PRODUCED, block->produced);
	put_u64(out + B_SENT, block->sent);
	put_u64(out + B_DROPPED, block->dropped);
	put_u32(out + B_PAYLOAD,
		(u32)cw_checksum(block->length ? block->payload : out, block->length));
	put_u32(out + B_CPU, block->cpu);
	put_u64(out + B_CHECK, cw_checksum(out, B_CHECK));
	return 0;
}

static int get_order(const u8 *data, bool *swapped)
{
	u32 mark = get_u32(data + H_ORDER, false);

	if (mark != CW_FILE_ORDER_MARK && swap_u32(mark) != CW_FILE_ORDER_MARK)
		return -EBADMSG;
	*swapped = mark != CW_FILE_ORDER_MARK;
	return 0;
}

int cw_file_start(struct cw_file_reader *reader, const u8 *data, size_t length)
{
	struct cw_file_header *header = &reader->header;
	size_t magic = length < CW_FILE_MAGIC_LEN ? length : CW_FILE_MAGIC_LEN;
	u16 size;

	memset(reader, 0, sizeof(*reader));
	if (memcmp(data, CW_FILE_MAGIC, magic))
		return -EINVAL;
	if (length < CW_FILE_HEADER_LEN)
		return -ENODATA;
	if (get_order(data, &reader->swapped) ||
	    get_u64(data + H_CHECK, reader->swapped) != cw_checksum(data, H_CHECK))
		return -EBADMSG;
	size = get_u16(data + H_SIZE, reader->swapped);
	if (get_u16(data + H_VERSION, reader->swapped) != CW_FILE_VERSION ||
	    get_u32(data + H_RECORD, reader->swapped) != sizeof(union cw_record) ||
	    size < CW_FILE_HEADER_LEN || size > CW_FILE_HEADER_MAX)
		return -EPROTONOSUPPORT;
	if (length < size)
		return -ENODATA;
	memcpy(header->host_id, data + H_HOST, CW_FILE_ID_LEN);
	memcpy(header->boot_id, data + H_BOOT, CW_FILE_ID_LEN);
	header->start = get_u64(data + H_START, reader->swapped);
	copy_name(header->host_name, data + H_NAME);
	copy_name(header->kernel, data + H_KERNEL);
	return size;
}

/* Finds the magic, or a beginning of it at the end of the bytes. */
static size_t find_magic(const u8 *data, size_t length)
{
	size_t at = 0;

	while (at < length) {
		const u8 *hit = memchr(data + at, CW_FILE_BLOCK_MAGIC[0] & 0xff, length - at);
		size_t rest;

		if (!hit)
			return length;
		at = (size_t)(hit - data);
		rest = length - at < CW_FILE_MAGIC_LEN ? length - at : CW_FILE_MAGIC_LEN;
		if (!memcmp(hit, CW_FILE_BLOCK_MAGIC, rest))
			return at;
		at++;
	}
	return length;
}

static bool get_block(const struct cw_file_reader *reader, const u8 *data,
		      struct cw_file_block *block)
{
	bool swapped = reader->swapped;

	if (memcmp(data, CW_FILE_BLOCK_MAGIC, CW_FILE_MAGIC_LEN) ||
	    get_u64(data + B_CHECK, swapped) != cw_checksum(data, B_CHECK))
		return false;
	block->type = get_u32(data + B_TYPE, swapped);
	block->length = get_u32(data + B_LENGTH, swapped);
	block->batch = get_u64(data + B_BATCH, swapped);
	block->produced = get_u64(data + B_PRODUCED, swapped);
	block->sent = get_u64(data + B_SENT, swapped);
	block->dropped = get_u64(data + B_DROPPED, swapped);
	block->cpu = get_u32(data + B_CPU, swapped);
	block->payload = data + CW_FILE_BLOCK_LEN;
	return block->length <= CW_FILE_PAYLOAD_MAX;
}

static void account_block(struct cw_file_reader *reader, const struct cw_file_block *block)
{
	struct cw_file_loss *loss = &reader->loss;

	reader->lost_sync = false;
	if (block->type == CW_FILE_FINISH) {
		loss->finished = true;
		loss->produced = block->produced;
		loss->sent = block->sent;
		loss->dropped = block->dropped;
	} else if (block->type == CW_FILE_RECORDS && block->cpu < CW_FILE_CPUS) {
		reader->cpu[block->cpu] = (struct cw_file_cpu){
			block->produced,
			block->sent,
			block->dropped,
		};
	}
	if (!block->batch)
		return;
	if (!reader->batch_first || block->batch < reader->batch_first)
		reader->batch_first = block->batch;
	if (block->batch > reader->batch_last)
		reader->batch_last = block->batch;
	if (block->type == CW_FILE_RECORDS)
		loss->batches++;
}

static enum cw_file_step skip_bytes(struct cw_file_reader *reader, size_t bytes, size_t *used)
{
	/* One damaged stretch may be met in several pieces: count it once. */
	if (!reader->lost_sync)
		reader->loss.corrupt++;
	reader->lost_sync = true;
	reader->loss.skipped += bytes;
	*used = bytes;
	return CW_FILE_SKIP;
}

static enum cw_file_step want_more(struct cw_file_reader *reader, size_t length, bool last)
{
	if (last)
		reader->loss.cut = length;
	return CW_FILE_MORE;
}

enum cw_file_step cw_file_next(struct cw_file_reader *reader, const u8 *data, size_t length,
			       bool last, struct cw_file_block *block, size_t *used)
{
	size_t at = find_magic(data, length);

	*used = 0;
	if (at)
		return skip_bytes(reader, at, used);
	if (length < CW_FILE_BLOCK_LEN)
		return want_more(reader, length, last);
	if (!get_block(reader, data, block))
		return skip_bytes(reader, 1, used);
	if (length - CW_FILE_BLOCK_LEN < block->length) {
		/* Damage may hide intact blocks in the rest: look for one before giving it up. */
		at = last ? 1 + find_magic(data + 1, length - 1) : length;
		return at < length ? skip_bytes(reader, at, used) : want_more(reader, length, last);
	}
	if ((u32)cw_checksum(block->payload, block->length) !=
	    get_u32(data + B_PAYLOAD, reader->swapped))
		return skip_bytes(reader, CW_FILE_BLOCK_LEN, used);
	account_block(reader, block);
	*used = CW_FILE_BLOCK_LEN + block->length;
	return CW_FILE_BLOCK;
}

static void swap_event(struct cw_event *event)
{
	event->time = swap_u64(event->time);
	event->message = swap_u64(event->message);
	event->span = swap_u64(event->span);
	event->flow = swap_u32(event->flow);
	event->task = swap_u32(event->task);
	event->seq = swap_u32(event->seq);
	event->length = swap_u32(event->length);
	event->device = swap_u16(event->device);
	event->netns = swap_u16(event->netns);
	event->cpu = swap_u16(event->cpu);
}

static void swap_flow(struct cw_flow_def *flow)
{
	flow->id = swap_u32(flow->id);
	flow->source_port = swap_u16(flow->source_port);
	flow->destination_port = swap_u16(flow->destination_port);
	flow->outer = swap_u32(flow->outer);
	flow->netns = swap_u16(flow->netns);
}

static void swap_task(struct cw_task_def *task)
{
	task->id = swap_u32(task->id);
	task->tgid = swap_u32(task->tgid);
	task->start_time = swap_u64(task->start_time);
	task->cgroup = swap_u64(task->cgroup);
	task->netns = swap_u16(task->netns);
}

static void swap_device(struct cw_device_def *device)
{
	device->id = swap_u32(device->id);
	device->ifindex = swap_u32(device->ifindex);
	device->mtu = swap_u32(device->mtu);
	device->netns = swap_u16(device->netns);
}

static void swap_netns(struct cw_netns_def *netns)
{
	netns->id = swap_u32(netns->id);
	netns->inum = swap_u32(netns->inum);
	netns->cookie = swap_u64(netns->cookie);
	netns->netns = swap_u16(netns->netns);
}

static void swap_reason(struct cw_reason_def *reason)
{
	reason->id = swap_u32(reason->id);
	reason->netns = swap_u16(reason->netns);
}

static bool is_event(u8 stage)
{
	return stage >= CW_STAGE_SEND && stage <= CW_STAGE_MAX;
}

static bool is_known(u8 stage)
{
	return is_event(stage) || (stage >= CW_RECORD_FLOW && stage <= CW_RECORD_REASON);
}

bool cw_file_record_swap(union cw_record *record)
{
	switch (record->event.stage) {
	case CW_RECORD_FLOW:
		swap_flow(&record->flow);
		return true;
	case CW_RECORD_TASK:
		swap_task(&record->task);
		return true;
	case CW_RECORD_DEVICE:
		swap_device(&record->device);
		return true;
	case CW_RECORD_NETNS:
		swap_netns(&record->netns);
		return true;
	case CW_RECORD_REASON:
		swap_reason(&record->reason);
		return true;
	}
	if (!is_event(record->event.stage))
		return false;
	swap_event(&record->event);
	return true;
}

static void terminate_strings(union cw_record *record)
{
	if (record->event.stage == CW_RECORD_TASK)
		record->task.comm[CW_COMM_LEN - 1] = 0;
	if (record->event.stage == CW_RECORD_REASON) {
		record->reason.name[sizeof(record->reason.name) - 1] = 0;
		record->reason.function[sizeof(record->reason.function) - 1] = 0;
	}
	if (record->event.stage != CW_RECORD_DEVICE)
		return;
	record->device.name[CW_IFNAME_LEN - 1] = 0;
	record->device.kind[CW_IFNAME_LEN - 1] = 0;
}

int cw_file_record(struct cw_file_reader *reader, const struct cw_file_block *block, size_t index,
		   union cw_record *record)
{
	if (index >= block->length / sizeof(*record))
		return 0;
	memcpy(record, block->payload + index * sizeof(*record), sizeof(*record));
	if (!is_known(record->event.stage)) {
		reader->loss.strange++;
		return -EPROTO;
	}
	if (reader->swapped)
		cw_file_record_swap(record);
	terminate_strings(record);
	return 1;
}

void cw_file_account(const struct cw_file_reader *reader, struct cw_file_loss *loss)
{
	size_t cpu;

	*loss = reader->loss;
	if (reader->batch_last)
		loss->missing = reader->batch_last - reader->batch_first + 1;
	loss->missing = loss->missing > loss->batches ? loss->missing - loss->batches : 0;
	for (cpu = 0; cpu < CW_FILE_CPUS && !loss->finished; cpu++) {
		loss->produced += reader->cpu[cpu].produced;
		loss->sent += reader->cpu[cpu].sent;
		loss->dropped += reader->cpu[cpu].dropped;
	}
}
