// SPDX-License-Identifier: GPL-2.0
/*
 * Another tool's program at a device (clsact), which looks at all bytes of IPv4 packets, and writes
 * into their headers.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <stddef.h>

#define SEC(name) __attribute__((section(name), used))
#define DSCP_AF11 (10 << 2)

static long (*const skb_pull_data)(struct __sk_buff *, __u32) = (void *)BPF_FUNC_skb_pull_data;
static long (*const skb_load_bytes)(const void *, __u32, void *,
				    __u32) = (void *)BPF_FUNC_skb_load_bytes;
static long (*const skb_store_bytes)(struct __sk_buff *, __u32, const void *, __u32,
				     __u64) = (void *)BPF_FUNC_skb_store_bytes;
static long (*const l3_csum_replace)(struct __sk_buff *, __u32, __u64, __u64,
				     __u64) = (void *)BPF_FUNC_l3_csum_replace;

#define AT(field) (ETH_HLEN + offsetof(struct iphdr, field))

/* Makes all of the packet linear and unshared, and puts another DSCP into it. */
SEC("tc/mangle")
int mangle(struct __sk_buff *skb)
{
	__u8 head[2], before[2] = {}, after[2] = {};

	if (skb->protocol != __builtin_bswap16(ETH_P_IP) || skb_pull_data(skb, skb->len) ||
	    skb_load_bytes(skb, ETH_HLEN, head, sizeof(head)) || head[1] == DSCP_AF11)
		return TC_ACT_OK;
	before[0] = after[0] = head[0];
	before[1] = head[1];
	after[1] = DSCP_AF11;
	l3_csum_replace(skb, AT(check), *(__u16 *)before, *(__u16 *)after, 2);
	skb_store_bytes(skb, AT(tos), &after[1], 1, 0);
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
