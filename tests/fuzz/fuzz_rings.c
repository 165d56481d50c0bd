/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rings: the input writes words into the rings of hostile ports (on a switch, of a pipe, of
 * neither), fills slots in any way and syncs, in any order. Well-behaved clients, on the same
 * switch, at the pipe's other end and apart, must get the frames that they are sent.
 */
#include "input.h"

#define SLOTS	32

enum { VALE_A, VALE_B, PIPE, PIPE_FAR, VICTIM_PIPE, NOWHERE, HOSTILE };
static const char *const names[HOSTILE] = { "valeF:a", "valeF:b", "valeF:c{1", "valeF:c}1",
	"valeF:d{1", "n" };

static struct prey {
	struct client *p;
	struct netmap_ring *ring[2];
	int64_t buf_ofs;		/* of ring[0], as it was */
} prey[HOSTILE];

/* Senders and receivers of data, and the end of a pipe whose other end is hostile. */
static struct client *left, *right, *pipe_left, *pipe_right, *victim;
static uint32_t number;

/* One word of a ring: its header, or a slot. */
static void write_word(struct netmap_ring *r, struct input *in)
{
	uint32_t at = input_below(in, (sizeof(*r) + SLOTS * sizeof(r->slot[0])) / 4);
	uint8_t how = input_byte(in);
	uint32_t v = how < 128 ? how : how < 160 ? SLOTS - 2 + how % 4 : input_word(in);

	((uint32_t *)(void *)r)[at] = v;
}

/* The words that the engine follows: head, cur, and a slot. */
static void write_head(struct netmap_ring *r, struct input *in)
{
	r->head = input_below(in, SLOTS + 2);
	r->cur = input_below(in, SLOTS + 2);
}

static void write_slot(struct netmap_ring *r, struct input *in)
{
	struct netmap_slot *s = &r->slot[input_below(in, SLOTS)];

	s->buf_idx = input_byte(in) < 224 ? input_half(in) % 2200 : input_word(in);
	s->len = input_half(in);
	s->flags = input_half(in);
}

/* Addresses of stations on the switch, or any bytes. */
static void fill_addresses(uint8_t *buf, struct input *in)
{
	static const uint32_t station[] = { STATION_ALL, 1, 2, 3, STATION_GROUP };
	uint8_t v = input_byte(in);

	if (v < 200)
		frame_make(buf, 60, station[v % 5], station[v / 5 % 5], v);
	else
		input_take(in, buf, 14);
}

/*
 * As a program does: put frames of the input's choice into the next slots. buf_ofs is used only
 * while it is right: elsewhere in a region shared with the victim, a client may do any harm.
 */
static void fill(struct prey *y, struct input *in)
{
	static uint8_t outside[4096];
	struct netmap_ring *r = y->ring[0];
	uint32_t n = input_below(in, SLOTS);

	for (; n && r->head < SLOTS; n--) {
		struct netmap_slot *s = &r->slot[r->head];
		uint8_t *buf = client_buf(y->p, r, s->buf_idx);

		s->len = (uint16_t)(input_byte(in) * 9);
		s->flags = (uint16_t)(input_byte(in) & 0x7f);
		if (s->flags & NS_INDIRECT)
			s->ptr = input_byte(in) < 128 ? (uintptr_t)outside : input_word(in);
		else if (buf && s->buf_idx > 1 && s->buf_idx < 2000 && r->nr_buf_size == 2048 &&
			 r->buf_ofs == y->buf_ofs)
			fill_addresses(buf, in);
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
	static const uint32_t sizes[] = { 0, 10, 12, 11 };
	struct nmreq_port_hdr body = { .nr_hdr_len = sizes[input_byte(in) & 3] };

	client_ctrl(y->p, NETMAP_REQ_PORT_HDR_SET, "", &body, NULL);
}

/* The well-behaved clients exchange frames in between. */
static void work(void)
{
	/* A hostile port may have used the address: let the switch learn it again. */
	peer_exchange(right, left, STATION_ALL, 2, ++number);
	peer_exchange(left, right, 2, 1, ++number);
	peer_exchange(left, right, STATION_ALL, 1, ++number);
	peer_exchange(pipe_left, pipe_right, 2, 1, ++number);
	peer_exchange(pipe_right, pipe_left, 1, 2, ++number);
	client_drain(left);
	client_rxsync(left);
	client_drain(victim);
	peer_check(left);
	peer_check(victim);
}

static void act(struct prey *y, uint8_t what, struct input *in)
{
	switch (what) {
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
	case 7:
		write_head(y->ring[input_byte(in) & 1], in);
		break;
	case 8:
		write_slot(y->ring[input_byte(in) & 1], in);
		break;
	case 9:
		work();
		break;
	}
	os_assert(os_test_locks_held() == 0);
}

static void begin(void)
{
	int i;

	left = peer_bound("valeF:left", NR_REG_ALL_NIC, SLOTS);
	right = peer_bound("valeF:right", NR_REG_ALL_NIC, SLOTS);
	pipe_left = peer_bound("valeF:left{g", NR_REG_ALL_NIC, SLOTS);
	pipe_right = peer_bound("valeF:left}g", NR_REG_ALL_NIC, SLOTS);
	for (i = 0; i < HOSTILE; i++) {
		prey[i].p = peer_bound(names[i], i == NOWHERE ? NR_REG_NULL : NR_REG_ALL_NIC,
				       SLOTS);
		prey[i].ring[0] = client_tx(prey[i].p, 0);
		prey[i].ring[1] = client_rx(prey[i].p, 0);
		prey[i].buf_ofs = prey[i].ring[0] ? prey[i].ring[0]->buf_ofs : 0;
	}
	victim = peer_bound("valeF:d}1", NR_REG_ALL_NIC, SLOTS);
}

static void end(void)
{
	int i;

	for (i = 0; i < HOSTILE; i++)
		client_end(prey[i].p);
	client_end(victim);
	client_end(pipe_left);
	client_end(pipe_right);
	client_end(left);
	client_end(right);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	fuzz_begin(NULL);
	begin();
	number = 0;
	while (in.left) {
		uint8_t what = input_byte(&in);
		struct prey *y = &prey[what % HOSTILE];

		if (y->ring[0] && y->ring[1])
			act(y, what / HOSTILE % 10, &in);
	}
	work();
	end();
	fuzz_end();
	return 0;
}
