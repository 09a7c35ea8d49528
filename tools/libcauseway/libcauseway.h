/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libcauseway: the kernel module causeway.ko from user space.  Each command of the
 * netlink family is a function here; dumps call back once per object; a session
 * delivers the event stream in batches.  Types, flags and records are those of
 * uapi/causeway.h, which is installed beside this file.
 *
 * Functions return 0 or a negative errno unless said otherwise; cw_handle_message() has the
 * kernel's message about a refusal.  The library prints nothing and has no globals: one
 * thread at a time may use a handle or session, several threads may use several.
 */
#ifndef CW_LIBCAUSEWAY_H
#define CW_LIBCAUSEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <causeway.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cw_handle;
struct cw_session;

/**
 * cw_handle_open() - connect to the module
 * @handle: result; NULL on failure
 *
 * Return: 0; -ENOENT: the module is not loaded; -EPROTO: its ABI is not CW_ABI_VERSION;
 *	-EPROTONOSUPPORT: the kernel has no generic netlink.
 */
int cw_handle_open(struct cw_handle **handle);

/* Closes a handle; NULL is allowed. */
void cw_handle_close(struct cw_handle *handle);

/* The kernel's message (extack) about the last request; "" if there was none. */
const char *cw_handle_message(const struct cw_handle *handle);

/* The running module's ABI version; also after -EPROTO by cw_handle_open_any(). */
uint32_t cw_handle_abi(const struct cw_handle *handle);

/**
 * cw_handle_open_any() - connect to the module, whatever its ABI
 *
 * For a tool that reports which module is loaded: only cw_status_get() is sure to work.
 */
int cw_handle_open_any(struct cw_handle **handle);

#define CW_STATUS_TAPS 64
#define CW_NAME_LEN 64

/**
 * struct cw_status - what the module reports of itself
 * @version: release of the module
 * @abi: CW_ABI_VERSION that it was built with
 * @policies: rules in force
 * @hooked_netns: network namespaces that have its netfilter hooks
 * @sockets: sockets that have state
 * @tasks: tasks that hold a context
 * @runs: runs in memory
 * @sessions: open sessions
 * @carrier_off: the host-wide switch is off
 * @taps_kept: no rule needs the taps, but they came and went too often, and stay for a while
 * @taps_kept_ms: how long they still stay
 * @tap_count: used entries of @taps
 * @taps: names of the taps that are registered
 */
struct cw_status {
	char version[CW_NAME_LEN];
	uint32_t abi;
	uint32_t policies;
	uint32_t hooked_netns;
	uint32_t sockets;
	uint32_t tasks;
	uint32_t runs;
	uint32_t sessions;
	bool carrier_off;
	bool taps_kept;
	uint32_t taps_kept_ms;
	unsigned int tap_count;
	char taps[CW_STATUS_TAPS][CW_NAME_LEN];
};

int cw_status_get(struct cw_handle *handle, struct cw_status *out);

/* Host-wide switch.  Off: no packet is given a context and none is taken from one, at once. */
int cw_carrier_set(struct cw_handle *handle, bool off);

/*
 * Dumps.  Each calls @fn once per object, with a value that is valid during the call;
 * a result other than 0 ends the dump and is returned.  -EINTR: the kernel's list changed
 * meanwhile (NLM_F_DUMP_INTR) and the dump may have a hole: ask again.
 */
struct cw_counter {
	const char *name;
	uint64_t value;
};
typedef int (*cw_counter_fn)(const struct cw_counter *counter, void *data);
int cw_counter_dump(struct cw_handle *handle, cw_counter_fn fn, void *data);

/**
 * struct cw_netns - a network namespace as the module sees it
 * @id: short id, as in records
 * @inum: inode number, as in /proc/PID/ns/net
 * @hooks: netfilter hooks are registered in it
 */
struct cw_netns {
	uint16_t id;
	uint32_t inum;
	bool hooks;
};
typedef int (*cw_netns_fn)(const struct cw_netns *netns, void *data);
int cw_netns_dump(struct cw_handle *handle, cw_netns_fn fn, void *data);

/**
 * struct cw_policy - a rule; zeroed and then cw_policy_init()ed, it matches everything
 * @id: given by the kernel
 * @kind: enum cw_rule_kind
 * @netns_fd: namespace that it is to concern; -1: the caller's
 * @netns_inum: namespace that it concerns (dump)
 * @all_netns: it concerns all namespaces
 * @matched: connections that it has decided (dump)
 * @side: CW_SIDE_* (root)
 * @direction: CW_DIRECTION_* (peer, strip)
 * @port: service port, host order; 0: any
 * @family: AF_INET, AF_INET6; 0: any address
 * @prefix: remote address, network order
 * @prefix_len: bits of it that count
 * @cgroup: cgroup v2 id; 0: any (root)
 * @comm: thread's name; "": any (root)
 * @ratio: parts per million of the requests (root)
 * @rate: roots per second at most; 0: no cap (root)
 * @class_id: class of the roots that it makes, 0..7
 * @flags: CW_PEER_* (peer; CW_PEER_ACCEPT_OBI: strip)
 * @host: it was made with CAP_NET_ADMIN in the initial user namespace (dump)
 */
struct cw_policy {
	uint32_t id;
	uint8_t kind;
	int netns_fd;
	uint32_t netns_inum;
	bool all_netns;
	uint64_t matched;
	uint8_t side;
	uint8_t direction;
	uint16_t port;
	uint8_t family;
	uint8_t prefix[16];
	uint8_t prefix_len;
	uint64_t cgroup;
	char comm[CW_COMM_LEN];
	uint32_t ratio;
	uint32_t rate;
	uint8_t class_id;
	uint32_t flags;
	bool host;
};

/* Defaults: any side, both directions, all requests, the caller's namespace. */
void cw_policy_init(struct cw_policy *policy, enum cw_rule_kind kind);

/* Puts a rule in force; @id is its number. */
int cw_policy_add(struct cw_handle *handle, const struct cw_policy *policy, uint32_t *id);

/* Takes rule @id out of force; 0: all that the caller may delete. */
int cw_policy_delete(struct cw_handle *handle, uint32_t id);

typedef int (*cw_policy_fn)(const struct cw_policy *policy, void *data);
int cw_policy_dump(struct cw_handle *handle, cw_policy_fn fn, void *data);

/**
 * struct cw_task_context - the context of a task
 * @tid: thread id in the caller's pid namespace; 0: the calling thread
 * @trace_id: W3C trace id
 * @span_id: span that it works in
 * @flags: CW_CONTEXT_SAMPLED
 * @class_id: class, 0..7
 * @kind: CW_CONTEXT_* (get and dump)
 */
struct cw_task_context {
	uint32_t tid;
	uint8_t trace_id[CW_TRACE_ID_LEN];
	uint64_t span_id;
	uint8_t flags;
	uint8_t class_id;
	uint8_t kind;
};

int cw_context_set(struct cw_handle *handle, const struct cw_task_context *context);
int cw_context_clear(struct cw_handle *handle, uint32_t tid);

/* Return: 0; -ENODATA: the task holds no context; another negative errno. */
int cw_context_get(struct cw_handle *handle, uint32_t tid, struct cw_task_context *out);

typedef int (*cw_context_fn)(const struct cw_task_context *context, void *data);
int cw_context_dump(struct cw_handle *handle, cw_context_fn fn, void *data);

/* W3C traceparent: "00-" 32 hex "-" 16 hex "-" 2 hex, and the zero byte. */
#define CW_TRACEPARENT_SIZE 56

/* Writes a traceparent of version 00. */
void cw_traceparent_format(const struct cw_task_context *context, char out[CW_TRACEPARENT_SIZE]);

/**
 * cw_traceparent_parse() - read a traceparent
 * @text: as in the header
 * @out: trace id, span id and flags are set, the rest is left as it is
 *
 * Return: NULL, or words for what is wrong.
 */
const char *cw_traceparent_parse(const char *text, struct cw_task_context *out);

/* Reads 32 hex digits, not all zero. Return: NULL, or words for what is wrong. */
const char *cw_trace_id_parse(const char *text, uint8_t out[CW_TRACE_ID_LEN]);

#define CW_TRACE_ID_SIZE (2 * CW_TRACE_ID_LEN + 1)
void cw_trace_id_format(const uint8_t id[CW_TRACE_ID_LEN], char out[CW_TRACE_ID_SIZE]);

/**
 * struct cw_socket - a traced socket
 * @flow: addresses as the socket has them; role
 * @netns_inum: its namespace
 * @state: CW_SOCKET_*
 * @tx_runs: runs of bytes not yet acknowledged
 * @rx_runs: runs of bytes not yet read
 * @traced: @trace_id and @message are set: context of its latest bytes
 */
struct cw_socket {
	struct cw_flow_def flow;
	uint32_t netns_inum;
	uint32_t state;
	uint32_t tx_runs;
	uint32_t rx_runs;
	bool traced;
	uint8_t trace_id[CW_TRACE_ID_LEN];
	uint64_t message;
};
typedef int (*cw_socket_fn)(const struct cw_socket *socket, void *data);
int cw_socket_dump(struct cw_handle *handle, cw_socket_fn fn, void *data);

/**
 * struct cw_latency - a histogram of the time from one stage to the next
 * @known: @flow is set; else no socket here has shown the path of the packets
 * @flow: the server is its destination
 * @netns_inum: where the later stage is, as in /proc/PID/ns/net; 0: gone
 * @direction: 0 requests, 1 responses, -1 not known
 * @from: enum cw_stage
 * @to: enum cw_stage; both 0: times that found no histogram of their own
 * @device: of the later stage; "" where it has none
 * @sum: of all times, ns
 * @max: longest time, ns
 * @buckets: those that are not empty, by index; valid until the function returns
 * @bucket_count: how many
 */
struct cw_latency {
	bool known;
	struct cw_flow_def flow;
	uint32_t netns_inum;
	int direction;
	uint8_t from;
	uint8_t to;
	char device[CW_IFNAME_LEN];
	uint64_t sum;
	uint64_t max;
	const struct cw_bucket *buckets;
	size_t bucket_count;
};
typedef int (*cw_latency_fn)(const struct cw_latency *latency, void *data);

/**
 * cw_latency_dump() - the module's histograms, since its first rule came in force
 * @handle: open
 * @fn: once for each; a result other than 0 ends it
 *
 * Return: 0, @fn's result, or negative errno (-EPERM: takes CAP_NET_ADMIN).
 */
int cw_latency_dump(struct cw_handle *handle, cw_latency_fn fn, void *data);

/**
 * struct cw_loss - the account of a session's records
 * @id: id of the session
 * @portid: netlink port of its reader
 * @produced: records that passed the session's filter
 * @sent: records put into the reader's queue
 * @dropped: records lost in the kernel
 *
 * produced = sent + dropped once the session is closed.
 */
struct cw_loss {
	uint32_t id;
	uint32_t portid;
	uint64_t produced;
	uint64_t sent;
	uint64_t dropped;
};
typedef int (*cw_loss_fn)(const struct cw_loss *session, void *data);
int cw_session_dump(struct cw_handle *handle, cw_loss_fn fn, void *data);

typedef int (*cw_records_fn)(const union cw_record *records, size_t count, void *data);
/* All definitions that are in use: CW_RECORD_FLOW and so on. */
int cw_definition_dump(struct cw_handle *handle, cw_records_fn fn, void *data);

/**
 * struct cw_filter - what a session is to see; after cw_filter_init(): everything
 * @by_trace_id: only events of @trace_id
 * @tid: thread or process id, initial pid namespace; 0: any
 * @netns_fd: namespace; -1: any.  A session does not keep it: close the file once it is open
 * @port: either end; 0: any
 * @stages: bit 1 << enum cw_stage; 0: all
 */
struct cw_filter {
	bool by_trace_id;
	uint8_t trace_id[CW_TRACE_ID_LEN];
	uint32_t tid;
	int netns_fd;
	uint16_t port;
	uint32_t stages;
};

void cw_filter_init(struct cw_filter *filter);

/**
 * struct cw_batch - records of one CPU that came together
 * @records: valid during the call
 * @count: number of records
 * @seq: number of the batch in the session, from 1
 * @cpu: where they were taken
 * @produced: records of this CPU so far
 * @sent: how many of them were sent
 * @dropped: how many of them were lost
 */
struct cw_batch {
	const union cw_record *records;
	size_t count;
	uint64_t seq;
	uint32_t cpu;
	uint64_t produced;
	uint64_t sent;
	uint64_t dropped;
};
/* Return: 0, or a negative errno, which ends cw_session_receive(). */
typedef int (*cw_batch_fn)(const struct cw_batch *batch, void *data);

/**
 * struct cw_session_result - the account of a session
 * @kernel: the kernel's counters at the end
 * @final: @kernel is final; false: that answer was lost, and @kernel is what the batches said
 * @received: records handed to the caller
 * @lost: produced, but not received; exact if @final
 * @batches: batches received
 * @gaps: batches missing in the numbering
 * @overruns: how often the socket's queue overflowed (ENOBUFS)
 * @broken: messages that were cut or could not be understood
 * @buffer: size of the socket's queue in bytes
 */
struct cw_session_result {
	struct cw_loss kernel;
	bool final;
	uint64_t received;
	uint64_t lost;
	uint64_t batches;
	uint64_t gaps;
	uint64_t overruns;
	uint64_t broken;
	size_t buffer;
};

/* Size of a session's queue; takes CAP_NET_ADMIN, else the system's limit holds. */
#define CW_SESSION_BUFFER (32u << 20)

/**
 * cw_session_open() - begin to receive events
 * @handle: connected; only used during this call, and its message set on refusal
 * @filter: NULL: everything
 * @session: result; has its own socket
 *
 * Return: 0 or a negative errno.
 */
int cw_session_open(struct cw_handle *handle, const struct cw_filter *filter,
		    struct cw_session **session);

/* For poll(); readable when cw_session_receive() has something to do. */
int cw_session_fd(const struct cw_session *session);
uint32_t cw_session_id(const struct cw_session *session);

/**
 * cw_session_ended() - has the kernel ended it?
 *
 * After that no events come; cw_session_close() still gives the account.  cw_session_receive()
 * takes the message that says so, behind the last batch.
 *
 * Return: the reason, CW_SESSION_END_*; 0: it goes on.
 */
int cw_session_ended(const struct cw_session *session);

/**
 * cw_session_receive() - take the batches that have come, without waiting
 * @session: open
 * @fn: called once per batch; its first result other than 0 is returned, after the messages
 *	already taken from the socket were handed to it
 *
 * An overflow of the queue is counted and does not end the session.
 *
 * Return: number of batches, 0: none has come; negative errno, or @fn's result.
 */
int cw_session_receive(struct cw_session *session, cw_batch_fn fn, void *data);

/* The account so far; @final is false. */
void cw_session_peek(const struct cw_session *session, struct cw_session_result *out);

/**
 * cw_session_close() - end a session
 * @session: freed in any case; NULL is allowed
 * @fn: gets the last batches; NULL: they are received and counted only
 * @result: the account; may be NULL
 *
 * Return: 0; -ETIMEDOUT if the kernel's answer did not come; else @fn's result.
 */
int cw_session_close(struct cw_session *session, cw_batch_fn fn, void *data,
		     struct cw_session_result *result);

#ifdef __cplusplus
}
#endif

#endif
