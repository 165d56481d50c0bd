/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Offsets of packets in their buffers: rules of any values, on ports of a switch, a pipe, a card
 * and monitors of them, whose slots then have any offset. A well-behaved pair on the same switch,
 * one of them with offsets, gets every frame at its place.
 */
#include "prey.h"

#define PORTS	6u
#define INITIAL	128u		/* of the well-behaved receiver */
static const char *const name_of[PORTS] = { "valeF:a", "valeF:b", "x{1", "x}1", "card0",
	"valeF:a" };	/* the last one is a monitor */

static struct prey prey[PORTS];
static struct client *left, *right;
static uint32_t number;

/* Mostly one that is accepted. */
static struct nmreq_option *rule(struct input *in)
{
	static struct nmreq_opt_offsets o;
	uint8_t how = input_byte(in);

	if (how < 32)
		return NULL;
	o = (struct nmreq_opt_offsets){ .nro_opt.nro_reqtype = NETMAP_REQ_OPT_OFFSETS };
	if (how < 200) {
		o.nro_max_offset = how % 4 * 64;
		o.nro_initial_offset = how & 4 ? o.nro_max_offset : 0;
		o.nro_offset_bits = how & 8 ? 16 : 0;
		o.nro_tx_align = how & 16 ? 64 : 0;
		o.nro_min_gap = how & 32 ? 128 : 0;
		return &o.nro_opt;
	}
	o.nro_max_offset = input_half(in);
	o.nro_initial_offset = input_half(in) % 300;
	o.nro_offset_bits = input_byte(in) % 80;
	o.nro_tx_align = input_byte(in);
	o.nro_min_gap = input_half(in) % 4096;
	return &o.nro_opt;
}

static void open_one(uint32_t which, struct input *in)
{
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC, .nr_mem_id = 1 };

	if (which + 1 == PORTS)
		reg.nr_flags = (input_byte(in) % 3 + 1) * NR_MONITOR_TX | NR_ZCOPY_MON;
	prey_begin(&prey[which], name_of[which], &reg, rule(in));
}

/* Offsets of some slots, most of them legal. */
static void place(struct prey *y, struct input *in)
{
	uint32_t dir = input_byte(in) & 1, i, n = input_below(in, PREY_SLOTS);
	uint8_t how = input_byte(in);

	if (!y->rings[dir])
		return;
	for (i = 0; i < n; i++) {
		struct netmap_slot *s = &y->ring[dir][0]->slot[i];

		s->ptr = how < 200 ? how * 2u : input_word(in) * 0x10001ull;
		if (how & 1)
			s->len = (uint16_t)(2048 - how * 4);
	}
}

static void card(struct input *in)
{
	static uint8_t frame[4096];
	uint32_t n = 1 + input_below(in, 40), len = 60 + input_byte(in) * 12u;

	prey_frame(frame, len, in);
	while (n--)
		os_test_card_receive(0, OS_NETDEV_WIRE, n & 1, frame, len);
}

/* A frame from one of the well-behaved clients to the other. */
static void work(void)
{
	uint8_t frame[200];
	size_t len = 60 + ++number % 140;
	struct netmap_ring *r = client_rx(right, 0);
	const struct netmap_slot *s;

	client_drain(right);
	client_rxsync(right);
	s = &r->slot[r->head];
	frame_make(frame, len, STATION_ALL, 9, number);
	os_assert(client_send(left, frame, len));
	os_assert(client_rxsync(right) == 0 && ring_space(r) == 1);
	os_assert(s->len == len && (s->ptr & r->offset_mask) == INITIAL);
	os_assert(frame_is(client_buf(right, r, s->buf_idx) + INITIAL, len, STATION_ALL, 9,
			   number));
	peer_check(left);
	peer_check(right);
}

static void act(uint32_t which, uint8_t what, struct input *in)
{
	struct prey *y = &prey[which];

	if (what == PREY_ACTS)
		work();
	else if (what == PREY_ACTS + 1)
		card(in);
	else if (!y->p)
		open_one(which, in);
	else if (what == PREY_ACTS + 2 && input_byte(in) < 80)
		prey_end(y);
	else if (what >= PREY_ACTS + 2)
		place(y, in);
	else
		prey_act(y, what, in);
}

static struct client *right_begin(void)
{
	struct nmreq_opt_offsets o = { .nro_opt.nro_reqtype = NETMAP_REQ_OPT_OFFSETS,
		.nro_max_offset = 256, .nro_initial_offset = INITIAL };
	struct client *p = client_new();

	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_rx_slots = PREY_SLOTS };
	os_assert(client_register_as_is(p, "valeF:right", &o.nro_opt) == 0);
	return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint32_t i;

	fuzz_begin(NULL);
	left = peer_bound("valeF:left", NR_REG_ALL_NIC, PREY_SLOTS);
	right = right_begin();
	number = 0;
	for (i = 0; i < PORTS; i++)
		open_one(i, &in);
	while (in.left) {
		uint8_t which = input_byte(&in), what = input_byte(&in);

		act(which % PORTS, what % (PREY_ACTS + 5), &in);
		os_assert(os_test_locks_held() == 0);
	}
	work();
	for (i = 0; i < PORTS; i++)
		prey_end(&prey[i]);
	client_end(left);
	client_end(right);
	fuzz_end();
	return 0;
}
