// SPDX-License-Identifier: BSD-2-Clause
/*
 * The receiver: takes received packets, a burst at a time. While a ring has more packets, a sync
 * returns the slots of the last burst; when all rings are empty, poll() returns them and sleeps.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "../common/clock.h"
#include "frame.h"
#include "rxscan.h"
#include "worker.h"

struct rx_queue {
	struct ring *ring;
	struct rx_packet *partial;	/* NULL if packets are only counted */
};

struct rx {
	struct worker *w;
	unsigned int queue_count;
	struct rx_queue *queues;
};

static void rx_free(struct rx *rx)
{
	unsigned int i;

	for (i = 0; i < rx->queue_count && rx->queues; i++)
		free(rx->queues[i].partial);
	free(rx->queues);
}

static int rx_prepare(struct rx *rx, struct worker *w)
{
	unsigned int i;

	rx->w = w;
	rx->queue_count = w->port.rx_count;
	rx->queues = calloc(rx->queue_count, sizeof(rx->queues[0]));
	if (!rx->queues)
		return worker_fail(w, "out of memory");
	for (i = 0; i < rx->queue_count; i++) {
		rx->queues[i].ring = w->port.rx[i];
		if (!w->seq && !w->opt->dump)
			continue;
		rx->queues[i].partial = calloc(1, sizeof(struct rx_packet));
		if (!rx->queues[i].partial)
			return worker_fail(w, "out of memory");
	}
	return 0;
}

static void examine(void *context, const uint8_t *data, unsigned int len)
{
	struct worker *w = context;
	unsigned int vnet = w->session->vnet;

	if (len < vnet)
		return;
	if (w->seq)
		seqcheck_packet(w->seq, data + vnet, len - vnet);
	if (w->opt->dump)
		frame_dump(w->opt->json ? stderr : stdout, data, len);
}

/* Take up to n slots from all rings. */
static unsigned int take_burst(struct rx *rx, unsigned int n, struct rx_sum *sum)
{
	unsigned int i, taken = 0;

	for (i = 0; i < rx->queue_count && taken < n; i++) {
		struct rx_queue *q = &rx->queues[i];

		if (!q->partial)
			taken += rxscan_count(q->ring, n - taken, sum);
		else
			taken +=
				rxscan_packets(q->ring, n - taken, sum, q->partial, examine, rx->w);
	}
	return taken;
}

/* Subtract a burst from the quota, which several threads share. */
static void spend_quota(struct worker *w, uint64_t n)
{
	uint64_t taken;

	if (w->quota == UINT64_MAX)
		return;
	if (w->session->count == 1) {
		w->quota = n < w->quota ? w->quota - n : 0;
		return;
	}
	taken = atomic_fetch_add(&w->session->taken, n) + n;
	w->quota = taken < w->opt->count ? w->opt->count - taken : 0;
}

/* Take one burst. Return false if the rings are empty. */
static bool receive_burst(struct rx *rx)
{
	struct worker *w = rx->w;
	struct rx_sum sum = { 0 };
	unsigned int burst = w->opt->burst;

	if (w->quota < burst)
		burst = (unsigned int)w->quota;
	if (take_burst(rx, burst, &sum) == 0)
		return false;
	if (w->begin == 0)
		w->begin = clock_now();
	worker_account(w, sum.packets, sum.bytes - sum.packets * w->session->vnet);
	spend_quota(w, sum.packets);
	return true;
}

static bool is_any_left(const struct rx *rx)
{
	unsigned int i;

	for (i = 0; i < rx->queue_count; i++) {
		if (ring_there(rx->queues[i].ring) > 0)
			return true;
	}
	return false;
}

/* Return slots and wait for packets. Return 1 to go on, 0 after --idle, -1 on failure. */
static int refill(struct rx *rx)
{
	struct worker *w = rx->w;
	int timeout = w->opt->exit_idle ? (int)w->opt->idle_ms : -1, got;

	if (is_any_left(rx))
		return worker_sync(w, NIOCRXSYNC) ? -1 : 1;
	worker_rest(w);
	got = worker_wait(w, POLLIN, timeout);
	if (got != 0 || timeout < 0 || worker_is_stopping(w))
		return got < 0 ? -1 : 1;
	return 0;
}

static int receive_all(struct rx *rx)
{
	struct worker *w = rx->w;
	int more = 1;

	while (w->quota > 0 && !worker_is_stopping(w) && more > 0) {
		more = refill(rx);
		if (more > 0)
			receive_burst(rx);
	}
	if (more < 0)
		return -1;
	worker_rest(w);
	return worker_sync(w, NIOCRXSYNC);
}

int rx_run(struct worker *w)
{
	struct rx rx = { 0 };
	int ret;

	if (w->port.rx_count == 0)
		return worker_fail(w, "no receive ring is bound");
	ret = rx_prepare(&rx, w);
	if (ret == 0)
		ret = receive_all(&rx);
	rx_free(&rx);
	return ret;
}
