// SPDX-License-Identifier: BSD-2-Clause
/*
 * The sender: fills rings a burst at a time, syncs after each burst, sleeps in poll() if there is
 * no room, and at the end waits up to two seconds for the queued packets to be sent.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "../common/clock.h"
#include "pace.h"
#include "source.h"
#include "txfill.h"
#include "worker.h"

#define DRAIN_MAX	(2 * NSEC_PER_SEC)	/* longest wait for queued packets at the end */

struct tx_queue {
	struct ring *ring;
	struct stamp stamp;		/* each ring is a flow: there is no order between rings */
	uint8_t *arena;			/* --indirect: one packet per slot, stride bytes apart */
};

struct tx {
	struct worker *w;
	unsigned int queue_count;
	unsigned int first;		/* queue with which the next burst starts */
	struct tx_queue *queues;
	bool is_plain;
	struct plain_packet plain;
	unsigned int tick_seen;
	struct layout layout;
	unsigned int slots_max;		/* of one packet */
	size_t stride;
	struct pace pace;
	struct source source;
};

static struct tx *tx_new(struct worker *w)
{
	struct tx *tx = calloc(1, sizeof(*tx));
	uint32_t flow = (uint32_t)random_seed();
	unsigned int i;

	if (!tx)
		return NULL;
	tx->w = w;
	tx->queue_count = w->port.tx_count;
	tx->queues = calloc(tx->queue_count, sizeof(tx->queues[0]));
	if (!tx->queues) {
		free(tx);
		return NULL;
	}
	for (i = 0; i < tx->queue_count; i++) {
		tx->queues[i].ring = w->port.tx[i];
		tx->queues[i].stamp.flow = flow + i;
	}
	source_init(&tx->source, w->opt,
		    w->session->trace.count > 0 ? &w->session->trace : NULL, w->session->mac,
		    w->session->vnet);
	return tx;
}

static void tx_free(struct tx *tx)
{
	unsigned int i;

	for (i = 0; i < tx->queue_count; i++)
		free(tx->queues[i].arena);
	if (tx->is_plain)
		plain_free(&tx->plain);
	free(tx->queues);
	free(tx);
}

/* All packets are the same and fit in one buffer: write each buffer once. */
static int prepare_plain(struct tx *tx)
{
	const uint8_t *data;
	unsigned int len;

	tx->is_plain = true;
	data = source_next(&tx->source, &tx->queues[0].stamp, &len);
	if (plain_init(&tx->plain, tx->w->opt->rubbish ? NULL : data, len,
		       tx->queues[0].ring->buf_limit))
		return worker_fail(tx->w, "out of memory");
	return 0;
}

static int prepare_arenas(struct tx *tx)
{
	unsigned int i;

	tx->stride = (source_longest(&tx->source) + 63u) & ~63u;
	for (i = 0; i < tx->queue_count; i++) {
		struct tx_queue *q = &tx->queues[i];

		q->arena = calloc(q->ring->num_slots, tx->stride);
		if (!q->arena)
			return worker_fail(tx->w, "out of memory");
	}
	return 0;
}

static int tx_prepare(struct tx *tx)
{
	const struct options *opt = tx->w->opt;
	unsigned int buffer = tx->queues[0].ring->buf_size;
	unsigned int longest = source_longest(&tx->source);

	tx->layout.fragments = opt->fragments;
	tx->layout.largest =
		opt->fragment_size > 0 && opt->fragment_size < buffer ? opt->fragment_size : buffer;
	tx->slots_max = opt->indirect ? 1 : layout_slots(&tx->layout, longest);
	if (tx->slots_max > NETMAP_MAX_FRAGS || tx->slots_max >= tx->queues[0].ring->num_slots)
		return errmsg_set(&tx->w->err,
				  "%s: packets of %u bytes take %u slots, "
				  "more than a packet may have here",
				  tx->w->port.spec.name, longest, tx->slots_max);
	if (opt->rubbish && tx->slots_max > 1)
		return worker_fail(tx->w, "--rubbish packets must fit in one buffer");
	if (opt->indirect)
		return prepare_arenas(tx);
	if (opt->rubbish || (source_is_constant(&tx->source) && tx->slots_max == 1))
		return prepare_plain(tx);
	return 0;
}

static unsigned int fill_plain(struct tx *tx, struct tx_queue *q, unsigned int n, uint64_t *bytes)
{
	n = txfill_plain(q->ring, &tx->plain, n);
	*bytes += (uint64_t)n * (tx->plain.len - tx->w->session->vnet);
	return n;
}

static unsigned int fill_made(struct tx *tx, struct tx_queue *q, unsigned int n, uint64_t *bytes)
{
	unsigned int i, len;

	for (i = 0; i < n && ring_there(q->ring) >= tx->slots_max; i++) {
		const uint8_t *data = source_next(&tx->source, &q->stamp, &len);

		if (q->arena) {
			uint8_t *own = q->arena + q->ring->head * tx->stride;

			memcpy(own, data, len);
			txfill_indirect(q->ring, own, len);
		} else {
			txfill_packet(q->ring, &tx->layout, data, len);
		}
		*bytes += len - tx->w->session->vnet;
	}
	return i;
}

static unsigned int fill_queue(struct tx *tx, struct tx_queue *q, unsigned int n, uint64_t *bytes)
{
	return tx->is_plain ? fill_plain(tx, q, n, bytes) : fill_made(tx, q, n, bytes);
}

/* Queue up to n packets, starting with another ring each time. */
static unsigned int fill_burst(struct tx *tx, unsigned int n, uint64_t *bytes)
{
	unsigned int i, at = tx->first, done = 0;

	if (tx->queue_count == 1)
		return fill_queue(tx, &tx->queues[0], n, bytes);
	for (i = 0; i < tx->queue_count && done < n; i++) {
		done += fill_queue(tx, &tx->queues[at], n - done, bytes);
		at = at + 1 < tx->queue_count ? at + 1 : 0;
	}
	tx->first = tx->first + 1 < tx->queue_count ? tx->first + 1 : 0;
	return done;
}

/*
 * Receivers may have written to the buffers that a ring gets back, so write the packet again to all
 * of them after each report.
 */
static void refresh_plain(struct tx *tx)
{
	unsigned int tick = atomic_load_explicit(&tx->w->session->ticks, memory_order_relaxed);

	if (tx->is_plain && tick != tx->tick_seen) {
		tx->tick_seen = tick;
		plain_forget(&tx->plain);
	}
}

static int send_burst(struct tx *tx, uint64_t left, unsigned int *sent)
{
	unsigned int burst = tx->w->opt->burst;
	uint64_t bytes = 0;

	refresh_plain(tx);
	*sent = fill_burst(tx, left < burst ? (unsigned int)left : burst, &bytes);
	if (*sent == 0)
		return worker_wait(tx->w, POLLOUT, -1) < 0 ? -1 : 0;
	if (worker_sync(tx->w, NIOCTXSYNC))
		return -1;
	worker_account(tx->w, *sent, bytes);
	return 0;
}

static int send_all(struct tx *tx)
{
	uint64_t left = tx->w->quota, until;
	unsigned int sent;

	while (left > 0 && !worker_is_stopping(tx->w)) {
		if (send_burst(tx, left, &sent))
			return -1;
		left -= sent;
		if (tx->pace.ns_per_packet > 0 && sent > 0) {
			until = pace_spend(&tx->pace, sent, clock_now());
			if (left > 0)
				clock_sleep_until(until);
		}
	}
	return 0;
}

static uint64_t count_pending(const struct tx *tx)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < tx->queue_count; i++) {
		const struct ring *ring = tx->queues[i].ring;

		n += ring->num_slots - 1 - ring_there(ring);
	}
	return n;
}

/* Wait for the rings to be empty, for at most DRAIN_MAX: the receiver may be gone. */
static int drain(struct tx *tx)
{
	uint64_t now = clock_now(), end = now + DRAIN_MAX, pause = 10 * NSEC_PER_USEC;

	while ((tx->w->unsent = count_pending(tx)) > 0 && now < end) {
		if (worker_sync(tx->w, NIOCTXSYNC))
			return -1;
		if (count_pending(tx) == 0)
			continue;
		clock_sleep_until(now + pause);
		if (pause < NSEC_PER_MSEC)
			pause *= 2;
		now = clock_now();
	}
	return 0;
}

static int tx_go(struct tx *tx)
{
	struct worker *w = tx->w;
	int ret;

	if (tx_prepare(tx))
		return -1;
	w->begin = clock_now();
	pace_init(&tx->pace, (double)w->opt->rate / w->opt->threads, w->begin);
	ret = send_all(tx);
	if (ret == 0)
		ret = drain(tx);
	w->end = clock_now();
	if (w->unsent > 0)
		w->end -= DRAIN_MAX;	/* nothing was sent in that time */
	return ret;
}

int tx_run(struct worker *w)
{
	struct tx *tx;
	int ret;

	if (w->port.tx_count == 0)
		return worker_fail(w, "no transmit ring is bound");
	tx = tx_new(w);
	if (!tx)
		return worker_fail(w, "out of memory");
	ret = tx_go(tx);
	tx_free(tx);
	return ret;
}
