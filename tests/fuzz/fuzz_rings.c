/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rings: the input writes words into the rings of two hostile ports and of a hostile pipe,
 * sets heads forward and syncs, in any order. A pair beside them must go on working.
 */
#include "input.h"

#define SLOTS	32

static const char *const names[] = { "valeF:a", "valeF:b", "valeF:c{1", "valeF:c}1" };
#define HOSTILE	4

static struct prey {
	struct client *p;
	struct netmap_ring *ring[2];
} prey[HOSTILE];

static struct client *bound(const char *name)
{
	struct client *p = client_new();

	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_tx_slots = SLOTS,
		.nr_rx_slots = SLOTS };
	os_assert(client_register_as_is(p, name, NULL) == 0);
	return p;
}

/* One word of a ring: its header, or a slot. */
static void write_word(struct netmap_ring *r, struct input *in)
{
	uint32_t at = input_word(in) % ((sizeof(*r) + SLOTS * sizeof(r->slot[0])) / 4);
	uint32_t v = input_word(in);

	((uint32_t *)(void *)r)[at] = v;
}

/* As a program would: a frame of the input's choice into the next slot. */
static void fill(struct prey *y, struct input *in)
{
	struct netmap_ring *r = y->ring[0];
	uint32_t n = input_byte(in) % SLOTS;

	for (; n && r->head < SLOTS; n--) {
		struct netmap_slot *s = &r->slot[r->head];

		s->len = (uint16_t)(input_byte(in) * 9);
		s->flags = (uint16_t)(input_byte(in) & 0x7f);
		if (s->flags & NS_INDIRECT)
			s->ptr = input_byte(in) < 128 ? (uintptr_t)prey : input_word(in);
		r->head = (r->head + 1) % SLOTS;
	}
	r->cur = r->head;
}

static void take(struct prey *y)
{
	y->ring[1]->head = y->ring[1]->cur = y->ring[1]->tail;
}

static void header(struct prey *y, struct input *in)
{
	struct nmreq_port_hdr body = { .nr_hdr_len = input_byte(in) % 13 };

	client_ctrl(y->p, NETMAP_REQ_PORT_HDR_SET, "", &body, NULL);
}

static void act(struct prey *y, uint8_t what, struct input *in)
{
	switch (what % 8) {
	case 0:
		write_word(y->ring[input_byte(in) & 1], in);
		break;
	case 1:
		fill(y, in);
		break;
	case 2:
		take(y);
		break;
	case 3:
	case 4:
		client_txsync(y->p);
		break;
	case 5:
		client_rxsync(y->p);
		break;
	case 6:
		client_poll(y->p, POLLIN | POLLOUT);
		break;
	case 7:
		header(y, in);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct client *left, *right;
	uint8_t frame[60], got[64];
	int i;

	fuzz_begin();
	left = bound("valeG:left");
	right = bound("valeG:right");
	for (i = 0; i < HOSTILE; i++) {
		prey[i].p = bound(names[i]);
		prey[i].ring[0] = client_tx(prey[i].p, 0);
		prey[i].ring[1] = client_rx(prey[i].p, 0);
	}
	while (in.left) {
		uint8_t what = input_byte(&in);

		act(&prey[what >> 6], what, &in);
	}
	frame_make(frame, 60, STATION_ALL, 1, 1);
	os_assert(client_send(left, frame, 60));
	os_assert(client_receive(right, got, sizeof(got)) == 60 &&
		  frame_is(got, 60, STATION_ALL, 1, 1));
	for (i = 0; i < HOSTILE; i++)
		client_end(prey[i].p);
	client_end(left);
	client_end(right);
	fuzz_end();
	return 0;
}
