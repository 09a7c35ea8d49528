/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The record file that "dtctl record" writes and every other command reads:
 * encoding and decoding over byte buffers, no I/O.  Pure; the caller owns all
 * memory and serialises the use of one reader.
 *
 *   file  = header, block, block, ...            integers in the writer's byte order
 *
 *   header, 256 bytes                            block header, 64 bytes
 *     0  magic "CWRECORD"                          0  magic 89 "CWBLK" 0d 0a
 *     8  u32 byte-order mark 0x01020304            8  u32 type
 *    12  u16 format version                       12  u32 bytes that follow
 *    14  u16 size of the header                   16  u64 batch number
 *    16  host id, 16 bytes (machine-id)           24  u64 produced \
 *    32  boot id, 16 bytes                        32  u64 sent      > so far
 *    48  u64 start, ns UTC                        40  u64 dropped  /
 *    56  u32 size of a record (64)                48  u32 checksum of what follows
 *    60  u32 zero                                 52  u32 CPU
 *    64  host name, 64 bytes, zero-padded         56  u64 checksum of bytes 0..55
 *   128  kernel release, 64 bytes, zero-padded
 *   192  zeros
 *   248  u64 checksum of bytes 0..247
 *
 * Checksums are XXH64 (cw_checksum); the 32-bit one is its lower half.  The
 * block header has its own, so that a damaged payload costs one block, and a
 * damaged header only the bytes up to the next block magic.  A later version
 * may lengthen the header; readers skip what they do not know.
 */
#ifndef CW_FILE_H
#define CW_FILE_H

#include "../../kmod/lib/port.h"
#include "../../uapi/causeway.h"

#define CW_FILE_MAGIC "CWRECORD"
#define CW_FILE_BLOCK_MAGIC \
	"\x89"              \
	"CWBLK\r\n"
#define CW_FILE_MAGIC_LEN 8
#define CW_FILE_ORDER_MARK 0x01020304u
#define CW_FILE_VERSION 1
#define CW_FILE_HEADER_LEN 256
#define CW_FILE_HEADER_MAX 4096 /* of any later version */
#define CW_FILE_BLOCK_LEN 64	/* a block's header */
#define CW_FILE_PAYLOAD_MAX (1u << 20)
#define CW_FILE_NAME_LEN 64
#define CW_FILE_ID_LEN 16
#define CW_FILE_CPUS 1024 /* a reader keeps the counters of so many */

/**
 * enum cw_file_type - what a block holds
 * @CW_FILE_RECORDS: union cw_record[], one batch of one CPU
 * @CW_FILE_DEFINITIONS: union cw_record[], a dump of definitions
 * @CW_FILE_FINISH: no payload; the session's final counters (all CPUs) and the
 *	number of its last batch.  A file without it was cut off.
 */
enum cw_file_type {
	CW_FILE_RECORDS = 1,
	CW_FILE_DEFINITIONS,
	CW_FILE_FINISH,
};

/**
 * struct cw_file_header - the host that recorded, and when
 * @host_id: /etc/machine-id as bytes
 * @boot_id: /proc/sys/kernel/random/boot_id as bytes
 * @start: ns UTC
 * @host_name: zero-terminated
 * @kernel: zero-terminated release, as uname -r
 */
struct cw_file_header {
	u8 host_id[CW_FILE_ID_LEN];
	u8 boot_id[CW_FILE_ID_LEN];
	u64 start;
	char host_name[CW_FILE_NAME_LEN];
	char kernel[CW_FILE_NAME_LEN];
};

/**
 * struct cw_file_block - a block's header
 * @type: enum cw_file_type; readers skip others without an error
 * @length: bytes of payload, at most CW_FILE_PAYLOAD_MAX
 * @batch: number of the batch in its session, from 1; 0: none
 * @produced: records by this CPU so far, as in CW_CMD_EVENTS (FINISH: by all CPUs)
 * @sent: how many of them were sent
 * @dropped: how many of them were dropped
 * @cpu: number of the CPU
 * @payload: in the caller's buffer
 */
struct cw_file_block {
	u32 type;
	u32 length;
	u64 batch;
	u64 produced;
	u64 sent;
	u64 dropped;
	u32 cpu;
	const u8 *payload;
};

/**
 * cw_file_put_header - encode a file's header
 * @header: the values
 * @out: receives the bytes
 */
void cw_file_put_header(const struct cw_file_header *header, u8 out[CW_FILE_HEADER_LEN]);

/**
 * cw_file_put_block - encode a block's header
 * @block: the values; payload and length as they will be written behind it
 * @out: receives the bytes
 *
 * The caller writes @out and then the payload as it is.
 *
 * Return: 0, or -EMSGSIZE where the payload is longer than CW_FILE_PAYLOAD_MAX.
 */
int cw_file_put_block(const struct cw_file_block *block, u8 out[CW_FILE_BLOCK_LEN]);

/* The latest counters of one CPU. */
struct cw_file_cpu {
	u64 produced;
	u64 sent;
	u64 dropped;
};

/**
 * struct cw_file_loss - what a file says is missing from it
 * @produced: records that passed the session's filter
 * @sent: how many of them were given to the reader's socket
 * @dropped: how many of them were lost in the kernel
 * @batches: how many were read
 * @missing: batches that were numbered but are not in the file
 * @corrupt: damaged blocks and damaged stretches
 * @skipped: bytes that were given up because of damage
 * @cut: bytes of an incomplete block at the end
 * @strange: records of an unknown kind
 * @finished: the closing block is there
 */
struct cw_file_loss {
	u64 produced;
	u64 sent;
	u64 dropped;
	u64 batches;
	u64 missing;
	u64 corrupt;
	u64 skipped;
	u64 cut;
	u64 strange;
	bool finished;
};

/**
 * struct cw_file_reader - a file being read; set up by cw_file_start()
 * @header: decoded
 * @swapped: the writer's byte order is not ours
 * @loss: so far; cw_file_account() gives the final account
 * @batch_first: least batch number seen
 * @batch_last: greatest batch number seen
 * @lost_sync: in a damaged stretch that is counted already
 * @cpu: latest counters of each CPU
 */
struct cw_file_reader {
	struct cw_file_header header;
	bool swapped;
	struct cw_file_loss loss;
	u64 batch_first;
	u64 batch_last;
	bool lost_sync;
	struct cw_file_cpu cpu[CW_FILE_CPUS];
};

/**
 * cw_file_start - decode a file's header
 * @reader: set up
 * @data: the file's first bytes
 * @length: how many; CW_FILE_HEADER_MAX is always enough
 *
 * Return: bytes that the header takes; -ENODATA: cut off within the header;
 * -EINVAL: not a record file; -EPROTONOSUPPORT: of a later, incompatible
 * version; -EBADMSG: damaged.
 */
int cw_file_start(struct cw_file_reader *reader, const u8 *data, size_t length);

/**
 * enum cw_file_step - what cw_file_next() found
 * @CW_FILE_MORE: nothing; call again with more bytes behind these (with all of
 *	the file given: the end)
 * @CW_FILE_BLOCK: an intact block
 * @CW_FILE_SKIP: damage; it is counted, go on behind it
 */
enum cw_file_step {
	CW_FILE_MORE,
	CW_FILE_BLOCK,
	CW_FILE_SKIP,
};

/**
 * cw_file_next - decode the next block
 * @reader: of this file
 * @data: bytes of the file from behind what was used so far
 * @length: how many; CW_FILE_BLOCK_LEN + CW_FILE_PAYLOAD_MAX are always enough
 * @last: no more bytes will follow these
 * @block: filled in for CW_FILE_BLOCK
 * @used: bytes to go on behind
 *
 * Return: what was found.
 */
enum cw_file_step cw_file_next(struct cw_file_reader *reader, const u8 *data, size_t length,
			       bool last, struct cw_file_block *block, size_t *used);

/**
 * cw_file_record - one record of a block, in this machine's byte order
 * @reader: of the block's file
 * @block: from cw_file_next()
 * @index: of the record, from 0
 * @record: filled in; its strings are terminated
 *
 * Return: 1, 0 behind the last one, -EPROTO for a record of an unknown kind.
 */
int cw_file_record(struct cw_file_reader *reader, const struct cw_file_block *block, size_t index,
		   union cw_record *record);

/**
 * cw_file_record_swap - turn a record's byte order
 * @record: in either order
 *
 * Return: false where the kind of record is not known; it is then unchanged.
 */
bool cw_file_record_swap(union cw_record *record);

/**
 * cw_file_account - the loss of all that was read
 * @reader: at the end of the file
 * @loss: filled in
 */
void cw_file_account(const struct cw_file_reader *reader, struct cw_file_loss *loss);

#endif
