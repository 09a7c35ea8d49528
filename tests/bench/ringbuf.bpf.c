// SPDX-License-Identifier: GPL-2.0
/*
 * One would write this instead of using Causeway, with BPF alone: it sends a record of 64 bytes of
 * each packet, at four places at which a device's stages are taken, to a ring buffer.  "counted"
 * has the number of records, and of those that found no room.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct net_device {
	int ifindex;
} __attribute__((preserve_access_index));

struct sk_buff {
	struct net_device *dev;
	unsigned int len;
	__u16 protocol;
} __attribute__((preserve_access_index));

struct record {
	__u64 time;
	__u64 packet;
	__u32 length;
	__u32 device;
	__u32 stage;
	__u32 cpu;
	__u64 rest[4];
};

/* The ring holds as many records as one of the module's rings. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096 * sizeof(struct record));
} records SEC(".maps");

__u64 counted[2];

static __always_inline int note(const struct sk_buff *skb, __u32 stage)
{
	struct record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);

	if (!record) {
		__sync_fetch_and_add(&counted[1], 1);
		return 0;
	}
	__builtin_memset(record, 0, sizeof(*record));
	record->time = bpf_ktime_get_ns();
	record->packet = (__u64)skb;
	record->length = skb->len;
	record->device = skb->dev->ifindex;
	record->stage = stage;
	record->cpu = bpf_get_smp_processor_id();
	bpf_ringbuf_submit(record, 0);
	__sync_fetch_and_add(&counted[0], 1);
	return 0;
}

SEC("tp_btf/net_dev_queue")
int at_queue(const __u64 *arguments)
{
	return note((const struct sk_buff *)arguments[0], 1);
}

SEC("tp_btf/net_dev_start_xmit")
int at_xmit(const __u64 *arguments)
{
	return note((const struct sk_buff *)arguments[0], 2);
}

SEC("tp_btf/netif_rx")
int at_arrive(const __u64 *arguments)
{
	return note((const struct sk_buff *)arguments[0], 3);
}

SEC("tp_btf/netif_receive_skb")
int at_receive(const __u64 *arguments)
{
	return note((const struct sk_buff *)arguments[0], 4);
}

char _license[] SEC("license") = "GPL";
