/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taps: where the module observes the kernel, host-wide.  Tracepoints where there
 * are any (stable, cheap); kprobes where there is none, at function entries, which
 * ftrace makes cheap too.  control/taps.c registers them.
 */
#ifndef CW_TAP_H
#define CW_TAP_H

#include <linux/kprobes.h>
#include <linux/tracepoint.h>

/**
 * struct cw_tap - one tap
 * @name: of the tracepoint, or the function whose entry is probed
 * @probe: tracepoint's probe, with its prototype; NULL for a kprobe
 * @handler: kprobe's handler; NULL for a tracepoint
 * @optional: absent on some kernels, where nothing needs it or something else does its work
 * @module: name of the module that the function may be in; registered when that comes, too, and
 *	no obstacle to its going.  Optional; NULL: the kernel's own
 * @last: sees objects go away: registered first, unregistered last, called last
 * @tracepoint: found by name
 * @kprobe: registered
 * @registered: it is
 */
struct cw_tap {
	const char *name;
	void *probe;
	kprobe_pre_handler_t handler;
	bool optional;
	const char *module;
	bool last;
	struct tracepoint *tracepoint;
	struct kprobe kprobe;
	bool registered;
};

/**
 * struct cw_tap_group - the taps of a file
 * @taps: an array
 * @count: how many
 */
struct cw_tap_group {
	struct cw_tap *taps;
	unsigned int count;
};

#endif
