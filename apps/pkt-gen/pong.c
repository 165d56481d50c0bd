// SPDX-License-Identifier: BSD-2-Clause
/*
 * pong: sends every packet back where it came from, addresses swapped in place. Buffers
 * change rings, nothing is copied.
 */
#include <poll.h>
#include <stdio.h>

#include "../common/clock.h"
#include "dump.h"
#include "frame.h"
#include "worker.h"

/* Slots of the packet at the head of a ring; 0 if its end is not there yet. */
static unsigned int packet_slots(const struct netmap_ring *ring)
{
	unsigned int i, there = nm_ring_space(ring), at = ring->head;

	for (i = 1; i <= there; i++) {
		if (!(ring->slot[at].flags & NS_MOREFRAG))
			return i;
		at = nm_ring_next(ring, at);
	}
	return 0;
}

static void turn_around(struct worker *w, struct netmap_ring *ring, struct netmap_slot *slot)
{
	uint8_t *data = (uint8_t *)NETMAP_BUF(ring, slot->buf_idx);
	unsigned int vnet = w->session->vnet;

	if (w->opt->dump)
		dump_packet(w->opt->json ? stderr : stdout, data, slot->len);
	if (slot->len > vnet)
		frame_reverse(data + vnet, slot->len - vnet, w->session->mac);
}

static void exchange(struct netmap_slot *a, struct netmap_slot *b)
{
	uint32_t idx = a->buf_idx;

	a->buf_idx = b->buf_idx;
	b->buf_idx = idx;
	a->flags |= NS_BUF_CHANGED;
	b->flags |= NS_BUF_CHANGED;
}

/* Moves one packet of so many slots. Returns its bytes. */
static uint64_t move_packet(struct netmap_ring *rx, struct netmap_ring *tx, unsigned int slots)
{
	uint64_t bytes = 0;

	for (; slots > 0; slots--) {
		struct netmap_slot *from = &rx->slot[rx->head], *to = &tx->slot[tx->head];

		to->len = from->len;
		to->flags = from->flags & NS_MOREFRAG;
		bytes += from->len;
		exchange(from, to);
		rx->head = rx->cur = nm_ring_next(rx, rx->head);
		tx->head = tx->cur = nm_ring_next(tx, tx->head);
	}
	return bytes;
}

/* Moves up to n packets; *is_full if the transmit ring had no room for the next one. */
static uint64_t move_burst(struct worker *w, struct netmap_ring *rx, struct netmap_ring *tx,
			   uint64_t n, uint64_t *bytes, bool *is_full)
{
	uint64_t done;

	for (done = 0; done < n; done++) {
		unsigned int slots = packet_slots(rx);

		if (slots == 0)
			break;
		if (slots > nm_ring_space(tx)) {
			*is_full = true;
			break;
		}
		turn_around(w, rx, &rx->slot[rx->head]);
		*bytes += move_packet(rx, tx, slots) - w->session->vnet;
	}
	return done;
}

static void pong_round(struct worker *w, bool *is_full)
{
	const struct port *port = &w->port;
	uint64_t n = w->opt->burst < w->quota ? w->opt->burst : w->quota, done = 0, bytes = 0;
	unsigned int i;

	*is_full = false;
	for (i = 0; i < port->rx_count && done < n; i++)
		done += move_burst(w, port->rx[i], port->tx[i % port->tx_count], n - done, &bytes,
				   is_full);
	if (done == 0)
		return;
	if (w->begin == 0)
		w->begin = clock_now();
	worker_account(w, done, bytes);
	if (w->quota != UINT64_MAX)
		w->quota -= done;
}

int pong_run(struct worker *w)
{
	int timeout = w->opt->exit_idle ? (int)w->opt->idle_ms : -1, got;
	bool is_full = false;

	if (w->port.tx_count == 0 || w->port.rx_count == 0)
		return worker_fail(w, "pong needs a transmit and a receive ring");
	while (w->quota > 0 && !worker_is_stopping(w)) {
		worker_rest(w);
		/* with a full transmit ring packets that wait must not wake us at once */
		got = worker_wait(w, is_full ? POLLOUT : POLLIN, timeout);
		if (got < 0)
			return -1;
		if (got == 0 && timeout >= 0 && !worker_is_stopping(w))
			break;
		pong_round(w, &is_full);
	}
	worker_rest(w);
	return worker_sync(w, NIOCTXSYNC);
}
