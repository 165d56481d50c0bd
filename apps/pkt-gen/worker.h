/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread that sends or receives on a port of its own, and the session that holds all of
 * them. A worker's counters are written by its thread alone and read by the reporter at any
 * time; the rest of a worker belongs to its thread until it has been joined.
 */
#ifndef PKTGEN_WORKER_H
#define PKTGEN_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../common/clock.h"
#include "../common/port.h"
#include "capture.h"
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
	uint64_t quota;			/* packets to handle, UINT64_MAX without end */
	uint64_t begin, end;		/* ns; begin is 0 if it never had a packet to handle */
	bool has_moved;			/* packets since end was set */
	uint64_t unsent;		/* slots still queued when it gave up waiting */
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
	struct capture capture;
	uint8_t mac[MAC_LEN];		/* source address of what we send */
	unsigned int vnet;		/* virtio-net header before each packet, bytes */
	unsigned int count;
	struct worker *workers;
	int done_fd;			/* eventfd; one is added as each worker ends */
	atomic_bool stop;		/* set by the main thread */
	atomic_uint ticks;		/* reports so far */
	_Atomic uint64_t taken;		/* packets received by all, when several share --count */
};

/* Starts the thread; 0 or an errno value. */
int worker_start(struct worker *w);

static inline bool worker_is_stopping(const struct worker *w)
{
	return atomic_load_explicit(&w->session->stop, memory_order_relaxed);
}

/* Only the worker itself writes its counters: no need for an atomic addition. */
static inline void counter_add(_Atomic uint64_t *counter, uint64_t n)
{
	uint64_t v = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, v + n, memory_order_relaxed);
}

/* One batch was handled. */
static inline void worker_account(struct worker *w, uint64_t packets, uint64_t bytes)
{
	counter_add(&w->counters.packets, packets);
	counter_add(&w->counters.bytes, bytes);
	counter_add(&w->counters.batches, 1);
	w->has_moved = true;
}

/* All that was there is dealt with: if nothing more comes, this was the end. */
static inline void worker_rest(struct worker *w)
{
	if (w->has_moved)
		w->end = clock_now();
	w->has_moved = false;
}

/*
 * poll() on the port: 1 if something is ready, 0 after the timeout (ms, -1 for none) or a
 * signal, -1 if the port has failed.
 */
int worker_wait(struct worker *w, short events, int timeout);

/* NIOCTXSYNC or NIOCRXSYNC; -1 if the port has failed. */
int worker_sync(struct worker *w, unsigned long request);

/* Says that something has failed that no call told; returns -1. */
int worker_fail(struct worker *w, const char *what);

/* The four things that a thread may do. 0, or -1 with w->err set. */
int tx_run(struct worker *w);
int rx_run(struct worker *w);
int ping_run(struct worker *w);
int pong_run(struct worker *w);

#endif
