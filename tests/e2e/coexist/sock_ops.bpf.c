// SPDX-License-Identifier: GPL-2.0
/*
 * Another tool's TCP option: on connections of the ports 7200 to 7240 each segment has one of
 * port - 7200 bytes, of kind 254 with an experiment id that is not ours.  For cgroups (sock_ops).
 */
#include <linux/bpf.h>

#define SEC(name) __attribute__((section(name), used))
#define FIRST_PORT 7200
#define LONGEST 40

static int (*const cb_flags_set)(struct bpf_sock_ops *,
				 int) = (void *)BPF_FUNC_sock_ops_cb_flags_set;
static long (*const store_hdr_opt)(struct bpf_sock_ops *, const void *, __u32,
				   __u64) = (void *)BPF_FUNC_store_hdr_opt;
static long (*const reserve_hdr_opt)(struct bpf_sock_ops *, __u32,
				     __u64) = (void *)BPF_FUNC_reserve_hdr_opt;

static __u32 option_length(const struct bpf_sock_ops *ops)
{
	__u32 remote = __builtin_bswap32(ops->remote_port);
	__u32 port = ops->local_port;

	if (port < FIRST_PORT || port > FIRST_PORT + LONGEST)
		port = remote;
	if (port < FIRST_PORT || port > FIRST_PORT + LONGEST)
		return 0;
	return port - FIRST_PORT;
}

SEC("sockops")
int others_option(struct bpf_sock_ops *ops)
{
	__u8 option[64] = { 254, 0, 0xca, 0xfe };
	__u64 length = option_length(ops);

	/* The verifier forgets bounds that the compiler takes for known. */
	asm volatile("%0 &= 63" : "+r"(length));
	if (length < 4)
		return 1;
	option[1] = (__u8)length;
	switch (ops->op) {
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		cb_flags_set(ops, ops->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG);
		break;
	case BPF_SOCK_OPS_HDR_OPT_LEN_CB:
		reserve_hdr_opt(ops, length, 0);
		break;
	case BPF_SOCK_OPS_WRITE_HDR_OPT_CB:
		store_hdr_opt(ops, option, length, 0);
		break;
	default:
		break;
	}
	return 1;
}

char _license[] SEC("license") = "GPL";
