/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mirrors: hostile monitors, copying and by exchange of buffers, of hostile ports of a switch, a
 * pipe and a card; all of them come and go. A well-behaved pair, and a well-behaved monitor of it,
 * get every frame.
 */
#include "prey.h"

#define SUBJECTS	5u
#define MONITORS	4u
static const char *const subject_name[SUBJECTS] = { "valeF:a", "valeF:b", "x{1", "x}1", "card0" };

static struct prey prey[SUBJECTS + MONITORS];
static struct client *left, *right, *watch;
static uint32_t number;

/* Offsets of a port and of its monitors: the same, most of the time. */
static struct nmreq_option *offsets(uint8_t how)
{
	static struct nmreq_opt_offsets o;

	if (how < 160)
		return NULL;
	o = (struct nmreq_opt_offsets){
		.nro_opt.nro_reqtype = NETMAP_REQ_OPT_OFFSETS,
		.nro_max_offset = 256, .nro_initial_offset = how & 1 ? 64 : 0,
		.nro_offset_bits = 16, .nro_min_gap = how >= 250 ? 64 : 0,
	};
	return &o.nro_opt;
}

static void open_one(uint32_t which, struct input *in)
{
	uint8_t how = input_byte(in), opts = input_byte(in);
	const char *name = subject_name[which % SUBJECTS];
	struct nmreq_register reg = { .nr_mode = NR_REG_ALL_NIC, .nr_mem_id = 1,
		.nr_flags = how & 1 ? NR_NO_TX_POLL : 0 };

	if (which >= SUBJECTS) {
		name = subject_name[how / 32 % SUBJECTS];
		reg.nr_flags = (how % 3 + 1) * NR_MONITOR_TX | (how & 16 ? NR_ZCOPY_MON : 0);
		reg.nr_mode = how & 8 ? NR_REG_ONE_NIC : NR_REG_NIC_SW;
		reg.nr_mem_id = how & 4 ? 1 : 0;
	}
	prey_begin(&prey[which], name, &reg, offsets(opts));
}

/* Frames come in from the card's wire. */
static void card(struct input *in)
{
	static uint8_t frame[4096];
	uint32_t n = 1 + input_below(in, 40), len = 60 + input_byte(in) * 12u;

	prey_frame(frame, len, in);
	while (n--)
		os_test_card_receive(0, OS_NETDEV_WIRE, n & 1, frame, len);
}

/* One frame from left to right; it is mirrored when it is sent. */
static void work(void)
{
	uint8_t frame[200], got[2048];
	size_t len = 60 + ++number % 140;

	client_drain(right);
	client_drain(watch);
	client_rxsync(right);
	frame_make(frame, len, STATION_ALL, 1, number);
	os_assert(client_send(left, frame, len));
	os_assert(client_receive(right, got, sizeof(got)) == (long)len);
	os_assert(frame_is(got, len, STATION_ALL, 1, number));
	os_assert(client_receive(watch, got, sizeof(got)) == (long)len);
	os_assert(frame_is(got, len, STATION_ALL, 1, number));
	client_rxsync(watch);
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
	else if (what < PREY_ACTS)
		prey_act(y, what, in);
}

static struct client *watching(const char *name)
{
	struct client *p = client_new();

	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC, .nr_flags = NR_MONITOR_TX,
		.nr_rx_slots = PREY_SLOTS };
	os_assert(client_register_as_is(p, name, NULL) == 0);
	return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint32_t i;

	fuzz_begin(NULL);
	left = peer_bound("g{1", NR_REG_ALL_NIC, PREY_SLOTS);
	right = peer_bound("g}1", NR_REG_ALL_NIC, PREY_SLOTS);
	watch = watching("g{1");
	number = 0;
	for (i = 0; i < SUBJECTS; i++)
		open_one(i, &in);
	while (in.left) {
		uint8_t which = input_byte(&in), what = input_byte(&in);

		act(which % (SUBJECTS + MONITORS), what % (PREY_ACTS + 3), &in);
		os_assert(os_test_locks_held() == 0);
	}
	work();
	for (i = 0; i < SUBJECTS + MONITORS; i++)
		prey_end(&prey[i]);
	client_end(watch);
	client_end(left);
	client_end(right);
	fuzz_end();
	return 0;
}
