// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a critical window wide: a process stands still, once, in the midst of what it does without
 * a lock, until it is told to go on.  With the programs' probes (probe_hold.c):
 *
 *	firewall at skb_push(): "nf_queue" writes our option into a segment, after it was decided
 *		what is written and before it is noted that it was
 *	dump at _raw_spin_lock_irqsave(): "dtctl" is given a list, and a function of the module's is
 *		about to lock an entry that was found
 */
#include <asm/ptrace.h>
#include <linux/bpf.h>

#define SEC(name) __attribute__((section(name), used))
/* Enough of a process's name. */
#define NAME_LEN 5
/* No function is longer that finds and locks. */
#define FUNCTION_SIZE 512
/* Should nothing let it go on: 10 s, in ns.  A loop may have 1 << 23 turns, which a fast machine does in less. */
#define SPINS_MAX (1 << 20)
#define TIME_MAX 10000000000ULL

static long (*const get_current_comm)(void *, __u32) = (void *)BPF_FUNC_get_current_comm;
static void *(*const map_lookup_elem)(void *, const void *) = (void *)BPF_FUNC_map_lookup_elem;
static long (*const probe_read_kernel)(void *, __u32,
				       const void *) = (void *)BPF_FUNC_probe_read_kernel;
static __u64 (*const ktime_get_ns)(void) = (void *)BPF_FUNC_ktime_get_ns;
static long (*const loop)(__u32, void *, void *, __u64) = (void *)BPF_FUNC_loop;

/*
 * MOMENT: what that is known by, until it is 0 again: how many bytes are pushed (28 for the option's long
 * form), or where the function begins that locks.  BEGUN, ENDED: how often it has; it begins once only.
 */
enum { MOMENT, BEGUN, ENDED, NUMBERS };

struct {
	int (*type)[BPF_MAP_TYPE_ARRAY];
	__u32 *key;
	__u64 *value;
	int (*max_entries)[NUMBERS];
} slow SEC(".maps");

struct until {
	const volatile __u64 *moment;
	__u64 end;
};

static long spin(__u32 index, struct until *until)
{
	(void)index;
	return !*until->moment || ktime_get_ns() >= until->end;
}

static long spin_more(__u32 index, struct until *until)
{
	loop(SPINS_MAX, spin, until, 0);
	return spin(index, until);
}

static inline __attribute__((always_inline)) __u64 *number(__u32 index)
{
	return map_lookup_elem(&slow, &index);
}

static inline __attribute__((always_inline)) void stand_still(const char *name, __u64 moment)
{
	__u64 *wanted = number(MOMENT), *begun = number(BEGUN), *ended = number(ENDED);
	struct until until;
	char comm[16] = "";

	if (!wanted || !begun || !ended || !moment || *wanted != moment || *begun)
		return;
	get_current_comm(comm, sizeof(comm));
	for (int i = 0; i < NAME_LEN; i++)
		if (comm[i] != name[i])
			return;
	++*begun;
	until.moment = wanted;
	until.end = ktime_get_ns() + TIME_MAX;
	loop(SPINS_MAX, spin_more, &until, 0);
	++*ended;
}

SEC("kprobe/skb_push")
int firewall(struct pt_regs *regs)
{
	stand_still("nf_queue", (__u32)regs->rsi);
	return 0;
}

SEC("kprobe/_raw_spin_lock_irqsave")
int dump(struct pt_regs *regs)
{
	__u64 *function = number(MOMENT), caller = 0;

	if (!function || !*function)
		return 0;
	probe_read_kernel(&caller, sizeof(caller), (const void *)regs->rsp);
	if (caller - *function < FUNCTION_SIZE)
		stand_still("dtctl", *function);
	return 0;
}

char _license[] SEC("license") = "GPL";
