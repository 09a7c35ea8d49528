// SPDX-License-Identifier: GPL-2.0
/*
 * Writes record files of any length: requests of curl to nginx to an application
 * over a vxlan device, one new connection and thread each, as one file of one
 * host or as three files of three hosts whose clocks are 5 ms and -3 ms off.  Blocks
 * are per CPU and not in the order of time, as the kernel's batches are.
 *
 *	generate EVENTS FILE [FILE FILE]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "file.h"

#define CPUS 2
#define BATCH 200
#define SERVICES 3
#define SPACING 100000 /* ns between requests */

struct output {
	FILE *file;
	union cw_record batch[CPUS][BATCH];
	u32 fill[CPUS];
	u64 produced[CPUS];
	u64 batches;
	s64 clock;
};

/* One message's fixed part. */
struct message {
	u64 trace;
	u64 id;
	u64 parent;
	u64 span;
	unsigned int from;
	unsigned int to;
};

static struct output outputs[SERVICES];
static unsigned int hosts;
static u64 events;

static struct output *output_of(unsigned int service)
{
	return &outputs[hosts == 1 ? 0 : service];
}

static void write_bytes(struct output *output, const void *data, size_t length)
{
	if (fwrite(data, 1, length, output->file) != length) {
		perror("generate: cannot write");
		exit(1);
	}
}

static void write_block(struct output *output, struct cw_file_block block)
{
	u8 header[CW_FILE_BLOCK_LEN];

	if (cw_file_put_block(&block, header))
		abort();
	write_bytes(output, header, sizeof(header));
	if (block.length)
		write_bytes(output, block.payload, block.length);
}

static void flush(struct output *output, unsigned int cpu)
{
	u32 count = output->fill[cpu];

	if (!count)
		return;
	output->produced[cpu] += count;
	write_block(output, (struct cw_file_block){
				    .type = CW_FILE_RECORDS,
				    .length = count * (u32)sizeof(union cw_record),
				    .batch = ++output->batches,
				    .produced = output->produced[cpu],
				    .sent = output->produced[cpu],
				    .cpu = cpu,
				    .payload = output->batch[cpu][0].bytes,
			    });
	output->fill[cpu] = 0;
}

static void put(unsigned int service, unsigned int cpu, const union cw_record *record)
{
	struct output *output = output_of(service);

	output->batch[cpu][output->fill[cpu]++] = *record;
	if (output->fill[cpu] == BATCH)
		flush(output, cpu);
}

static u32 flow_of(const struct message *message, bool response)
{
	return (u32)(message->id * 2 + response);
}

static void put_event(const struct message *message, unsigned int service, struct cw_event event)
{
	union cw_record record = { .event = event };

	memcpy(record.event.trace_id, &message->trace, sizeof(message->trace));
	record.event.trace_id[15] = 1;
	record.event.message = message->id;
	record.event.netns = (u16)(service + 1);
	record.event.length = 100;
	record.event.time += (u64)output_of(service)->clock;
	put(service, (unsigned int)(event.time / 1000 % CPUS), &record);
	events++;
}

static void put_socket(const struct message *message, bool response, bool sends, u8 stage, u64 time)
{
	bool client = sends != response;
	unsigned int service = client ? message->from : message->to;
	struct cw_event event = { .time = time,
				  .stage = stage,
				  .seq = response ? 9000 : 100,
				  .flow = flow_of(message, !client),
				  .flags = (response ? CW_EVENT_RESPONSE : 0) |
					   (client ? CW_EVENT_CLIENT : CW_EVENT_SERVER) };

	if (stage == CW_STAGE_SEND || stage == CW_STAGE_RECV) {
		event.flags |= CW_EVENT_RUN_START | (message->parent ? 0 : CW_EVENT_ROOT);
		event.span = client ? message->parent : message->span;
		event.task = service ? 10 + service : (u32)(1000 + message->trace % 4000000);
	}
	put_event(message, service, event);
}

static void put_device(const struct message *message, bool response, unsigned int service, u8 stage,
		       u16 device, u64 time)
{
	put_event(message, service,
		  (struct cw_event){ .time = time,
				     .stage = stage,
				     .device = (u16)(device + (hosts == 1 ? service * 10 : 0)),
				     .seq = response ? 9000 : 100,
				     .flow = flow_of(message, response) });
}

/* A little noise, the same each time. */
static u64 jitter(u64 seed, u64 range)
{
	seed = (seed ^ seed >> 31) * 0x9e3779b97f4a7c15ULL;
	return (seed >> 33) % range;
}

static u64 put_way(const struct message *message, bool response, u64 time)
{
	unsigned int from = response ? message->to : message->from;
	unsigned int to = response ? message->from : message->to;

	put_socket(message, response, true, CW_STAGE_SEND, time);
	put_socket(message, response, true, CW_STAGE_TCP_OUT, time += 2000);
	put_device(message, response, from, CW_STAGE_DEV_XMIT, 1, time += 3000);
	put_device(message, response, from, CW_STAGE_DEV_RX, 2, time += 1000);
	put_device(message, response, from, CW_STAGE_DEV_QUEUE, 3, time += 4000);
	put_device(message, response, from, CW_STAGE_DEV_XMIT, 3, time += 500);
	time += 50000 + jitter(time, 100000);
	put_device(message, response, to, CW_STAGE_DEV_RX, 3, time);
	put_socket(message, response, false, CW_STAGE_TCP_IN, time += 6000);
	put_socket(message, response, false, CW_STAGE_RECV, time += 7000);
	return time;
}

static void define_client(const struct message *message, u64 time)
{
	union cw_record task = { .task = { .id = (u32)(1000 + message->trace % 4000000),
					   .comm = "curl",
					   .netns = 1,
					   .stage = CW_RECORD_TASK } };
	union cw_record flow = { .flow = { .id = flow_of(message, false),
					   .source = { 10, 0, 0, 1 },
					   .destination = { 10, 0, 0, 2 },
					   .source_port = (u16)(message->id % 30000 + 30000),
					   .destination_port = 80,
					   .family = AF_INET,
					   .role = CW_ROLE_CLIENT,
					   .netns = 1,
					   .stage = CW_RECORD_FLOW } };

	put(0, (unsigned int)(time / 1000 % CPUS), &task);
	put(0, (unsigned int)(time / 1000 % CPUS), &flow);
}

static void put_request(u64 number, u64 time)
{
	struct message outer = { number, 2 * number, 0, 4 * number + 1, 0, 1 };
	struct message inner = { number, 2 * number + 1, 4 * number + 1, 4 * number + 2, 1, 2 };

	define_client(&outer, time);
	time = put_way(&outer, false, time) + 1000000;
	time = put_way(&inner, false, time) + 500000 + jitter(number, 2000000);
	time = put_way(&inner, true, time) + 1000000;
	put_way(&outer, true, time);
}

static void define_service(unsigned int service)
{
	static const char *const COMMS[] = { "curl", "nginx", "app" };
	static const char *const NAMES[] = { "eth0", "veth1", "flannel.1" };
	static const char *const KINDS[] = { "veth", "veth", "vxlan" };
	union cw_record netns = { .netns = { .id = service + 1,
					     .inum = 4026532000u + service,
					     .netns = (u16)(service + 1),
					     .stage = CW_RECORD_NETNS } };
	union cw_record task = {
		.task = { .id = 10 + service, .netns = (u16)(service + 1), .stage = CW_RECORD_TASK }
	};
	unsigned int i;

	strcpy(task.task.comm, COMMS[service]);
	put(service, 0, &netns);
	put(service, 0, &task);
	for (i = 0; i < 3; i++) {
		union cw_record device = { .device = { .id = i + 1 +
							     (hosts == 1 ? service * 10 : 0),
						       .netns = (u16)(service + 1),
						       .stage = CW_RECORD_DEVICE } };

		strcpy(device.device.name, NAMES[i]);
		strcpy(device.device.kind, KINDS[i]);
		put(service, 0, &device);
	}
}

static void begin(struct output *output, const char *path, unsigned int host)
{
	static const s64 CLOCKS[] = { 0, 5000000, -3000000 };
	struct cw_file_header header = { .host_id = { (u8)(host + 1) }, .kernel = "6.1.0" };
	u8 bytes[CW_FILE_HEADER_LEN];

	output->file = fopen(path, "wb");
	if (!output->file) {
		perror(path);
		exit(1);
	}
	output->clock = CLOCKS[host];
	snprintf(header.host_name, sizeof(header.host_name), "node%u", host + 1);
	cw_file_put_header(&header, bytes);
	write_bytes(output, bytes, sizeof(bytes));
}

static void finish(struct output *output)
{
	u64 produced = 0;
	unsigned int cpu;

	for (cpu = 0; cpu < CPUS; cpu++) {
		flush(output, cpu);
		produced += output->produced[cpu];
	}
	write_block(output, (struct cw_file_block){ .type = CW_FILE_FINISH,
						    .batch = output->batches,
						    .produced = produced,
						    .sent = produced });
	if (fclose(output->file)) {
		perror("generate: cannot write");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	u64 wanted = argc > 1 ? strtoull(argv[1], NULL, 10) : 0, time = 1700000000000000000ULL;
	u64 number;
	unsigned int i;

	if (!wanted || (argc != 3 && argc != 5)) {
		fprintf(stderr, "usage: generate EVENTS FILE [FILE FILE]\n");
		return 1;
	}
	hosts = (unsigned int)argc - 2;
	for (i = 0; i < hosts; i++)
		begin(&outputs[i], argv[i + 2], i);
	for (i = 0; i < SERVICES; i++)
		define_service(i);
	for (number = 1; events < wanted; number++)
		put_request(number, time += SPACING);
	for (i = 0; i < hosts; i++)
		finish(&outputs[i]);
	printf("%" PRIu64 " events, %" PRIu64 " traces\n", events, number - 1);
	return 0;
}
