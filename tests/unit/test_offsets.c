/* SPDX-License-Identifier: BSD-2-Clause */
/* Offsets of packets in their buffers: rules, each kind of port, and illegal offsets. */
#include "subject.h"

#define UNIT	2048u
#define OFF(slot, ring)	((slot)->ptr & (ring)->offset_mask)

static uint8_t frame[9100], got[9100];

static struct nmreq_opt_offsets rule(uint64_t max, uint64_t initial, uint32_t bits)
{
	return (struct nmreq_opt_offsets){ .nro_opt.nro_reqtype = NETMAP_REQ_OPT_OFFSETS,
					   .nro_max_offset = max,
					   .nro_initial_offset = initial,
					   .nro_offset_bits = bits };
}

static struct client *bound_flags(const char *name, struct nmreq_opt_offsets o, uint32_t mode,
				  uint64_t flags)
{
	struct client *p = client_new();

	p->reg = (struct nmreq_register){ .nr_mode = mode, .nr_flags = flags };
	if (client_register_as_is(p, name, &o.nro_opt) || o.nro_opt.nro_status) {
		diag("%s: %s", name, client_reason(p));
		client_end(p);
		return NULL;
	}
	return p;
}

static struct client *bound(const char *name, uint64_t max, uint64_t initial)
{
	return bound_flags(name, rule(max, initial, 16), NR_REG_ALL_NIC, 0);
}

static void refused(const char *name, struct nmreq_opt_offsets o, int err, const char *word)
{
	struct client *p = client_new();

	p->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC };
	is_err(client_register_as_is(p, name, &o.nro_opt), err,
	       "%s: initial %llu, largest %llu, %u bits", name,
	       (unsigned long long)o.nro_initial_offset, (unsigned long long)o.nro_max_offset,
	       o.nro_offset_bits);
	is_num(o.nro_opt.nro_status, -err, "the option's status says so too");
	ok(strstr(client_reason(p), word), "the reason has \"%s\": %s", word, client_reason(p));
	client_end(p);
}

static void rules(void)
{
	struct nmreq_opt_offsets o;
	struct client *p, *q;
	struct netmap_ring *r;
	uint32_t i;

	refused("valeO:a", rule(100, 200, 0), -EINVAL, "initial");
	refused("valeO:a", rule(256, 0, 8), -EINVAL, "8 bits");
	refused("valeO:a", rule(100, 0, 65), -EINVAL, "65");
	refused("valeO:a", rule(UNIT - 63, 0, 0), -EINVAL, "2048");
	refused("valeO:a", rule(UINT64_MAX, 0, 0), -EINVAL, "2048");
	o = rule(1000, 0, 0);
	o.nro_min_gap = 1000;
	refused("valeO:a", o, -EINVAL, "gap");
	o.nro_min_gap = UINT64_MAX - 999;
	refused("valeO:a", o, -EINVAL, "gap");
	o = rule(100, 4, 0);
	o.nro_tx_align = 8;
	refused("valeO:a", o, -EINVAL, "multiple of 8");
	o.nro_tx_align = 128;
	refused("valeO:a", o, -EINVAL, "128");
	o.nro_tx_align = 3;
	refused("valeO:a", o, -EINVAL, "power of two");

	p = bound("valeO:a", 128, 64);
	r = client_rx(p, 0);
	is_num((long long)r->offset_mask, 0xffff, "the mask of 16 bits");
	is_num((long long)r->buf_align, 64, "the buffers' alignment");
	for (i = 0; i < r->num_slots && r->slot[i].ptr == 64; i++)
		;
	is_num(i, r->num_slots, "each slot has the initial offset");
	q = bound("valeO:a", 128, 64);
	ok(q, "another client with the same offsets");
	client_end(q);
	refused("valeO:a", rule(128, 0, 16), -EBUSY, "other offsets");
	q = client_new();
	is_err(client_register(q, "valeO:a"), -EINVAL, "and a client without offsets");
	ok(strstr(client_reason(q), "NETMAP_REQ_OPT_OFFSETS"), "has a reason");
	client_end(p);
	is_err(client_register(q, "valeO:a"), 0, "after the last close the port has no offsets");
	is_num((long long)client_rx(q, 0)->offset_mask, 0, "no mask");
	refused("valeO:a", rule(128, 0, 16), -EBUSY, "without offsets");
	client_end(q);
	p = bound_flags("valeO:a", rule(0, 0, 0), NR_REG_ALL_NIC, 0);
	ok(client_rx(p, 0)->offset_mask == UINT64_MAX, "0 bits mean all bits");
	client_end(p);
}

/* Queue a frame at an offset. */
static void put_at(struct client *p, uint32_t i, uint32_t off, uint32_t len, uint32_t number)
{
	struct netmap_ring *r = client_tx(p, i);
	struct netmap_slot *s = &r->slot[r->head];

	frame_make(frame, len, 2, 1, number);
	if (off + len <= r->nr_buf_size)
		memcpy(client_buf(p, r, s->buf_idx) + off, frame, len);
	s->ptr = (s->ptr & ~r->offset_mask) | off;
	s->len = (uint16_t)len;
	s->flags = 0;
	ring_release(r, 1);
}

/* Whether the next frame of rx ring i is that one, in one slot, and begins at off. */
static bool has_at(struct client *p, uint32_t i, uint32_t off, uint32_t len, uint32_t number)
{
	struct netmap_ring *r = client_rx(p, i);
	struct netmap_slot *s = &r->slot[r->head];
	bool right;

	if (client_rxsync(p) || !ring_space(r))
		return false;
	right = s->len == len && OFF(s, r) == off &&
		frame_is(client_buf(p, r, s->buf_idx) + off, len, 2, 1, number);
	if (!right)
		diag("len %u offset %llu", s->len, (unsigned long long)OFF(s, r));
	ring_release(r, 1);
	return right;
}

static void on_switch(void)
{
	struct client *a = bound("valeO:a", 256, 0), *b = bound("valeO:b", 128, 32),
		      *c = client_bound("valeO:c");
	struct netmap_ring *r = client_rx(b, 0);
	uint32_t i, wrong = 0, n;
	long len;

	r->slot[0].ptr = r->slot[1].ptr = 0xabc0000 | 100;
	for (i = 0; i < 100; i++) {
		put_at(a, 0, i, 60 + 10 * i, i);
		wrong += client_txsync(a) != 0;
		wrong += !has_at(b, 0, i < 2 ? 100 : 32, 60 + 10 * i, i);
		wrong += client_receive(c, got, sizeof(got)) != 60 + 10 * (long)i ||
			 !frame_is(got, 60 + 10 * i, 2, 1, i);
	}
	is_num(wrong, 0, "from any offset to the receiver's offset, or to 0");
	is_num((long long)(r->slot[0].ptr & ~0xffffull), 0xabc0000,
	       "the other bits of ptr are unchanged");
	client_rxsync(b);
	put_at(a, 0, 0, 2048, 3);
	is_err(client_txsync(a), 0, "a whole buffer");
	client_rxsync(b);
	for (n = 0, len = 0; ring_space(r); n++) {
		struct netmap_slot *s = &r->slot[r->head];

		memcpy(got + len, client_buf(b, r, s->buf_idx) + OFF(s, r), s->len);
		len += s->len;
		ring_release(r, 1);
	}
	ok(n == 2 && len == 2048 && frame_is(got, 2048, 2, 1, 3),
	   "takes two slots of a receiver with offsets");
	client_drain(c);
	frame_make(frame, 500, 2, 1, 77);
	client_put(c, 0, frame, 500, 0);
	client_txsync(c);
	ok(has_at(b, 0, 32, 500, 77), "from a port without to one with");
	client_end(a);
	client_end(b);
	client_end(c);
}

/* The switch's short path for frames like the one before ignores offsets: it must not be taken. */
static void on_switch_runs(void)
{
	struct client *a = bound("valeO:a", 256, 0), *b = client_bound("valeO:b");
	struct netmap_ring *t = client_tx(a, 0);
	uint32_t i, wrong = 0;

	for (i = 0; i < 8; i++) {
		/* At offset 0, another frame between the same stations. */
		frame_make(client_buf(a, t, t->slot[t->head].buf_idx), 100, 2, 1, 1000 + i);
		put_at(a, 0, 128, 100, i);
	}
	is_err(client_txsync(a), 0, "frames at offsets between the same stations, in one sync");
	for (i = 0; i < 8; i++)
		wrong += client_receive(b, got, sizeof(got)) != 100 || !frame_is(got, 100, 2, 1, i);
	is_num(wrong, 0, "arrive, each from its own offset");
	put_at(a, 0, 16, 100, 8);
	put_at(a, 0, 300, 100, 9);
	is_err(client_txsync(a), -EIO, "a bad offset behind a frame between the same stations");
	client_end(a);
	client_end(b);
}

static void on_pipe(void)
{
	struct client *a = bound("lone{o", 256, 64), *b, *c = client_new();
	uint32_t i, wrong = 0;

	is_err(client_register(c, "lone}o"), -EINVAL, "a pipe's other end needs the same offsets");
	b = bound("lone}o", 256, 64);
	for (i = 0; i < 100; i++) {
		put_at(a, 0, i, 60 + 10 * i, i);
		wrong += client_txsync(a) != 0;
		wrong += !has_at(b, 0, i, 60 + 10 * i, i);
	}
	is_num(wrong, 0, "a packet keeps its offset through a pipe");
	client_end(a);
	client_end(b);
	a = client_bound("lone{o");
	refused("lone}o", rule(256, 0, 16), -EBUSY, "without offsets");
	client_end(a);
	client_end(c);
}

static void on_card(void)
{
	struct client *p = bound_flags("card0", rule(512, 128, 0), NR_REG_NIC_SW, 0);
	struct os_test_sent *wire = os_test_card_sent(0, OS_NETDEV_WIRE);
	struct os_test_sent *stack = os_test_card_sent(0, OS_NETDEV_STACK);
	struct netmap_ring *r = client_rx(p, 0);
	uint32_t before = wire->frames;

	put_at(p, 0, 500, 1000, 1);
	put_at(p, 2, 3, 100, 2);
	is_err(client_txsync(p), 0, "sent from offsets");
	ok(wire->frames - before == 1 && wire->last_len == 1000 &&
		   frame_is(wire->last, 1000, 2, 1, 1),
	   "to the wire");
	ok(wire->last_len == 1000 && frame_is(stack->last, 100, 2, 1, 2), "and to the stack");
	frame_make(frame, 1500, 2, 1, 3);
	r->slot[0].ptr = 512;
	os_test_card_receive(0, OS_NETDEV_WIRE, 0, frame, 1500);
	os_test_card_receive(0, OS_NETDEV_STACK, 0, frame, 1500);
	ok(has_at(p, 0, 512, 1500, 3), "received at the slot's offset");
	ok(has_at(p, 2, 128, 1500, 3), "from the stack too");
	frame_make(frame, 4000, 2, 1, 4);
	os_test_card_receive(0, OS_NETDEV_WIRE, 0, frame, 4000);
	client_rxsync(p);
	is_num(ring_space(r), 3, "a long frame takes slots as if all had the largest offset");
	r->flags |= NR_FORWARD;
	while (ring_space(r)) {
		r->slot[r->head].flags |= NS_FORWARD;
		ring_release(r, 1);
	}
	client_rxsync(p);
	ok(stack->last_len == 4000 && frame_is(stack->last, 4000, 2, 1, 4),
	   "and is forwarded to the stack from there");
	client_end(p);
}

static void on_monitors(void)
{
	struct client *a = bound("valeO:a", 256, 16), *b = client_bound("valeO:b");
	struct client *m = client_bound_with("valeO:a", NR_REG_ALL_NIC, 0, NR_MONITOR_TX);
	struct client *mo = bound_flags("valeO:a", rule(64, 8, 0), NR_REG_ALL_NIC, NR_MONITOR_TX);
	struct client *z = bound_flags("valeO:a", rule(256, 16, 16), NR_REG_ALL_NIC,
				       NR_MONITOR_TX | NR_ZCOPY_MON);
	struct client *no = client_new();
	uint32_t i, wrong = 0;

	ok(m && mo && z, "monitors without offsets, with others, and without copies");
	no->reg = (struct nmreq_register){ .nr_mode = NR_REG_ALL_NIC,
					   .nr_flags = NR_MONITOR_RX | NR_ZCOPY_MON };
	is_err(client_register_as_is(no, "valeO:a", NULL), -EINVAL,
	       "a zero-copy monitor without offsets");
	ok(strstr(client_reason(no), "offsets"), "has a reason");
	for (i = 0; i < 100; i++) {
		put_at(a, 0, i, 100 + i, i);
		wrong += client_txsync(a) != 0;
		wrong += !has_at(m, 0, 0, 100 + i, i);
		wrong += !has_at(mo, 0, 8, 100 + i, i);
		wrong += !has_at(z, 0, i, 100 + i, i);
		client_drain(b);
	}
	is_num(wrong, 0,
	       "copies arrive at the monitor's offset, exchanged buffers at the packet's");
	client_end(no);
	client_end(z);
	client_end(mo);
	client_end(m);
	client_end(a);
	client_end(b);
}

static void lies_in(const char *a_name, const char *b_name)
{
	struct client *a = bound(a_name, 256, 16), *b = bound(b_name, 256, 16);
	static const struct { uint32_t off, len; } bad[] = {
		{ 257, 60 }, { 2047, 60 }, { 65535, 60 }, { 256, 1793 }, { 16, 2033 }, { 0, 2049 },
	};
	struct netmap_ring *t = client_tx(a, 0), *r = client_rx(b, 0);
	uint32_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put_at(a, 0, 16, 60, i);
		put_at(a, 0, bad[i].off, bad[i].len, i);
		is_err(client_txsync(a), -EIO, "%s: offset %u, length %u", a_name, bad[i].off,
		       bad[i].len);
		ok(strstr(client_reason(a), "offset"), "the reason says so");
		ok(has_at(b, 0, 16, 60, i), "the frame before it is received");
		client_rxsync(b);
		is_num(ring_space(r), 0, "and nothing else");
		ok(OFF(&t->slot[t->head], t) <= 16 && !t->slot[t->head].len, "the slot is reset");
	}
	put_at(a, 0, 256, 1792, 9);
	is_err(client_txsync(a), 0, "%s: the largest offset and length", a_name);
	client_drain(b);
	client_rxsync(b);
	client_end(a);
	client_end(b);
}

static void lies(void)
{
	struct client *a, *b, *c, *p;
	struct netmap_ring *r;
	uint32_t i;

	lies_in("valeO:a", "valeO:b");
	lies_in("lone{o", "lone}o");
	/* Illegal offsets in a receiver's slots. */
	a = client_bound("valeO:a");
	b = bound("valeO:b", 256, 16);
	c = client_bound("valeO:c");
	r = client_rx(b, 0);
	for (i = 0; i < r->num_slots; i++)
		r->slot[i].ptr = i % 2 ? 257 : 0xffff;
	frame_make(frame, 60, 2, 1, 5);
	ok(client_send(a, frame, 60), "a frame to a receiver with illegal offsets");
	is_num(client_receive(c, got, sizeof(got)), 60, "its neighbour gets the frame");
	is_err(client_rxsync(b), -EIO, "it is reset");
	for (i = 0; i < r->num_slots && OFF(&r->slot[i], r) == 16; i++)
		;
	is_num(i, r->num_slots, "its offsets are the initial ones");
	client_drain(b);
	client_rxsync(b);
	client_send(a, frame, 60);
	ok(has_at(b, 0, 16, 60, 5), "then it gets frames");
	client_end(a);
	client_end(b);
	client_end(c);
	p = bound("card0", 256, 16);
	client_rx(p, 0)->slot[0].ptr = 300;
	os_test_card_receive(0, OS_NETDEV_WIRE, 0, frame, 60);
	is_err(client_rxsync(p), -EIO, "a card's receive slot with an illegal offset");
	put_at(p, 0, 300, 60, 1);
	is_err(client_txsync(p), -EIO, "and one to send");
	client_end(p);
	/* Offsets that are not aligned, and NS_INDIRECT. */
	{
		struct nmreq_opt_offsets o = rule(256, 16, 16);

		o.nro_tx_align = 8;
		p = bound_flags("valeO:p", o, NR_REG_ALL_NIC, 0);
	}
	put_at(p, 0, 24, 60, 1);
	is_err(client_txsync(p), 0, "an offset that is aligned");
	put_at(p, 0, 28, 60, 1);
	is_err(client_txsync(p), -EIO, "one that is not");
	put_at(p, 0, 24, 60, 1);
	client_tx(p, 0)->slot[client_tx(p, 0)->head - 1].flags = NS_INDIRECT;
	is_err(client_txsync(p), -EIO, "NS_INDIRECT in a ring with offsets");
	client_end(p);
}

SUBJECTS(
	{ "rules", rules },
	{ "on_switch", on_switch },
	{ "on_switch_runs", on_switch_runs },
	{ "on_pipe", on_pipe },
	{ "on_card", on_card },
	{ "on_monitors", on_monitors },
	{ "lies", lies },
)
