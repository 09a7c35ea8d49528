/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Named counters, one per outcome.  Per CPU, lock-free, any context.  To add one, add it to
 * CW_COUNTERS with a sentence on the next line; user space sees it by its name at once.  The
 * manual page causeway(7) is made of this table, so each sentence stands alone.
 */
#ifndef CW_COUNTER_H
#define CW_COUNTER_H

#include <linux/percpu.h>
#include <linux/types.h>

#define CW_COUNTERS(X)                                                                             \
	/* sending */                                                                              \
	X(tx_long)                                                                                 \
		/* Segments that left with a context, in the long form of the option. */           \
	X(tx_none)                                                                                 \
		/* Segments that left with "no context from here on". */                           \
	X(tx_boundary)                                                                             \
		/* Segments that left with "a run starts here", as the long form had no room. */   \
	X(tx_ack)                                                                                  \
		/* Segments that left with "I speak Causeway". */                                  \
	X(tx_bare_retransmit)                                                                      \
		/* First bytes of a run that were sent again without its mark. */                  \
	X(tx_bare_mtu)                                                                             \
		/* Segments without their mark, which would have outgrown the path's MTU. */       \
	X(tx_bare_room)                                                                            \
		/* Segments without their mark, as other options left no room in the header. */    \
	X(tx_bare_checksum)                                                                        \
		/* Segments without their mark, as the device does not make their checksum. */     \
	X(tx_bare_header)                                                                          \
		/* Segments without their mark: header not writable, extended, or a jumbogram. */  \
	X(tx_bare_syn)                                                                             \
		/* First writes of a traced request that left with the SYN (TFO), unmarked. */     \
	X(tx_bare_carrier)                                                                         \
		/* Packets without their mark or trailer, as policy is paused. */                  \
	X(tx_stopped)                                                                              \
		/* Connections on which marking stopped, since the peer did not answer. */         \
	X(tx_backoff)                                                                              \
		/* Connections not marked, since their destination did not answer before. */       \
	X(tx_incapable)                                                                            \
		/* Connections left alone, since they use MD5, AO, MPTCP or SMC. */                \
	X(reservation_left)                                                                        \
		/* Sockets whose MSS stays 28 bytes lower, as a process kept them locked. */       \
	/* receiving */                                                                            \
	X(rx_long)                                                                                 \
		/* Segments that came with a context, in the long form of the option. */           \
	X(rx_none)                                                                                 \
		/* Segments that came with "no context from here on". */                           \
	X(rx_boundary)                                                                             \
		/* Segments that came with "a run starts here", without its context. */            \
	X(rx_ack)                                                                                  \
		/* Segments that came with "I speak Causeway". */                                  \
	X(rx_obi)                                                                                  \
		/* Segments that came with a context in OBI's option (kind 25). */                 \
	X(rx_malformed)                                                                            \
		/* Segments ignored, as their list of options or the option is broken. */          \
	X(rx_version)                                                                              \
		/* Options and trailers ignored, as this module does not know their version. */    \
	X(rx_duplicate)                                                                            \
		/* Segments ignored, as they carry two options of Causeway's. */                   \
	X(rx_checksum)                                                                             \
		/* Segments whose option was ignored, as their TCP checksum is wrong. */           \
	X(rx_refused)                                                                              \
		/* Options, trailers and datagrams ignored, as policy refuses their sender. */     \
	X(rx_carrier)                                                                              \
		/* Options and trailers ignored, as policy is paused. */                           \
	X(rx_window)                                                                               \
		/* Options ignored, as their segment's sequence lies outside of the window. */     \
	X(rx_unacceptable)                                                                         \
		/* Options ignored, as TCP refuses the acknowledgement or the timestamp. */        \
	X(rx_incapable)                                                                            \
		/* Options ignored, as their connection uses MD5, AO, MPTCP or SMC. */             \
	X(rx_no_socket)                                                                            \
		/* Options ignored, as their connection is in TIME_WAIT. */                        \
	X(rx_late)                                                                                 \
		/* Marks that came after the first byte of their run was read. */                  \
	X(rx_repeated)                                                                             \
		/* Marks that said nothing new of their run. */                                    \
	X(rx_gap)                                                                                  \
		/* Runs that ended in unknown bytes, since the mark of the next one was missed. */ \
	X(rx_unknown_bytes)                                                                        \
		/* Bytes read from a peer that speaks, and of which no mark tells. */              \
	X(rx_child_lost)                                                                           \
		/* Marks that waited for the socket of a new connection, and were lost. */         \
	/* the edge */                                                                             \
	X(stripped)                                                                                \
		/* Packets whose option a strip rule had overwritten. */                           \
	X(strip_missed)                                                                            \
		/* Packets that kept their option: a fragment, or a header not writable. */        \
	/* datagrams and the overlay trailer */                                                    \
	X(tx_trailer)                                                                              \
		/* Packets that left with an overlay trailer. */                                   \
	X(tx_trailer_room)                                                                         \
		/* Packets without their trailer: the path's or the tunnel's MTU is too small. */  \
	X(tx_trailer_gso)                                                                          \
		/* Packets without their trailer, as the device segments them. */                  \
	X(tx_trailer_tunnel)                                                                       \
		/* Packets without their trailer, as their kind of tunnel has none. */             \
	X(tx_trailer_shape)                                                                        \
		/* Packets without their trailer, as they are fragments, padded or shared. */      \
	X(tx_trailer_refused)                                                                      \
		/* Packets without their trailer, as policy does not name the destination. */      \
	X(tx_trailer_memory)                                                                       \
		/* Packets without a trailer, or without room for headers: memory was short. */    \
	X(rx_trailer)                                                                              \
		/* Packets that came with an overlay trailer that was taken. */                    \
	X(rx_trailer_malformed)                                                                    \
		/* Trailers ignored, as their place, length or checksum is wrong. */               \
	X(rx_foreign)                                                                              \
		/* Responses, and requests at a client's UDP socket, that none here asked for. */  \
	X(datagram_kept)                                                                           \
		/* Contexts that were put into the table of datagrams on their way. */             \
	X(datagram_left)                                                                           \
		/* Contexts that left the table of datagrams, for any reason. */                   \
	X(datagram_expired)                                                                        \
		/* Contexts of datagrams that left the table by age (30 s), their end unseen. */   \
	X(datagram_ended)                                                                          \
		/* Contexts whose datagram ended before any rule of this host looked for it. */    \
	X(datagram_queued)                                                                         \
		/* Datagrams that were not linked, since user space held them (NFQUEUE). */        \
	X(datagram_mismatch)                                                                       \
		/* Look-ups of a kept context by another packet than it was kept for. */           \
	/* threads and causality */                                                                \
	X(root_server)                                                                             \
		/* Traces that were begun when a thread read a request. */                         \
	X(root_client)                                                                             \
		/* Traces that were begun when a thread wrote a request. */                        \
	X(root_sampled_out)                                                                        \
		/* Requests that matched a root rule and that its ratio left out. */               \
	X(root_rate_capped)                                                                        \
		/* Requests that matched a root rule and that its rate cap left out. */            \
	X(read_mixed)                                                                              \
		/* Reads that spanned several messages and gave their thread none. */              \
	X(read_unseen)                                                                             \
		/* Contexts ended by a read of bytes not seen: MPTCP, part of a TLS record. */     \
	X(read_by_kernel)                                                                          \
		/* Times that bytes were taken in softirq (sockmap): the reader is not known. */   \
	X(write_ambiguous)                                                                         \
		/* Writes not linked: several requests are open, the writer has no context. */     \
	X(wait_cleared)                                                                            \
		/* Contexts ended because their thread waited for readiness or accepted. */        \
	X(context_aged)                                                                            \
		/* Contexts ended by their age or by the number of messages written in them. */    \
	X(actor_unknown)                                                                           \
		/* Writes by a kernel thread or by a worker of io_uring, which are not linked. */  \
	/* bounds */                                                                               \
	X(no_memory_socket)                                                                        \
		/* Sockets that are not traced, as memory for their state was short. */            \
	X(no_memory_task)                                                                          \
		/* Contexts that a thread was not given, as memory was short. */                   \
	X(no_memory_run)                                                                           \
		/* Runs that were not kept, as memory was short. */                                \
	X(limit_sockets)                                                                           \
		/* Sockets not traced, since max_sockets or max_sockets_netns is reached. */       \
	X(limit_tasks)                                                                             \
		/* Contexts that a thread was not given, since max_tasks is reached. */            \
	X(no_memory_datagram)                                                                      \
		/* Datagrams that went unmarked, as their table could not be allocated. */         \
	X(limit_datagrams)                                                                         \
		/* Datagrams that went unmarked, since their place in the table was full. */       \
	X(limit_channels)                                                                          \
		/* Pairs of UDP socket and thread that were forgotten for a newer one. */          \
	X(limit_runs)                                                                              \
		/* Runs that were not kept, since a limit on their number is reached. */           \
	/* events */                                                                               \
	X(event_ring_full)                                                                         \
		/* Records lost, as the CPU's ring was full. */                                    \
	X(event_no_memory)                                                                         \
		/* Records lost, as memory for a batch was short. */                               \
	X(event_queue_full)                                                                        \
		/* Records lost, as the queue of the session's socket was full. */                 \
	X(event_undefined)                                                                         \
		/* Times that a flow, thread or device could not be defined for its reader. */     \
	X(histogram_slots_full)                                                                    \
		/* Steps counted as "other", as all histograms were taken. */                      \
	X(histogram_paths_full)                                                                    \
		/* Steps counted without a path of their own, as all paths were taken. */          \
	X(histogram_flights_full)                                                                  \
		/* Runs that histograms forgot on their way, as too many were in flight. */        \
	X(drop_unplaced)                                                                           \
		/* Dropped packets without an event, as their namespace is not known. */           \
	X(probe_missed)                                                                            \
		/* Hits of a kprobe that were missed, as another handler ran on that CPU. */

#define CW_COUNTER_ENUM(name) CW_COUNT_##name,
enum cw_counter { CW_COUNTERS(CW_COUNTER_ENUM) CW_COUNT_MAX };
#undef CW_COUNTER_ENUM

struct cw_counters {
	u64 value[CW_COUNT_MAX];
};
DECLARE_PER_CPU(struct cw_counters, cw_counters);

/* Any context, also NMI-unsafe tracers' probes: one instruction on x86. */
#define cw_count(name) this_cpu_inc(cw_counters.value[CW_COUNT_##name])
#define cw_count_add(name, n) this_cpu_add(cw_counters.value[CW_COUNT_##name], n)

/**
 * cw_counter_name() - name of a counter
 * @i: below CW_COUNT_MAX
 */
const char *cw_counter_name(unsigned int i);

/**
 * cw_counter_read() - sum over all CPUs
 * @i: below CW_COUNT_MAX
 *
 * Return: the value since the module was loaded.
 * Context: process or softirq.
 */
u64 cw_counter_read(unsigned int i);

#endif
