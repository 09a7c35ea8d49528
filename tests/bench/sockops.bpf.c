// SPDX-License-Identifier: GPL-2.0
/*
 * One would write this instead of using Causeway, with BPF alone: a sock_ops program that puts a
 * 16-byte TCP option on each segment, and one that also parses it, with storage of the socket's.
 * Each counts what it did, so that a measurement can tell that it ran.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct option {
	__u8 kind;
	__u8 length;
	__u16 magic;
	__u32 sequence;
	__u64 time;
} __attribute__((packed));

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} delay SEC(".maps");

__u64 counted[2];

static __always_inline void wish(struct bpf_sock_ops *ops, int flags)
{
	if (ops->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB ||
	    ops->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		bpf_sock_ops_cb_flags_set(ops, ops->bpf_sock_ops_cb_flags | flags);
}

static __always_inline void put(struct bpf_sock_ops *ops)
{
	struct option option = { .kind = 253, .length = sizeof(option), .magic = 0xb9eb };

	if (ops->op == BPF_SOCK_OPS_HDR_OPT_LEN_CB) {
		bpf_reserve_hdr_opt(ops, sizeof(option), 0);
	} else if (ops->op == BPF_SOCK_OPS_WRITE_HDR_OPT_CB) {
		option.time = bpf_ktime_get_ns();
		option.sequence = ops->snd_nxt;
		if (!bpf_store_hdr_opt(ops, &option, sizeof(option), 0))
			counted[0]++;
	}
}

SEC("sockops")
int sockops_write(struct bpf_sock_ops *ops)
{
	wish(ops, BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG);
	put(ops);
	return 1;
}

SEC("sockops")
int sockops_parse(struct bpf_sock_ops *ops)
{
	/* The option to search for: its length says that there is a magic number of 16 bits. */
	struct option option = { .kind = 253, .length = 4, .magic = 0xb9eb };
	struct bpf_sock *socket;
	__u64 *value;

	wish(ops, BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG | BPF_SOCK_OPS_PARSE_ALL_HDR_OPT_CB_FLAG);
	put(ops);
	if (ops->op != BPF_SOCK_OPS_PARSE_HDR_OPT_CB ||
	    bpf_load_hdr_opt(ops, &option, sizeof(option), 0) <= 0)
		return 1;
	counted[1]++;
	socket = ops->sk;
	if (!socket)
		return 1;
	value = bpf_sk_storage_get(&delay, socket, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (value)
		*value += bpf_ktime_get_ns() - option.time;
	return 1;
}

char _license[] SEC("license") = "GPL";
