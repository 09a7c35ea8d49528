// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a critical window wide: a firewall's thread ("nf_queue") that writes our option into a
 * segment stands still for a while where the header is moved, after it was decided what is written
 * and before it is noted that it was.  For a kprobe at skb_push().
 */
#include <asm/ptrace.h>
#include <linux/bpf.h>

#define SEC(name) __attribute__((section(name), used))
/* The long form of our option (uapi/causeway.h): nothing else pushes as many bytes there. */
#define LONG_LEN 28
/* Should nobody let it go on: no longer than some seconds. */
#define SPINS_MAX (1 << 23)
#define TIME_MAX 10000000000ULL

static long (*const get_current_comm)(void *, __u32) = (void *)BPF_FUNC_get_current_comm;
static void *(*const map_lookup_elem)(void *, const void *) = (void *)BPF_FUNC_map_lookup_elem;
static __u64 (*const ktime_get_ns)(void) = (void *)BPF_FUNC_ktime_get_ns;
static long (*const loop)(__u32, void *, void *, __u64) = (void *)BPF_FUNC_loop;

/* Whether to stand still, once, until this is 0 again; how often it has begun to, and ended. */
struct slow {
	__u64 stand;
	__u64 begun;
	__u64 ended;
};

struct {
	int (*type)[BPF_MAP_TYPE_ARRAY];
	__u32 *key;
	struct slow *value;
	int (*max_entries)[1];
} slow SEC(".maps");

struct until {
	const volatile __u64 *stand;
	__u64 end;
};

static long spin(__u32 index, struct until *until)
{
	(void)index;
	return !*until->stand || ktime_get_ns() >= until->end;
}

static int is_firewall(void)
{
	char comm[16] = "";

	get_current_comm(comm, sizeof(comm));
	return comm[0] == 'n' && comm[1] == 'f' && comm[2] == '_' && comm[3] == 'q';
}

SEC("kprobe/skb_push")
int stand_still(struct pt_regs *regs)
{
	const __u32 only = 0;
	struct slow *window = map_lookup_elem(&slow, &only);
	struct until until;

	if (!window || !window->stand || window->begun || (__u32)regs->rsi != LONG_LEN ||
	    !is_firewall())
		return 0;
	window->begun++;
	until.stand = &window->stand;
	until.end = ktime_get_ns() + TIME_MAX;
	loop(SPINS_MAX, spin, &until, 0);
	loop(SPINS_MAX, spin, &until, 0);
	loop(SPINS_MAX, spin, &until, 0);
	window->ended++;
	return 0;
}

char _license[] SEC("license") = "GPL";
