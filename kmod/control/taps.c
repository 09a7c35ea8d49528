// SPDX-License-Identifier: GPL-2.0
/*
 * Registers and unregisters the taps.  Process context, under cw_control_mutex.
 */
#include <linux/delay.h>
#include <linux/netlink.h>

#include "base/counter.h"
#include "control/taps.h"
#include "policy/rule.h"
#include "tap/device.h"
#include "tap/module.h"
#include "tap/socket.h"
#include "tap/task.h"
#include "tap/tls.h"
#include "tap/udp.h"

static bool in_force;	/* taps are registered, and so are those of modules that come */

static const struct cw_tap_group *const groups[] = {
	&cw_taps_task, &cw_taps_socket, &cw_taps_tls, &cw_taps_udp, &cw_taps_device,
};

/* Returns the tap of number @index in all groups; NULL: there are no more. */
static struct cw_tap *tap_at(unsigned int index)
{
	unsigned int g;

	for (g = 0; g < ARRAY_SIZE(groups); g++) {
		if (index < groups[g]->count)
			return &groups[g]->taps[index];
		index -= groups[g]->count;
	}
	return NULL;
}

static void match_tracepoint(struct tracepoint *tracepoint, void *data)
{
	struct cw_tap *tap = data;

	if (!strcmp(tracepoint->name, tap->name))
		tap->tracepoint = tracepoint;
}

/* A tap that sees objects go away is called last, since other taps look these objects up. */
static int probe_register(const struct cw_tap *tap)
{
	return tracepoint_probe_register_prio(tap->tracepoint, tap->probe, NULL,
					      tap->last ? 0 : TRACEPOINT_DEFAULT_PRIO);
}

static int tap_register(struct cw_tap *tap)
{
	int err;

	if (tap->probe) {
		tap->tracepoint = NULL;
		for_each_kernel_tracepoint(match_tracepoint, tap);
		err = tap->tracepoint ? probe_register(tap) : -ENOENT;
	} else {
		memset(&tap->kprobe, 0, sizeof(tap->kprobe));
		tap->kprobe.symbol_name = tap->name;
		tap->kprobe.pre_handler = tap->handler;
		err = register_kprobe(&tap->kprobe);
	}
	tap->registered = !err;
	return err == -ENOENT && (tap->optional || tap->module) ? 0 : err;
}

/*
 * The kernel may need memory to disarm a probe.  Without memory it keeps the probe armed, and the
 * only sign of that is that the probe has no address any more.  Then the module must stay: this
 * tries until it succeeds.
 */
static void kprobe_remove(struct kprobe *kprobe)
{
	kprobe_opcode_t *address = kprobe->addr;

	for (unregister_kprobe(kprobe); !kprobe->addr; unregister_kprobe(kprobe)) {
		kprobe->addr = address;
		msleep(20);
	}
}

static void tap_unregister(struct cw_tap *tap)
{
	if (!tap->registered)
		return;
	tap->registered = false;
	if (tap->probe) {
		tracepoint_probe_unregister(tap->tracepoint, tap->probe, NULL);
		return;
	}
	kprobe_remove(&tap->kprobe);
	cw_count_add(probe_missed, tap->kprobe.nmissed);
}

static int taps_register(bool last, struct netlink_ext_ack *extack)
{
	struct cw_tap *tap;
	unsigned int i;
	int err;

	for (i = 0; (tap = tap_at(i)); i++) {
		if (tap->last != last)
			continue;
		err = tap_register(tap);
		if (err) {
			pr_err("causeway: cannot tap %s: error %d\n", tap->name, err);
			NL_SET_ERR_MSG(extack, "this kernel refuses a tap; its log says which");
			return err;
		}
	}
	return 0;
}

int cw_taps_register(struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&cw_control_mutex);
	err = taps_register(true, extack);
	if (!err)
		err = taps_register(false, extack);
	in_force = !err;
	if (err) {
		cw_taps_unregister(false);
		cw_taps_unregister(true);
	}
	return err;
}

void cw_taps_unregister(bool last)
{
	struct cw_tap *tap;
	unsigned int i;

	in_force = false;
	for (i = 0; (tap = tap_at(i)); i++)
		if (tap->last == last)
			tap_unregister(tap);
	tracepoint_synchronize_unregister();
}

bool cw_taps_expect(const char *module)
{
	struct cw_tap *tap;
	unsigned int i;

	for (i = 0; (tap = tap_at(i)); i++)
		if (tap->module && !strcmp(tap->module, module)) {
			cw_tap_module_moved();
			return true;
		}
	return false;
}

/* The kernel marks a probe as gone with its module; it stays gone if the module comes again. */
static void tap_follow(struct cw_tap *tap)
{
	int err = 0;

	if (tap->registered && !kprobe_gone(&tap->kprobe))
		return;
	tap_unregister(tap);
	if (in_force)
		err = tap_register(tap);
	if (err)
		pr_warn("causeway: cannot tap %s: error %d\n", tap->name, err);
}

void cw_taps_follow(void)
{
	int seen = cw_tap_module_moves();
	struct cw_tap *tap;
	unsigned int i;

	lockdep_assert_held(&cw_control_mutex);
	for (i = 0; (tap = tap_at(i)); i++)
		if (tap->module)
			tap_follow(tap);
	cw_tap_module_followed(seen);
}

unsigned int cw_taps_list(const char **names, unsigned int max)
{
	unsigned int n = 0, i;
	struct cw_tap *tap;

	for (i = 0; (tap = tap_at(i)); i++)
		if (READ_ONCE(tap->registered) && n < max)
			names[n++] = tap->name;
	return n;
}

unsigned long cw_taps_missed(void)
{
	unsigned long sum = 0;
	struct cw_tap *tap;
	unsigned int i;

	for (i = 0; (tap = tap_at(i)); i++)
		if (READ_ONCE(tap->registered) && tap->handler)
			sum += READ_ONCE(tap->kprobe.nmissed);
	return sum;
}
