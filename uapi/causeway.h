/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The only contract between causeway.ko and user space: the generic netlink
 * family "causeway", the 64-byte records of its event stream, and, since other
 * hosts see them, the TCP option and the overlay trailer.  A client can be written
 * from this file alone; causeway.yaml beside it has the netlink family as a
 * specification for tools.
 *
 * The TCP option (RFC 6994 experimental option: kind 253 and a 16-bit ExID).
 * All numbers in network byte order; an option is ours only if kind, ExID and
 * length all match, and its version is one that we know.
 *
 *   long form, 28 bytes: bytes from here on belong to this context
 *    0        8        16       24       31
 *   +--------+--------+--------+--------+
 *   |  253   |   28   |      ExID       |
 *   +--------+--------+--------+--------+    ver:2      format version, 0
 *   |vvScccrr|      trace id ...        |    S:1        sampled
 *   +--------+                          +    ccc:3      class
 *   |             (16 bytes)            |    rr:2       number of the run, mod 4
 *   +        +--------+--------+--------+
 *   |        |       message id ...     |    message id: 5 bytes, expanded to
 *   +--------+--------+--------+--------+    64 bit by cw_message_id()
 *   |   (5 bytes)     |   back-offset   |    back-offset: the run began this
 *   +--------+--------+--------+--------+    many bytes before this segment
 *
 *   short form, 8 bytes
 *   +--------+--------+--------+--------+    ww:2  0 none: no context from here
 *   |  253   |    8   |      ExID       |          1 boundary: a run starts
 *   +--------+--------+--------+--------+            here, its long form follows
 *   |vvwwrr00|    0   |   back-offset   |          2 ack: I speak Causeway
 *   +--------+--------+--------+--------+
 *
 * The overlay trailer carries the context of a UDP datagram or other inner packet that has no room
 * for options.  In the payload of VXLAN or IP in IP it fills the bytes from the inner IP packet's
 * end to the outer one's.  A host that does not know it trims it, by the inner packet's length.
 *
 *    0        8        16       24       31
 *   +--------+--------+--------+--------+    vv:2      format version, 0
 *   |           magic "CWtr"            |    S:1       sampled
 *   +--------+--------+--------+--------+    R:1       answers the message
 *   |   40   |vvSRccc0|    checksum     |    ccc:3     class
 *   +--------+--------+--------+--------+    checksum: RFC 1071, of these 40 bytes and
 *   |        trace id (16 bytes)        |              of the inner IP packet's length
 *   |                                   |              as a 32-bit number
 *   +--------+--------+--------+--------+
 *   |       message id (8 bytes)        |
 *   |                                   |
 *   +--------+--------+--------+--------+    time: when it left the sender's host;
 *   |          time (8 bytes)           |    ns since 1970, UTC, its clock
 *   |                                   |
 *   +--------+--------+--------+--------+
 */
#ifndef _UAPI_CAUSEWAY_H
#define _UAPI_CAUSEWAY_H

#include <linux/types.h>

#define CW_GENL_NAME		"causeway"
#define CW_GENL_VERSION		1
/* Raised by every change that an older client would misread. */
#define CW_ABI_VERSION		1
/* Multicast group of the notifications about rules (CW_CMD_POLICY_NTF). */
#define CW_MCGRP_NOTIFY		"notify"

#define CW_OPTION_KIND		253	/* RFC 3692/6994 */
#define CW_OPTION_EXID		0x4357	/* "CW"; to be registered with IANA */
#define CW_OPTION_LONG_LEN	28
#define CW_OPTION_SHORT_LEN	8

#define CW_TRAILER_MAGIC	0x43577472
#define CW_TRAILER_LEN		40

#define CW_TRACE_ID_LEN		16
#define CW_COMM_LEN		16
#define CW_IFNAME_LEN		16
#define CW_NETNS_NAME_LEN	32

/**
 * enum cw_stage - where an event was taken
 * @CW_STAGE_SEND: the application wrote bytes to the socket
 * @CW_STAGE_TCP_OUT: a segment leaves TCP (netfilter LOCAL_OUT)
 * @CW_STAGE_DEV_QUEUE: a packet is handed to a device's queueing discipline
 * @CW_STAGE_DEV_XMIT: a packet is handed to the device's driver
 * @CW_STAGE_DEV_RX: a packet was received from a device, after GRO
 * @CW_STAGE_TCP_IN: a packet reached the socket's host (netfilter LOCAL_IN)
 * @CW_STAGE_RECV: the application read bytes
 * @CW_STAGE_RETRANSMIT: TCP sends a traced segment again; detail: CW_RETRANSMIT_*
 * @CW_STAGE_DEV_DEQUEUE: a packet is taken out of the queueing discipline
 * @CW_STAGE_DEV_ARRIVE: a packet is handed up by the driver, before GRO or the CPU's backlog
 * @CW_STAGE_READY: bytes are in order in the socket's queue, and its readers are woken
 * @CW_STAGE_WAKE: the thread that reads got a CPU, after READY; found when it reads
 * @CW_STAGE_DROP: the kernel dropped the packet; detail: id of a CW_RECORD_REASON
 */
enum cw_stage {
	CW_STAGE_SEND = 1,
	CW_STAGE_TCP_OUT,
	CW_STAGE_DEV_QUEUE,
	CW_STAGE_DEV_XMIT,
	CW_STAGE_DEV_RX,
	CW_STAGE_TCP_IN,
	CW_STAGE_RECV,
	CW_STAGE_RETRANSMIT,
	CW_STAGE_DEV_DEQUEUE,
	CW_STAGE_DEV_ARRIVE,
	CW_STAGE_READY,
	CW_STAGE_WAKE,
	CW_STAGE_DROP,
	__CW_STAGE_MAX,
	/* Definitions are in the stream, too: a short id is defined before an event uses it. */
	CW_RECORD_FLOW = 64,
	CW_RECORD_TASK,
	CW_RECORD_DEVICE,
	CW_RECORD_NETNS,
	CW_RECORD_REASON,
};
#define CW_STAGE_MAX (__CW_STAGE_MAX - 1)

/* cw_event.flags */
#define CW_EVENT_RESPONSE	0x01	/* the bytes are the response to message */
#define CW_EVENT_RUN_START	0x02	/* first bytes of the run */
#define CW_EVENT_ROOT		0x04	/* the trace begins with this message */
#define CW_EVENT_LATE		0x08	/* mark arrived after its first byte was read */
#define CW_EVENT_SERVER		0x10	/* taken at the accepting side's socket */
#define CW_EVENT_CLIENT		0x20	/* taken at the connecting side's socket */
#define CW_EVENT_BARE		0x40	/* TCP_OUT only: it left without its mark */

/* cw_event.detail of RETRANSMIT: why TCP sent it again */
#define CW_RETRANSMIT_FAST	1	/* duplicate or selective acknowledgements, RACK */
#define CW_RETRANSMIT_TIMEOUT	2	/* the retransmission timer (RTO, RFC 6298) */
#define CW_RETRANSMIT_PROBE	3	/* tail loss probe (RFC 8985, 7) */

/**
 * struct cw_event - one context seen at one stage
 * @time: ns, CLOCK_REALTIME (UTC) of the host
 * @trace_id: as in W3C trace context, network order
 * @message: message id; a request and its response share it
 * @span: SEND of a request: the span that wrote it (its parent; 0: none);
 *	RECV of a request: the server span that begins with it;
 *	SEND of a response: the server span that answers;
 *	RECV of a response: the span that wrote the request; else 0
 * @detail: instead of @span, for stages without a span: what enum cw_stage says; TCP_OUT:
 *	ns that the first byte waited for the receiver's window to open; TCP_IN of a
 *	datagram: when it left its sender's host, ns, UTC by that host's clock; 0: none
 * @flow: short id, defined by a CW_RECORD_FLOW; 0: none
 * @task: thread id in the initial pid namespace; 0: softirq or not known
 * @seq: TCP sequence number of the first byte that the event is about
 * @length: number of bytes that it is about
 * @device: short id, defined by a CW_RECORD_DEVICE; 0: none
 * @netns: short id, defined by a CW_RECORD_NETNS
 * @stage: enum cw_stage
 * @flags: CW_EVENT_*
 * @cpu: the CPU that made the record
 *
 * In host byte order, like all of the netlink messages; a file says in its
 * header which order that was.
 */
struct cw_event {
	__u64	time;
	__u8	trace_id[CW_TRACE_ID_LEN];
	__u64	message;
	union {
		__u64	span;
		__u64	detail;
	};
	__u32	flow;
	__u32	task;
	__u32	seq;
	__u32	length;
	__u16	device;
	__u16	netns;
	__u8	stage;
	__u8	flags;
	__u16	cpu;
};

/* struct cw_flow_def.role: what the module knows of the local socket's side */
#define CW_ROLE_UNKNOWN		0
#define CW_ROLE_CLIENT		1	/* we connected */
#define CW_ROLE_SERVER		2	/* we accepted */
#define CW_ROLE_TRANSIT		3	/* a packet at a device, without a socket */

/* struct cw_flow_def.tunnel */
#define CW_TUNNEL_NONE		0
#define CW_TUNNEL_VXLAN		1
#define CW_TUNNEL_GENEVE	2
#define CW_TUNNEL_GRE		3
#define CW_TUNNEL_IPIP		4	/* IP directly in IP, of any two versions */

/**
 * struct cw_flow_def - CW_RECORD_FLOW: one direction of a flow
 * @id: short id
 * @source: local address for a socket, source address for a packet in transit;
 *	IPv4 in the first 4 bytes
 * @source_port: host order; 0: the protocol has none
 * @protocol: IPPROTO_TCP, IPPROTO_UDP, ...
 * @tunnel: how it is wrapped into @outer: CW_TUNNEL_*
 * @outer: short id of the flow around it in the packet that was seen; 0: none
 */
struct cw_flow_def {
	__u32	id;
	__u8	source[16];
	__u8	destination[16];
	__u16	source_port;
	__u16	destination_port;
	__u8	family;		/* AF_INET, AF_INET6 */
	__u8	role;		/* CW_ROLE_* */
	__u8	protocol;
	__u8	tunnel;		/* CW_TUNNEL_* */
	__u32	outer;
	__u8	pad[10];
	__u16	netns;
	__u8	stage;		/* CW_RECORD_FLOW */
	__u8	pad2[3];
};

/**
 * struct cw_task_def - CW_RECORD_TASK: a thread
 * @start_time: ns since boot, tells a reused id apart
 */
struct cw_task_def {
	__u32	id;		/* thread id, initial pid namespace */
	__u32	tgid;		/* process id, initial pid namespace */
	__u64	start_time;
	__u64	cgroup;		/* cgroup v2 id, 0: none */
	char	comm[CW_COMM_LEN];
	__u8	pad[18];
	__u16	netns;
	__u8	stage;		/* CW_RECORD_TASK */
	__u8	pad2[3];
};

/**
 * struct cw_device_def - CW_RECORD_DEVICE: a network device
 */
struct cw_device_def {
	__u32	id;
	__u32	ifindex;
	__u32	mtu;
	char	name[CW_IFNAME_LEN];
	char	kind[CW_IFNAME_LEN];	/* rtnl link kind: veth, bridge, vxlan, ipip; "" */
	__u8	pad[14];
	__u16	netns;
	__u8	stage;		/* CW_RECORD_DEVICE */
	__u8	pad2[3];
};

/**
 * struct cw_netns_def - CW_RECORD_NETNS: a network namespace
 * @inum: inode number, as in /proc/PID/ns/net
 * @name: as in /run/netns, zero-terminated; the kernel knows none and leaves it zero, and
 *	"dtctl record" fills it in when it writes a file
 */
struct cw_netns_def {
	__u32	id;
	__u32	inum;
	__u64	cookie;
	char	name[CW_NETNS_NAME_LEN];
	__u8	pad[10];
	__u16	netns;		/* = id */
	__u8	stage;		/* CW_RECORD_NETNS */
	__u8	pad2[3];
};

/**
 * struct cw_reason_def - CW_RECORD_REASON: why and where the kernel dropped packets
 * @name: the kernel's name of the reason (enum skb_drop_reason), zero-terminated, cut to
 *	fit; "" where it gives none
 * @function: the kernel's function that dropped it, zero-terminated, cut to fit; "" not known
 */
struct cw_reason_def {
	__u32	id;
	char	name[26];
	char	function[28];
	__u16	netns;
	__u8	stage;		/* CW_RECORD_REASON */
	__u8	pad[3];
};

/**
 * union cw_record - a record of the stream: 64 bytes; its stage says which kind it is
 *
 * netns and stage have one place in all members.
 */
union cw_record {
	struct cw_event		event;
	struct cw_flow_def	flow;
	struct cw_task_def	task;
	struct cw_device_def	device;
	struct cw_netns_def	netns;
	struct cw_reason_def	reason;
	__u8			bytes[64];
};

/**
 * enum cw_cmd - commands; [A] wants CAP_NET_ADMIN in the user namespace that
 * owns the network namespace concerned (the caller's, or the one of a *_NETNS_FD),
 * [H] in the initial one.  Every refusal by the module has an extack message; that
 * of a dump comes in its NLMSG_DONE.  An [A] command shows and changes the caller's
 * network namespace, or all of them if the caller is in the initial one.
 * @CW_CMD_STATUS_GET: do -> VERSION, ABI, POLICY_COUNT, TAPS, HOOKED_NETNS, SOCKETS,
 *	TASKS, RUNS, SESSIONS, CARRIER_OFF, [TAPS_KEPT_MS]
 * @CW_CMD_COUNTER_GET: dump -> one message per counter: COUNTER_NAME, COUNTER_VALUE
 * @CW_CMD_NETNS_GET: dump [A] -> NETNS_ID, NETNS_INUM, HOOKS (flag)
 * @CW_CMD_POLICY_ADD: do [A; with ALL_NETNS: H] <- RULE_KIND, [NETNS_FD | ALL_NETNS (flag)],
 *	RULE_*; reply: RULE_ID.  Neither NETNS_FD nor ALL_NETNS: the caller's.  Root rules
 *	take [SIDE] (any), [CGROUP], [COMM], [RATIO], [RATE], [CLASS]; peer and strip rules
 *	[DIRECTION] (both), [FLAGS]; all take [PORT] and [FAMILY, PREFIX, [PREFIX_LEN]]
 * @CW_CMD_POLICY_DEL: do [A] <- RULE_ID, or ALL (flag); [H]: of any rule; else only of the
 *	namespace's rules without RULE_HOST (RULE_ID: EPERM)
 * @CW_CMD_POLICY_GET: dump [A] -> RULE_ID, RULE_KIND, NETNS_INUM | ALL_NETNS, RULE_*,
 *	RULE_MATCHED, [RULE_HOST] (flag: the host's administrator made it)
 * @CW_CMD_CONTEXT_SET: do <- TRACE_ID, SPAN_ID, [CONTEXT_FLAGS] (sampled), [CLASS] (0), [TID];
 *	another thread's: [H].  ENETDOWN while no rule is in force
 * @CW_CMD_CONTEXT_CLEAR: do <- [TID]; another thread's: [H]
 * @CW_CMD_CONTEXT_GET: do <- [TID] -> TID, TRACE_ID, SPAN_ID, CONTEXT_FLAGS, CLASS, CONTEXT_KIND;
 *	ENODATA: it holds none; another thread's: [H]; dump [H]: every thread that holds one
 * @CW_CMD_SOCKET_GET: dump [A] -> the traced sockets: FLOW (struct cw_flow_def), NETNS_INUM,
 *	SOCKET_STATE, SOCKET_TX_RUNS, SOCKET_RX_RUNS, [TRACE_ID, MESSAGE_ID]
 * @CW_CMD_SESSION_OPEN: do [A] <- [FILTER_*]; reply: SESSION_ID.  Its batches come by
 *	unicast to the socket that opened it; it ends with that, and with FILTER_NETNS_FD's namespace
 * @CW_CMD_SESSION_CLOSE: do <- SESSION_ID: flushes the last batches to the socket,
 *	then replies with SESSION_ID, PORTID, SESSION_PRODUCED, SESSION_SENT, SESSION_DROPPED,
 *	ends the session
 * @CW_CMD_SESSION_GET: dump -> SESSION_ID, PORTID, SESSION_PRODUCED, SESSION_SENT, SESSION_DROPPED
 * @CW_CMD_EVENTS: kernel to user: SESSION_ID, BATCH_SEQ, BATCH_CPU, SESSION_PRODUCED,
 *	SESSION_SENT, SESSION_DROPPED (of this CPU, so far), RECORDS (union cw_record[])
 * @CW_CMD_DEFINITION_GET: dump [A] -> RECORDS: all definitions that are in use
 * @CW_CMD_POLICY_NTF: kernel to group "notify" [A]: RULE_ID, RULE_KIND, RULE_GONE (flag); in the
 *	rule's namespace and the initial one.  ENOBUFS: some were lost, CW_CMD_POLICY_GET has all
 * @CW_CMD_CARRIER_SET: do [H] <- CARRIER_OFF (u8: 1 pauses policy, 0 resumes it), host-wide: while
 *	it is paused no option and no trailer is written or taken in; rules, also strip rules, stay
 * @CW_CMD_HISTOGRAM_GET: dump [A] -> one message per path, direction and pair of stages:
 *	NETNS_ID, NETNS_INUM, [FLOW] (struct cw_flow_def: the server is its destination; absent:
 *	of no path of its own), [HISTOGRAM_DIRECTION], [HISTOGRAM_FROM, HISTOGRAM_TO] (absent: no
 *	room of its own), [DEVICE_NAME] (of the later stage), HISTOGRAM_SUM, HISTOGRAM_MAX,
 *	HISTOGRAM_BUCKETS
 * @CW_CMD_SESSION_NTF: kernel to user, behind a session's last batch: it ended by itself:
 *	SESSION_ID, SESSION_END (why), and what CW_CMD_SESSION_CLOSE returns
 */
enum cw_cmd {
	CW_CMD_UNSPEC,
	CW_CMD_STATUS_GET,
	CW_CMD_COUNTER_GET,
	CW_CMD_NETNS_GET,
	CW_CMD_POLICY_ADD,
	CW_CMD_POLICY_DEL,
	CW_CMD_POLICY_GET,
	CW_CMD_CONTEXT_SET,
	CW_CMD_CONTEXT_CLEAR,
	CW_CMD_CONTEXT_GET,
	CW_CMD_SOCKET_GET,
	CW_CMD_SESSION_OPEN,
	CW_CMD_SESSION_CLOSE,
	CW_CMD_SESSION_GET,
	CW_CMD_EVENTS,
	CW_CMD_DEFINITION_GET,
	CW_CMD_POLICY_NTF,
	CW_CMD_CARRIER_SET,
	CW_CMD_HISTOGRAM_GET,
	CW_CMD_SESSION_NTF,
	__CW_CMD_MAX,
};
#define CW_CMD_MAX (__CW_CMD_MAX - 1)

/**
 * enum cw_rule_kind - what a policy rule is about
 * @CW_RULE_ROOT: traffic that begins a trace where it has none
 * @CW_RULE_PEER: addresses that contexts are sent to and taken from
 * @CW_RULE_STRIP: addresses that no context passes from or to: of packets that the namespace
 *	forwards, the option is overwritten in its place; its own sockets neither send nor take
 *	any.  Against a peer rule the longer prefix decides, of equal ones the strip rule
 */
enum cw_rule_kind {
	CW_RULE_ROOT = 1,
	CW_RULE_PEER,
	CW_RULE_STRIP,
};

/* CW_A_RULE_SIDE, for a root rule: which side of the connection we are */
#define CW_SIDE_CLIENT		1	/* a write on a connection that we opened */
#define CW_SIDE_SERVER		2	/* a read on a connection that we accepted */
#define CW_SIDE_ANY		3
/* CW_A_RULE_DIRECTION, for a peer or strip rule */
#define CW_DIRECTION_SEND	1
#define CW_DIRECTION_ACCEPT	2
#define CW_DIRECTION_BOTH	3
/* CW_A_RULE_FLAGS, for a peer rule; ACCEPT_OBI for a strip rule: also strip it */
#define CW_PEER_MARK_EVERY	0x1	/* mark every segment of a run, not the first only */
#define CW_PEER_ACCEPT_OBI	0x2	/* also take OBI's option, kind 25 */

/* CW_A_CONTEXT_FLAGS */
#define CW_CONTEXT_SAMPLED	0x1	/* as in W3C trace context */
/* CW_A_CONTEXT_KIND: how a task came by its context */
#define CW_CONTEXT_READ		1	/* read it from a socket; ends with the next wait */
#define CW_CONTEXT_EXPLICIT	2	/* set by CW_CMD_CONTEXT_SET */
#define CW_CONTEXT_INHERITED	3	/* from the task that made it */

/* Ratio of traffic to sample: parts per million. */
#define CW_RATIO_ONE		1000000

/* enum cw_attr - one set for all commands; the comment gives the type */
enum cw_attr {
	CW_A_UNSPEC,
	CW_A_PAD,
	CW_A_VERSION,		/* string, release of the module */
	CW_A_ABI,		/* u32, CW_ABI_VERSION */
	CW_A_TAPS,		/* nested: CW_A_TAP_NAME, once per registered tap */
	CW_A_TAP_NAME,		/* string */
	CW_A_POLICY_COUNT,	/* u32, rules in force */
	CW_A_HOOKED_NETNS,	/* u32, network namespaces with our netfilter hooks */
	CW_A_SOCKETS,		/* u32, sockets with state */
	CW_A_TASKS,		/* u32, tasks with a context */
	CW_A_RUNS,		/* u32, runs in memory */
	CW_A_SESSIONS,		/* u32 */
	CW_A_CARRIER_OFF,	/* u8, 1: policy is paused, 0: it is not */
	CW_A_COUNTER_NAME,	/* string */
	CW_A_COUNTER_VALUE,	/* u64 */
	CW_A_NETNS_ID,		/* u16, short id as in the records */
	CW_A_NETNS_INUM,	/* u32 */
	CW_A_NETNS_FD,		/* s32, an open file of /proc/PID/ns/net */
	CW_A_ALL_NETNS,		/* flag */
	CW_A_HOOKS,		/* flag */
	CW_A_ALL,		/* flag */
	CW_A_RULE_ID,		/* u32 */
	CW_A_RULE_KIND,		/* u8, enum cw_rule_kind */
	CW_A_RULE_GONE,		/* flag */
	CW_A_RULE_MATCHED,	/* u64, how often the rule has decided */
	CW_A_RULE_SIDE,		/* u8, CW_SIDE_* */
	CW_A_RULE_DIRECTION,	/* u8, CW_DIRECTION_* */
	CW_A_RULE_PORT,		/* u16, service port (server: local, client: remote); host order */
	CW_A_RULE_FAMILY,	/* u8, AF_INET or AF_INET6, with RULE_PREFIX */
	CW_A_RULE_PREFIX,	/* binary, 4 or 16 bytes: remote address, network order */
	CW_A_RULE_PREFIX_LEN,	/* u8, 0..32 or 0..128; default: all of the address */
	CW_A_RULE_CGROUP,	/* u64, cgroup v2 id (inode number): that cgroup and below */
	CW_A_RULE_COMM,		/* string, at most 15 bytes */
	CW_A_RULE_RATIO,	/* u32, parts per million of the requests; default all */
	CW_A_RULE_RATE,		/* u32, at most so many roots per second; 0: no cap */
	CW_A_RULE_CLASS,	/* u8, 0..7, class of the roots made */
	CW_A_RULE_FLAGS,	/* u32, CW_PEER_* */
	CW_A_TRACE_ID,		/* binary, 16 bytes */
	CW_A_SPAN_ID,		/* u64 */
	CW_A_MESSAGE_ID,	/* u64 */
	CW_A_CONTEXT_FLAGS,	/* u8, CW_CONTEXT_SAMPLED */
	CW_A_CONTEXT_KIND,	/* u8, CW_CONTEXT_* */
	CW_A_CLASS,		/* u8, 0..7 */
	CW_A_TID,		/* u32, thread id in the caller's pid namespace */
	CW_A_FLOW,		/* binary, struct cw_flow_def */
	CW_A_SOCKET_STATE,	/* u32, CW_SOCKET_* */
	CW_A_SOCKET_TX_RUNS,	/* u32 */
	CW_A_SOCKET_RX_RUNS,	/* u32 */
	CW_A_SESSION_ID,	/* u32 */
	CW_A_PORTID,		/* u32 */
	CW_A_SESSION_PRODUCED,	/* u64, records that passed the session's filter */
	CW_A_SESSION_SENT,	/* u64, records put into its socket's queue */
	CW_A_SESSION_DROPPED,	/* u64, records lost: ring full, no memory, queue full */
	CW_A_BATCH_SEQ,		/* u64, number of this batch in its session, from 1 */
	CW_A_BATCH_CPU,		/* u32 */
	CW_A_RECORDS,		/* binary, union cw_record[] */
	CW_A_FILTER_TRACE_ID,	/* binary, 16 bytes */
	CW_A_FILTER_TID,	/* u32, thread or process id in the caller's pid namespace */
	CW_A_FILTER_NETNS_FD,	/* s32 */
	CW_A_FILTER_PORT,	/* u16, either end */
	CW_A_FILTER_STAGES,	/* u32, bit 1 << enum cw_stage */
	CW_A_DEVICE_NAME,	/* string */
	CW_A_HISTOGRAM_DIRECTION, /* u8, 0: requests, 1: responses; absent: not known */
	CW_A_HISTOGRAM_FROM,	/* u8, enum cw_stage */
	CW_A_HISTOGRAM_TO,	/* u8, enum cw_stage */
	CW_A_HISTOGRAM_SUM,	/* u64, ns */
	CW_A_HISTOGRAM_MAX,	/* u64, ns */
	CW_A_HISTOGRAM_BUCKETS,	/* binary, struct cw_bucket[], those that are not empty */
	CW_A_SESSION_END,	/* u8, CW_SESSION_END_* */
	CW_A_RULE_HOST,		/* flag: made with CAP_NET_ADMIN in the initial user namespace */
	CW_A_TAPS_KEPT_MS,	/* u32, how long taps stay without a rule, as they came often */
	__CW_A_MAX,
};
#define CW_A_MAX (__CW_A_MAX - 1)

/**
 * struct cw_bucket - values of a histogram within a range, since the first rule came in force
 * @index: values of 0..15 ns have buckets of their own; then 16 of equal width to each
 *	power of two: value v with 2^k <= v < 2^(k+1), k >= 4, is in 16 * (k - 3) + (v >> (k - 4)) - 16
 * @count: how many values
 */
struct cw_bucket {
	__u32	index;
	__u32	pad;
	__u64	count;
};

#define CW_SESSION_END_NETNS	1	/* CW_A_SESSION_END: FILTER_NETNS_FD's namespace is gone */

/* CW_A_SOCKET_STATE */
#define CW_SOCKET_RESERVED	0x01	/* MSS is lowered to leave room for the option */
#define CW_SOCKET_CONFIRMED	0x02	/* the peer has shown that it speaks */
#define CW_SOCKET_STOPPED	0x04	/* the peer did not answer: no more marks */
#define CW_SOCKET_MAY_SEND	0x08	/* policy allows sending contexts to the peer */
#define CW_SOCKET_MAY_ACCEPT	0x10	/* policy allows taking contexts from the peer */

#endif /* _UAPI_CAUSEWAY_H */
