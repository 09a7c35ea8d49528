/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Named counters, one per outcome.  Per CPU, lock-free, any context.  To add one,
 * add a line to CW_COUNTERS; user space sees it by its name at once.
 */
#ifndef CW_COUNTER_H
#define CW_COUNTER_H

#include <linux/percpu.h>
#include <linux/types.h>

#define CW_COUNTERS(X)                                                                   \
	/* sending */                                                                    \
	X(tx_long)             /* segments that left with a context */                   \
	X(tx_none)             /* ... with "no context from here on" */                  \
	X(tx_boundary)         /* ... with "a run starts here", for want of room */      \
	X(tx_ack)              /* ... with "I speak Causeway" */                         \
	X(tx_bare_retransmit)  /* first byte of a run sent again, without its mark */    \
	X(tx_bare_mtu)         /* mark would have outgrown the MTU */                    \
	X(tx_bare_room)        /* no room beside the other options */                    \
	X(tx_bare_checksum)    /* checksum not left to the device: not touched */        \
	X(tx_bare_header)      /* header not writable, jumbogram or extension header */  \
	X(tx_bare_syn)         /* first writes that leave with the SYN (TFO) */          \
	X(tx_bare_carrier)     /* carrier switched off */                                \
	X(tx_stopped)          /* connections whose peer did not answer */               \
	X(tx_backoff)          /* connections to a destination that does not answer */   \
	X(tx_incapable)        /* connections left alone: MD5, AO, MPTCP, SMC */         \
	X(reservation_left)    /* MSS stays 28 bytes lower: a process kept its socket */ \
	/* receiving */                                                                  \
	X(rx_long)                                                                       \
	X(rx_none)                                                                       \
	X(rx_boundary)                                                                   \
	X(rx_ack)                                                                        \
	X(rx_obi)                                                                        \
	X(rx_malformed)        /* option list or option broken */                        \
	X(rx_version)          /* option of a version that we do not know */             \
	X(rx_duplicate)        /* two of ours in one segment */                          \
	X(rx_checksum)         /* checksum wrong: option ignored */                      \
	X(rx_refused)          /* sender not allowed by policy */                        \
	X(rx_carrier)          /* carrier switched off: option or trailer ignored */     \
	X(rx_window)           /* sequence number outside the window */                  \
	X(rx_unacceptable)     /* TCP does not take its acknowledgement or timestamp */  \
	X(rx_incapable)        /* connection with MD5, AO, MPTCP or SMC */               \
	X(rx_no_socket)        /* no established socket */                               \
	X(rx_late)             /* mark came after its first byte was read */             \
	X(rx_repeated)         /* mark known already */                                  \
	X(rx_gap)              /* runs whose mark was missed */                          \
	X(rx_unknown_bytes)    /* bytes read of which nothing is known */                \
	X(rx_child_lost)       /* mark for a connection not yet established, lost */     \
	/* the edge */                                                                   \
	X(stripped)            /* packets of which the option was taken off */           \
	X(strip_missed)        /* ... was not: fragment, or header not writable */       \
	/* datagrams and the overlay trailer */                                           \
	X(tx_trailer)          /* packets that left with a trailer */                    \
	X(tx_trailer_room)     /* ... without: the MTU, or the tunnel device's */        \
	X(tx_trailer_gso)      /* ... without: to be segmented by the device */          \
	X(tx_trailer_tunnel)   /* ... without: of a kind of tunnel that has none */      \
	X(tx_trailer_shape)    /* ... without: fragment, padded, or shared */            \
	X(tx_trailer_refused)  /* ... without: policy does not name the destination */   \
	X(tx_trailer_memory)   /* ... without: no memory to write it */                  \
	X(rx_trailer)          /* packets that came with a trailer */                    \
	X(rx_trailer_malformed) /* magic, but wrong place, length or checksum */         \
	X(rx_foreign)          /* responses, and datagrams, to what nobody here asked */ \
	X(datagram_kept)       /* contexts kept for a datagram on its way */             \
	X(datagram_left)       /* ... and kept no longer */                              \
	X(datagram_expired)    /* ... of these, by age: the end was not seen */          \
	X(datagram_ended)      /* ... of these, on the way: left by a card, or in another skb */ \
	X(datagram_queued)     /* datagrams that user space held (NFQUEUE): not linked */ \
	X(datagram_mismatch)   /* asked for by another packet than it was kept for */    \
	/* tasks and causality */                                                        \
	X(root_server)         /* traces begun at a read */                              \
	X(root_client)         /* traces begun at a write */                             \
	X(root_sampled_out)    /* ... not begun: ratio */                                \
	X(root_rate_capped)    /* ... not begun: rate cap */                             \
	X(read_mixed)          /* one read spanned several contexts: thread has none */  \
	X(read_unseen)         /* contexts ended by reading what is not seen (MPTCP, part of a TLS record) */ \
	X(read_by_kernel)      /* bytes taken in softirq (sockmap): their reader is not known */ \
	X(write_ambiguous)     /* several unanswered requests, writer has no context */  \
	X(wait_cleared)        /* contexts ended by waiting for readiness */             \
	X(context_aged)        /* contexts ended by age or number of messages */         \
	X(actor_unknown)       /* writes by a kernel thread or worker: not linked */     \
	/* bounds */                                                                     \
	X(no_memory_socket)                                                              \
	X(no_memory_task)                                                                \
	X(no_memory_run)                                                                \
	X(limit_sockets)                                                                 \
	X(limit_tasks)                                                                   \
	X(no_memory_datagram)                                                            \
	X(limit_datagrams)     /* datagrams on their way: one more went unmarked */      \
	X(limit_channels)      /* UDP sockets and threads: one was forgotten */          \
	X(limit_runs)                                                                   \
	/* events */                                                                     \
	X(event_ring_full)     /* records lost: per-CPU ring full */                     \
	X(event_no_memory)     /* records lost: no memory for a batch */                 \
	X(event_queue_full)    /* records lost: the session's socket was full */         \
	X(event_undefined)     /* a flow, task or device stayed without definition */    \
	X(histogram_slots_full) /* steps counted as "other": all histograms taken */     \
	X(histogram_paths_full) /* ... for want of a path of their own */                \
	X(histogram_flights_full) /* runs forgotten on their way: too many at once */    \
	X(drop_unplaced)       /* packets dropped nobody knows where: no event */        \
	X(probe_missed)        /* a kprobe hit while another one's handler ran */

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
