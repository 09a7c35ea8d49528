// SPDX-License-Identifier: GPL-2.0
/*
 * Makes allocations of one module fail, and lists their sites: for tests only.
 *
 * An allocation belongs to the module when one of its functions is on the stack; its site is the
 * innermost of their return addresses.  Functions that a softirq interrupted do not count.  Neither
 * do allocations that the allocator and the kernel's debugging make for themselves, nor those of
 * unregister_kprobe(), which has no way to say that it failed.  The kernel's own fault injection
 * cannot do this: its stack filter is not for x86-64, and its other filters know tasks and caches,
 * not softirqs and kmalloc.  The hooks are ftrace's, not kprobes, which would miss the allocations
 * that handlers of kprobes make.
 *
 * Parameters, in /sys/module/fail_alloc/parameters:
 *	target	the module's name; set before that is loaded
 *	comm	only in processes of this name (and not in softirqs), empty: everywhere
 *	nth	the n-th allocation from now fails, then the parameter is 0
 *	every	each n-th fails
 *	site	all at this site fail, -1: none
 *	failed	how many did
 * /sys/kernel/debug/fail_alloc_sites: a line for each site: number, seen, failed, what is called, where.
 *
 * The handlers run wherever memory is allocated; "lock" protects the sites and the counts.
 */
#include <linux/debugfs.h>
#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/linkage.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>

#define SITES 256
#define DEPTH 48
#define WHERE 64

struct span {
	unsigned long start, end;
};

struct site {
	unsigned long offset; /* of the return address in its part of the module */
	bool init, whole;
	unsigned int seen, failed;
	char what[24], where[WHERE];
};

static char *target = "causeway";
module_param(target, charp, 0444);
static char comm[TASK_COMM_LEN];
module_param_string(comm, comm, sizeof(comm), 0644);
static unsigned int nth, every, failed, count;
module_param(nth, uint, 0644);
module_param(every, uint, 0644);
module_param(failed, uint, 0644);
static int site = -1;
module_param(site, int, 0644);

static DEFINE_RAW_SPINLOCK(lock);
static struct span core, init;
/*
 * Functions further out on the stack than one of these were only interrupted, or were judged
 * already.
 */
static const char *const boundary_names[] = { "__do_softirq", "___slab_alloc", "__stack_depot_save",
					      "kmemleak_alloc", "kmemleak_alloc_percpu",
					      "debug_object_init", "debug_object_activate",
					      /* It has no way to say that it failed, and warns. */
					      "unregister_kprobe" };
static struct span boundaries[ARRAY_SIZE(boundary_names)];
static struct site sites[SITES];
static unsigned int sites_count;

asmlinkage void fail_alloc_return(void);
/* clang-format off */
asm(".pushsection .text\n\t"
	".type fail_alloc_return, @function\n"
	"fail_alloc_return:\n\t"
	ASM_RET
	".size fail_alloc_return, .-fail_alloc_return\n\t"
	".popsection\n");
/* clang-format on */

static bool within(const struct span *span, unsigned long address)
{
	return address >= span->start && address < span->end;
}

static struct site *site_find(unsigned long address)
{
	bool in_init = within(&init, address);
	unsigned long offset = address - (in_init ? init.start : core.start);
	char symbol[KSYM_SYMBOL_LEN];
	struct site *s;

	for (s = sites; s < sites + sites_count; s++)
		if (s->offset == offset && s->init == in_init)
			return s;
	if (sites_count == SITES)
		return NULL;
	sites_count++;
	s->offset = offset;
	s->init = in_init;
	sprint_symbol(symbol, address);
	strscpy(s->where, symbol, sizeof(s->where));
	return s;
}

/* A user writes comm, a line at a time. */
static bool comm_matches(void)
{
	size_t length = strcspn(comm, "\n");

	return !length || (in_task() && strlen(current->comm) == length &&
			   !strncmp(current->comm, comm, length));
}

/* The decision for one allocation at this site; lock is held. */
static bool site_fails(struct site *s)
{
	bool fails;

	s->seen++;
	if (!comm_matches())
		return false;
	fails = site == s - sites;
	count++;
	if (every && count % every == 0)
		fails = true;
	if (nth && !--nth)
		fails = true;
	s->failed += fails;
	failed += fails;
	return fails;
}

static bool should_fail_at(unsigned long address, const char *what, bool whole)
{
	unsigned long flags;
	bool fails = false;
	struct site *s;

	raw_spin_lock_irqsave(&lock, flags);
	s = site_find(address);
	/* A call that fails as a whole is not failed inside as well: the kernel would warn. */
	if (s && (whole || !s->whole)) {
		if (!s->what[0])
			strscpy(s->what, what, sizeof(s->what));
		s->whole = whole;
		fails = site_fails(s);
	}
	raw_spin_unlock_irqrestore(&lock, flags);
	return fails;
}

static bool boundary(unsigned long address)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(boundaries); i++)
		if (within(&boundaries[i], address))
			return true;
	return false;
}

/* The innermost function of the module on the stack, 0: none. */
static unsigned long caller_in_module(void)
{
	unsigned long entries[DEPTH];
	unsigned int i, n;

	if (!core.start || in_hardirq() || in_nmi())
		return 0;
	n = stack_trace_save(entries, DEPTH, 2);
	for (i = 0; i < n && !boundary(entries[i]); i++)
		if (within(&core, entries[i]) || within(&init, entries[i]))
			return entries[i];
	return 0;
}

static void fail_with(struct pt_regs *regs, unsigned long value)
{
	regs->ax = value;
	regs->ip = (unsigned long)fail_alloc_return;
}

static void slab_handler(unsigned long ip, unsigned long parent, struct ftrace_ops *ops,
			 struct ftrace_regs *fregs)
{
	struct pt_regs *regs = ftrace_get_regs(fregs);
	unsigned long caller = caller_in_module();

	if (caller && !(regs->si & __GFP_NOFAIL) && should_fail_at(caller, "slab", false))
		fail_with(regs, -ENOMEM);
}

static void page_handler(unsigned long ip, unsigned long parent, struct ftrace_ops *ops,
			 struct ftrace_regs *fregs)
{
	struct pt_regs *regs = ftrace_get_regs(fregs);
	unsigned long caller = caller_in_module();

	if (caller && !(regs->di & __GFP_NOFAIL) && should_fail_at(caller, "page", false))
		fail_with(regs, 1);
}

/* A function that the module itself calls fails before it has done anything. */
static void whole_handler(unsigned long ip, unsigned long parent, struct ftrace_ops *ops,
			  struct ftrace_regs *fregs)
{
	struct pt_regs *regs = ftrace_get_regs(fregs);

	if (core.start && (within(&core, parent) || within(&init, parent)) &&
	    should_fail_at(parent, ops->private, true))
		fail_with(regs, 0);
}

#define HOOK(name, handler) \
	{ .func = handler, .private = name, \
	  .flags = FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_RECURSION }

static struct ftrace_ops hooks[] = {
	HOOK("should_failslab", slab_handler),
	HOOK("should_fail_alloc_page", page_handler),
	HOOK("kmem_cache_create", whole_handler),
	HOOK("kvmalloc_node", whole_handler),
	HOOK("__alloc_percpu", whole_handler),
};

static void hooks_remove(int n)
{
	while (n--) {
		unregister_ftrace_function(&hooks[n]);
		ftrace_free_filter(&hooks[n]);
	}
}

static int hooks_add(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		char *name = hooks[i].private;

		err = ftrace_set_filter(&hooks[i], name, strlen(name), 1) ?:
			      register_ftrace_function(&hooks[i]);
		if (err) {
			pr_err("fail_alloc: cannot hook %s: %d\n", name, err);
			hooks_remove(i);
			return err;
		}
	}
	return 0;
}

static int module_changes(struct notifier_block *nb, unsigned long state, void *data)
{
	struct module *mod = data;
	unsigned long flags;

	if (strcmp(mod->name, target))
		return NOTIFY_OK;
	raw_spin_lock_irqsave(&lock, flags);
	core = init = (struct span){};
	if (state != MODULE_STATE_GOING) {
		core.start = (unsigned long)mod->core_layout.base;
		core.end = core.start + mod->core_layout.text_size;
	}
	if (state == MODULE_STATE_COMING) {
		init.start = (unsigned long)mod->init_layout.base;
		init.end = init.start + mod->init_layout.text_size;
	}
	raw_spin_unlock_irqrestore(&lock, flags);
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = { .notifier_call = module_changes };

static int sites_show(struct seq_file *file, void *unused)
{
	struct site *s;

	for (s = sites; s < sites + sites_count; s++)
		seq_printf(file, "%zd %u %u %s %s\n", s - sites, s->seen, s->failed, s->what,
			   s->where);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sites);

static int boundary_find(const char *name, struct span *span)
{
	struct kprobe probe = { .symbol_name = name };
	char symbol[KSYM_SYMBOL_LEN], *size;
	int err = register_kprobe(&probe);

	if (err)
		return err;
	span->start = (unsigned long)probe.addr;
	unregister_kprobe(&probe);
	/* The symbol is printed as NAME+0x0/0xSIZE. */
	sprint_symbol(symbol, span->start);
	size = strchr(symbol, '/');
	if (!size || kstrtoul(size + 1, 16, &span->end))
		return -ENOENT;
	span->end += span->start;
	return 0;
}

static int boundaries_find(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(boundaries); i++) {
		err = boundary_find(boundary_names[i], &boundaries[i]);
		/* Kernels without the debug options lack some of these functions. */
		if (err && (i == 0 || err != -ENOENT)) {
			pr_err("fail_alloc: cannot find %s: %d\n", boundary_names[i], err);
			return err;
		}
	}
	return 0;
}

static struct dentry *file;

static int __init fail_alloc_init(void)
{
	int err = boundaries_find();

	if (err)
		return err;
	err = register_module_notifier(&module_notifier);
	if (err)
		return err;
	err = hooks_add();
	if (err) {
		unregister_module_notifier(&module_notifier);
		return err;
	}
	file = debugfs_create_file("fail_alloc_sites", 0400, NULL, NULL, &sites_fops);
	return 0;
}

static void __exit fail_alloc_exit(void)
{
	debugfs_remove(file);
	hooks_remove(ARRAY_SIZE(hooks));
	unregister_module_notifier(&module_notifier);
}

module_init(fail_alloc_init);
module_exit(fail_alloc_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Makes allocations of one module fail");
