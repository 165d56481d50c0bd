/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker is a thread that sends or receives on its own port; a session has all workers of a run.
 * Only the worker's thread writes its counters, while the reporter reads them at any time. The rest
 * of a worker belongs to its thread until it has been joined.
 */
#ifndef PKTGEN_WORKER_H
#define PKTGEN_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../common/clock.h"
#include "../common/pcap/trace.h"
#include "../common/port.h"
#include "options.h"
#include "rtt.h"
#include "seqcheck.h"

struct counters {
	_Atomic uint64_t packets, bytes, batches;
	_Atomic uint64_t rtt_ns;	/* ping: sum of round trip times */
};

struct worker {
	struct session *session;
	const struct options *opt;	/* the session's */
	unsigned int index;
	pthread_t thread;
	struct port port;
	uint64_t quota;			/* packets to handle, UINT64_MAX: no limit */
	uint64_t begin, end;		/* ns; begin is 0 if it never had a packet */
	bool has_moved;			/* packets since end was set */
	uint64_t unsent;		/* slots still queued at the end */
	uint64_t unanswered;		/* pings without a reply */
	struct rtt *rtt;		/* ping */
	struct seqcheck *seq;		/* rx with --seq */
	bool has_failed;
	struct errmsg err;
	atomic_bool has_ended;
	_Alignas(128) struct counters counters;
};

struct session {
	const struct options *opt;	/* const from here on, once workers run */
	struct trace trace;	/* the capture file to send; empty without one */
	uint8_t mac[MAC_LEN];		/* source address */
	unsigned int vnet;		/* bytes of virtio-net header before each packet */
	unsigned int count;
	struct worker *workers;
	int done_fd;			/* eventfd, written by each worker at its end */
	atomic_bool stop;		/* set by the main thread */
	atomic_uint ticks;		/* reports so far */
	_Atomic uint64_t taken;		/* packets received by all threads that share --count */
};

/* Start the thread. Return 0 or an errno value. */
int worker_start(struct worker *w);

static inline bool worker_is_stopping(const struct worker *w)
{
	return atomic_load_explicit(&w->session->stop, memory_order_relaxed);
}

/* Only the worker's thread writes its counters: no atomic addition is needed. */
static inline void counter_add(_Atomic uint64_t *counter, uint64_t n)
{
	uint64_t v = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, v + n, memory_order_relaxed);
}

/* Account for one batch. */
static inline void worker_account(struct worker *w, uint64_t packets, uint64_t bytes)
{
	counter_add(&w->counters.packets, packets);
	counter_add(&w->counters.bytes, bytes);
	counter_add(&w->counters.batches, 1);
	w->has_moved = true;
}

/* The rings are empty: if no further packet arrives, the run ended now. */
static inline void worker_rest(struct worker *w)
{
	if (w->has_moved)
		w->end = clock_now();
	w->has_moved = false;
}

/*
 * Poll the port. Return 1 if an event is ready, 0 after the timeout (ms, -1 for none) or a signal,
 * -1 if the port has failed.
 */
int worker_wait(struct worker *w, short events, int timeout);

/* NIOCTXSYNC or NIOCRXSYNC. Return -1 if the port has failed. */
int worker_sync(struct worker *w, unsigned long request);

/* Set the error of the worker. Return -1. */
int worker_fail(struct worker *w, const char *what);

/* The work of each mode. Return 0, or -1 with w->err set. */
int tx_run(struct worker *w);
int rx_run(struct worker *w);
int ping_run(struct worker *w);
int pong_run(struct worker *w);

#endif
