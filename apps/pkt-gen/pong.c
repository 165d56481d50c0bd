// SPDX-License-Identifier: BSD-2-Clause
/*
 * pong: sends each packet back to its sender, with the addresses swapped in place. Buffers are
 * exchanged between the rings; nothing is copied.
 */
#include <poll.h>
#include <stdio.h>

#include "../common/clock.h"
#include "../../lib/ring.h"
#include "frame.h"
#include "worker.h"

static void turn_around(struct worker *w, struct ring *ring, struct netmap_slot *slot)
{
	const struct slot_view v = slot_read(slot);
	unsigned int vnet = w->session->vnet;
	uint8_t *data;

	if (!slot_is_sound(ring, v))
		return;		/* the engine refuses it */
	data = (uint8_t *)ring_buf(ring, v.buf_idx);
	if (w->opt->dump)
		frame_dump(w->opt->json ? stderr : stdout, data, v.len);
	if (v.len > vnet)
		frame_reverse(data + vnet, v.len - vnet, w->session->mac);
}

static void exchange(struct netmap_slot *a, struct netmap_slot *b)
{
	uint32_t idx = a->buf_idx;

	a->buf_idx = b->buf_idx;
	b->buf_idx = idx;
	a->flags |= NS_BUF_CHANGED;
	b->flags |= NS_BUF_CHANGED;
}

/* Move one packet. Return its bytes. */
static uint64_t move_packet(struct ring *rx, struct ring *tx, unsigned int slots)
{
	uint32_t at = rx->head, out = tx->head;
	uint64_t bytes = 0;

	for (; slots > 0; slots--) {
		struct netmap_slot *from = &rx->slot[at], *to = &tx->slot[out];
		const struct slot_view v = slot_read(from);

		to->len = v.len;
		to->flags = v.flags & NS_MOREFRAG;
		bytes += v.len;
		exchange(from, to);
		at = ring_next(rx, at);
		out = ring_next(tx, out);
	}
	ring_set(rx, at, at);
	ring_set(tx, out, out);
	return bytes;
}

/* Move up to n packets. Sets *is_full if the transmit ring has no room for the next one. */
static uint64_t move_burst(struct worker *w, struct ring *rx, struct ring *tx,
			   uint64_t n, uint64_t *bytes, bool *is_full)
{
	uint64_t done;

	for (done = 0; done < n; done++) {
		unsigned int slots = slots_of_frame(rx, rx->head, ring_there(rx));

		if (slots == 0)
			break;
		if (slots > ring_there(tx)) {
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
		/* If the transmit ring is full, received packets must not end the wait. */
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
