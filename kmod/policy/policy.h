/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Policy says which traffic begins a trace (root rules), which addresses contexts are sent to and
 * taken from (peer rules), and from which forwarded packets contexts are taken off (strip rules).
 * By default no context leaves and none enters.
 *
 * It is asked in the packet path and in probes.  Sockets cache verdicts, and ask again when
 * cw_policy_generation has changed.
 */
#ifndef CW_POLICY_H
#define CW_POLICY_H

#include <linux/sched.h>

#include "lib/context.h"

struct net;

/**
 * struct cw_peer_verdict - what the peer and strip rules say of a remote address
 * @may_send: contexts may be sent to it
 * @may_accept: contexts may be taken from it
 * @mark_every: mark every segment of a run; only with @may_send
 * @accept_obi: also take OBI's option; only with @may_accept
 * @strip_send: a strip rule decides about packets to the address: no context may go there
 * @strip_accept: a strip rule decides about packets from the address: no context may come
 * @strip_obi: that rule also strips OBI's option
 */
struct cw_peer_verdict {
	bool may_send;
	bool may_accept;
	bool mark_every;
	bool accept_obi;
	bool strip_send;
	bool strip_accept;
	bool strip_obi;
};

/**
 * cw_policy_peer() - may contexts go to a remote address, and come from it
 * @net: namespace of the socket
 * @family: AF_INET or AF_INET6 (IPv4-mapped addresses are to be given as AF_INET)
 * @remote: its address, 4 or 16 bytes, network order
 * @port: the service's port, host order
 *
 * If peer and strip rules match, the rule that names the address more closely decides: the one
 * with the longer prefix, and if these are equally long the one with a port.  If both are equally
 * close the strip rule decides.  A strip rule of the host's administrator yields only to peer
 * rules of the host's administrator.
 *
 * Return: the union over all matching peer rules, but for the directions in which a strip rule
 *	decides.
 * Context: any; takes the RCU read lock itself.
 */
struct cw_peer_verdict cw_policy_peer(const struct net *net, u8 family, const u8 *remote,
				      u16 port);

/**
 * cw_policy_edge() - may forwarded packets carry contexts from or to an address
 * @net: namespace that the packet is in
 * @family: AF_INET or AF_INET6
 * @address: of one end, network order
 * @ports: of both ends, host order: it is not known here which is the service's
 *
 * Return: the verdict, as of cw_policy_peer().
 * Context: any; takes the RCU read lock itself.
 */
struct cw_peer_verdict cw_policy_edge(const struct net *net, u8 family, const u8 *address,
				      const u16 ports[2]);

/**
 * cw_policy_root() - shall a trace begin here
 * @net: namespace of the socket
 * @side: CW_SIDE_CLIENT or CW_SIDE_SERVER
 * @family: AF_INET or AF_INET6, as for cw_policy_peer()
 * @remote: the other side's address, network order
 * @port: service port (server: local, client: remote), host order
 * @task: the task that reads or writes; its comm and cgroup are matched
 * @out: a new context: random trace id, message and span 0, CW_CTX_VALID | CW_CTX_SAMPLED |
 *	CW_CTX_ROOT, class of the rule
 *
 * The first rule that matches decides, by ratio and rate cap.  The counters root_sampled_out and
 * root_rate_capped are raised here; the caller counts the roots.
 *
 * Return: true if a trace begins.
 * Context: process (atomic: within a probe); takes the RCU read lock itself.
 */
bool cw_policy_root(const struct net *net, u8 side, u8 family, const u8 *remote, u16 port,
		    struct task_struct *task, struct cw_context *out);

/**
 * cw_policy_has_root() - can a root rule begin a trace here, so that a socket needs state
 * @net: as for cw_policy_root()
 * @side: as for cw_policy_root()
 * @family: as for cw_policy_root()
 * @remote: as for cw_policy_root()
 * @port: as for cw_policy_root()
 * @task: as for cw_policy_root(); NULL matches any
 *
 * No decision is made and nothing is counted.
 *
 * Return: true if some root rule that lets anything through matches.
 * Context: any; takes the RCU read lock itself.
 */
bool cw_policy_has_root(const struct net *net, u8 side, u8 family, const u8 *remote, u16 port,
			struct task_struct *task);

#endif
