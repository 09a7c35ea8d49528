/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taps: places where the module observes the kernel, host-wide.  A tap is a tracepoint if the
 * kernel has one there (stable, cheap), and else a kprobe at the entry of a function, which ftrace
 * makes cheap, too.  control/taps.c registers them.
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
 * @optional: some kernels lack the function, and do not need the tap or have another one for it
 * @module: name of the module that the function may be in: the tap is registered when the module
 *	comes, does not keep it from going, and is optional; NULL: the kernel's own
 * @last: the tap sees objects go away: it is registered first, unregistered last and called last
 * @tracepoint: found by @name
 * @kprobe: the registered kprobe
 * @registered: the tap is registered
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
