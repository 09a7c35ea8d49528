/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taps: where the module observes the kernel, host-wide.  Tracepoints where there
 * are any (stable, cheap); kprobes where there is none, at function entries, which
 * ftrace makes cheap too.  Registered with the first rule of policy, unregistered
 * after the last.
 */
#ifndef CW_TAP_H
#define CW_TAP_H

#include <linux/kprobes.h>
#include <linux/tracepoint.h>

struct netlink_ext_ack;

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

extern struct cw_tap cw_taps_task[];
extern const unsigned int cw_taps_task_count;
extern struct cw_tap cw_taps_socket[];
extern const unsigned int cw_taps_socket_count;
extern struct cw_tap cw_taps_tls[];
extern const unsigned int cw_taps_tls_count;
extern struct cw_tap cw_taps_udp[];
extern const unsigned int cw_taps_udp_count;
extern struct cw_tap cw_taps_device[];
extern const unsigned int cw_taps_device_count;

/*
 * Is @sk read by record: not by who takes bytes off TCP's queue, but where the taps of TLS say
 * so?  Context: @sk locked.
 */
bool cw_tap_by_record(struct sock *sk);

/* Process context, cw_control_mutex held.  On error none is registered; extack says which failed. */
int cw_taps_register(struct netlink_ext_ack *extack);

/*
 * The taps but the last ones, or those; returns after the last probe that ran has
 * left.  Process context, cw_control_mutex held.
 */
void cw_taps_unregister(bool last);

/**
 * cw_taps_expect() - a module comes or goes
 * @module: its name
 *
 * Return: true if functions of it are tapped: cw_taps_follow() is to be called soon.
 * Context: any.
 */
bool cw_taps_expect(const char *module);

/**
 * cw_taps_follow() - bring the taps of modules in line with what modules there are
 *
 * However often they came and went since: a probe in a module that went is dead, and is made anew
 * if the module is there again.
 *
 * Context: process, cw_control_mutex held.
 */
void cw_taps_follow(void);

/* Has a module come or gone that cw_taps_follow() has not seen yet?  Any context. */
bool cw_taps_expected(void);

#endif
