/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile clients. See prey.h. */
#include "prey.h"

static void rings_find(struct prey *y)
{
	uint32_t i;

	y->rings[0] = y->rings[1] = 0;
	for (i = 0; i < 2 * PREY_RINGS; i++) {
		const uint32_t dir = i & 1;
		struct netmap_ring *r = dir ? client_rx(y->p, i / 2) : client_tx(y->p, i / 2);

		if (r)
			y->ring[dir][y->rings[dir]++] = r;
	}
	y->buf_ofs = y->rings[0] ? y->ring[0][0]->buf_ofs : 0;
}

bool prey_begin(struct prey *y, const char *name, const struct nmreq_register *reg,
		struct nmreq_option *opts)
{
	y->p = client_new();
	y->p->reg = *reg;
	y->p->reg.nr_tx_slots = y->p->reg.nr_rx_slots = PREY_SLOTS;
	if (!reg->nr_tx_rings)
		y->p->reg.nr_tx_rings = y->p->reg.nr_rx_rings = 1;
	if (client_register_as_is(y->p, name, opts)) {
		prey_end(y);
		return false;
	}
	rings_find(y);
	return true;
}

void prey_end(struct prey *y)
{
	client_end(y->p);
	y->p = NULL;
	y->rings[0] = y->rings[1] = 0;
}

/* A ring in a direction; one byte of the input only if there is a choice. NULL: it has none. */
static struct netmap_ring *ring_in(const struct prey *y, uint32_t dir, struct input *in)
{
	const uint32_t n = y->rings[dir];

	return n > 1 ? y->ring[dir][input_below(in, n)] : n ? y->ring[dir][0] : NULL;
}

static struct netmap_ring *ring_any(const struct prey *y, struct input *in)
{
	return ring_in(y, input_byte(in) & 1, in);
}

/* One word of a ring: its header, or a slot. */
static void write_word(struct netmap_ring *r, struct input *in)
{
	uint32_t at = input_below(in, (sizeof(*r) + PREY_SLOTS * sizeof(r->slot[0])) / 4);
	uint8_t how = input_byte(in);
	uint32_t v = how < 128 ? how : how < 160 ? PREY_SLOTS - 2 + how % 4 : input_word(in);

	((uint32_t *)(void *)r)[at] = v;
}

/* The words that the engine follows: head, cur, and a slot. */
static void write_head(struct netmap_ring *r, struct input *in)
{
	r->head = input_below(in, PREY_SLOTS + 2);
	r->cur = input_below(in, PREY_SLOTS + 2);
}

static void write_slot(struct netmap_ring *r, struct input *in)
{
	struct netmap_slot *s = &r->slot[input_below(in, PREY_SLOTS)];

	s->buf_idx = input_byte(in) < 224 ? input_half(in) % 2200 : input_word(in);
	s->len = input_half(in);
	s->flags = input_half(in);
}

void prey_frame(uint8_t *frame, size_t len, struct input *in)
{
	static const uint32_t station[] = { STATION_ALL, 1, 2, 3, STATION_GROUP };
	uint8_t v = input_byte(in);

	if (v < 200)
		frame_make(frame, len, station[v % 5], station[v / 5 % 5], v);
	else
		input_take(in, frame, 14);
}

/*
 * As a program does: put frames of the input's choice into the next slots. buf_ofs is used only
 * while it is right: elsewhere in a region shared with others, a client may do any harm.
 */
static void fill(struct prey *y, struct input *in)
{
	static uint8_t outside[4096];
	struct netmap_ring *r = ring_in(y, 0, in);
	uint32_t n = input_below(in, PREY_SLOTS);

	for (; r && n && r->head < PREY_SLOTS; n--) {
		struct netmap_slot *s = &r->slot[r->head];
		uint8_t *buf = client_buf(y->p, r, s->buf_idx);

		s->len = (uint16_t)(input_byte(in) * 9);
		s->flags = (uint16_t)(input_byte(in) & 0x7f);
		if (s->flags & NS_INDIRECT)
			s->ptr = input_byte(in) < 128 ? (uintptr_t)outside : input_word(in);
		else if (buf && s->buf_idx > 1 && s->buf_idx < 2000 && r->nr_buf_size == 2048 &&
			 r->buf_ofs == y->buf_ofs)
			prey_frame(buf, 60, in);
		r->head = (r->head + 1) % PREY_SLOTS;
	}
	if (r)
		r->cur = r->head;
}

static void take(struct prey *y, struct input *in)
{
	struct netmap_ring *r = ring_in(y, 1, in);

	if (r)
		r->head = r->cur = r->tail;
}

static void header(struct prey *y, struct input *in)
{
	static const uint32_t sizes[] = { 0, 10, 12, 11 };
	struct nmreq_port_hdr body = { .nr_hdr_len = sizes[input_byte(in) & 3] };

	client_ctrl(y->p, NETMAP_REQ_PORT_HDR_SET, "", &body, NULL);
}

void prey_act(struct prey *y, uint8_t what, struct input *in)
{
	static void (*const write_of[])(struct netmap_ring *, struct input *) = {
		[0] = write_word, [7] = write_head, [8] = write_slot,
	};
	struct netmap_ring *r;

	switch (what) {
	case 1:
		fill(y, in);
		break;
	case 2:
		take(y, in);
		break;
	case 3:
		client_txsync(y->p);
		break;
	case 4:
		client_rxsync(y->p);
		break;
	case 5:
		client_poll(y->p, POLLIN | POLLOUT);
		break;
	case 6:
		header(y, in);
		break;
	default:
		r = ring_any(y, in);
		if (r)
			write_of[what](r, in);
		break;
	}
	os_assert(os_test_locks_held() == 0);
}
