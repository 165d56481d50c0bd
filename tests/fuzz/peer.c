/* SPDX-License-Identifier: BSD-2-Clause */
/* Well-behaved clients beside the hostile ones, and checks that they stay unharmed. */
#include "input.h"

struct client *peer_bound(const char *name, uint32_t mode, uint32_t slots)
{
	struct client *p = client_new();

	p->reg = (struct nmreq_register){ .nr_mode = mode, .nr_tx_slots = slots,
		.nr_rx_slots = slots, .nr_tx_rings = 1, .nr_rx_rings = 1 };
	os_assert(client_register_as_is(p, name, NULL) == 0);
	return p;
}

static void ring_check(struct client *p, struct netmap_ring *r, bool tx)
{
	uint32_t i;

	os_assert(r->head < r->num_slots && r->cur < r->num_slots && r->tail < r->num_slots);
	for (i = 0; i < r->num_slots; i++) {
		os_assert(r->slot[i].buf_idx > 1);
		os_assert(client_buf(p, r, r->slot[i].buf_idx));
	}
	if (tx)
		return;
	for (i = r->head; i != r->tail; i = ring_next(r, i))
		os_assert(r->slot[i].len <= r->nr_buf_size);
}

void peer_check(struct client *p)
{
	ring_check(p, client_tx(p, 0), true);
	ring_check(p, client_rx(p, 0), false);
}

void peer_exchange(struct client *from, struct client *to, uint32_t dst, uint32_t src,
		   uint32_t number)
{
	uint8_t frame[200], got[2048];
	size_t len = 60 + number % 140;

	peer_check(to);
	client_drain(to);
	client_rxsync(to);
	frame_make(frame, len, dst, src, number);
	os_assert(client_send(from, frame, len));
	os_assert(client_receive(to, got, sizeof(got)) == (long)len);
	os_assert(frame_is(got, len, dst, src, number));
	peer_check(from);
	peer_check(to);
}
