/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames whose virtio-net header changes on the way through a switch: one sender, with a header
 * length of the input's choice, and receivers with none, the short and the long one. The input
 * makes a TCP or UDP frame, cuts it into slots and may corrupt it. Frames that arrive lie within
 * their buffers; those that were valid have right checksums and every byte of their payload.
 */
#include "inet.h"
#include "input.h"

#define SLOTS	128u
#define ROOM	24000u
#define RECEIVERS 3

static const uint32_t hdr_len[RECEIVERS] = { 0, 10, 12 };
static struct client *sender, *receiver[RECEIVERS];

/* The frame that was sent. */
static struct frame {
	uint8_t data[ROOM];	/* the virtio-net header first */
	uint32_t hdr, l3, l4, payload, len;	/* offsets behind the header, and bytes */
	bool v6, tcp, corrupt;
	uint32_t gso_size;	/* 0: none */
	bool needs_csum;
} f;

static uint32_t pseudo(const uint8_t *p, uint32_t len)
{
	uint32_t s = len - f.l4 + (f.tcp ? 6 : 17);

	return f.v6 ? sum16(s, p + f.l3 + 8, 32) : sum16(s, p + f.l3 + 12, 8);
}

static void make_l3(uint8_t *p, struct input *in, uint32_t tags)
{
	uint32_t i;

	memset(p, 0xff, 6);	/* to all */
	input_take(in, p + 7, 5);
	p[6] = 2;
	for (i = 0; i < tags; i++)
		put16(p + 12 + 4 * i, i + 1 < tags ? 0x88a8 : 0x8100);
	f.l3 = 14 + 4 * tags;
	put16(p + f.l3 - 2, f.v6 ? 0x86dd : 0x0800);
	f.l4 = f.l3 + (f.v6 ? 40 : 20 + 4 * input_below(in, 3));
	input_take(in, p + f.l3, 8);
	memset(p + f.l3 + 8, input_byte(in), f.l4 - f.l3 - 8);
	if (f.v6) {
		p[f.l3] = 0x60;
		p[f.l3 + 6] = f.tcp ? 6 : 17;
		return;
	}
	p[f.l3] = (uint8_t)(0x40 | (f.l4 - f.l3) / 4);
	put16(p + f.l3 + 6, 0x4000);
	p[f.l3 + 9] = f.tcp ? 6 : 17;
}

/* Lengths and checksums; the transport's whole, or of the pseudo header alone. */
static void make_sums(uint8_t *p)
{
	uint32_t field = f.l4 + (f.tcp ? 16 : 6), s;

	if (f.v6) {
		put16(p + f.l3 + 4, f.len - f.l4);
	} else {
		put16(p + f.l3 + 2, f.len - f.l3);
		put16(p + f.l3 + 10, 0);
		put16(p + f.l3 + 10, ~sum16(0, p + f.l3, f.l4 - f.l3));
	}
	if (!f.tcp)
		put16(p + f.l4 + 4, f.len - f.l4);
	put16(p + field, 0);
	s = sum16(pseudo(p, f.len), NULL, 0);
	s = (s & 0xffff) + (s >> 16);
	if (f.needs_csum) {
		put16(p + field, s);
		return;
	}
	s = ~sum16(s, p + f.l4, f.len - f.l4) & 0xffff;
	put16(p + field, s ? s : 0xffff);
}

static void make_header(uint8_t *vh)
{
	memset(vh, 0, 12);
	if (!f.needs_csum)
		return;
	vh[0] = 1;
	put16_le(vh + 6, f.l4);
	put16_le(vh + 8, f.tcp ? 16 : 6);
	if (!f.gso_size)
		return;
	vh[1] = (uint8_t)(!f.tcp ? 5 : f.v6 ? 4 : 1);
	put16_le(vh + 4, f.gso_size);
}

static void make_frame(struct input *in)
{
	uint8_t how = input_byte(in), *p;
	uint32_t n, i;

	f.hdr = hdr_len[how % RECEIVERS];
	p = f.data + f.hdr;
	f.v6 = how & 8;
	f.tcp = how & 16;
	f.needs_csum = f.hdr && how & 32;
	f.gso_size = f.needs_csum && how & 64 ? 1 + input_half(in) % 1460 : 0;
	make_l3(p, in, input_below(in, 3));
	input_take(in, p + f.l4, 20);
	p[f.l4 + 12] = f.tcp ? 0x50 : p[f.l4 + 12];
	f.payload = f.l4 + (f.tcp ? 20 : 8);
	n = f.gso_size ? input_half(in) % 20000 : input_half(in) % 1500;
	f.len = f.payload + n;
	for (i = 0; i < n; i++)
		p[f.payload + i] = (uint8_t)(i * 31 + (i >> 8) + how);
	make_sums(p);
	if (f.hdr)
		make_header(f.data);
}

/* Change bytes of the header and of the first 128 behind it. */
static void corrupt_bytes(struct input *in)
{
	uint32_t n = input_byte(in);

	f.corrupt = n > 128;
	for (n = f.corrupt ? n % 8 + 1 : 0; n; n--)
		f.data[input_byte(in) % (f.hdr + 60)] = input_byte(in);
}

/* Queue it in slots of the input's choice. Returns whether there was room. */
static bool send(struct input *in)
{
	struct netmap_ring *r = client_tx(sender, 0);
	uint32_t at = r->head, done = 0, total = f.hdr + f.len, slots = 0;
	uint32_t least = (total + 31) / 32;

	while (done < total) {
		uint32_t n = least + input_byte(in) * 8u;
		struct netmap_slot *s = &r->slot[at];

		if (input_byte(in) > 250)
			n = 2048;
		n = n > 2048 ? 2048 : n;
		n = n > total - done ? total - done : n;
		if (done == 0 && n < f.hdr + 14)
			n = f.hdr + 14;
		if (++slots > NETMAP_MAX_FRAGS)
			return false;
		memcpy(client_buf(sender, r, s->buf_idx), f.data + done, n);
		s->len = (uint16_t)n;
		done += n;
		s->flags = done < total ? NS_MOREFRAG : 0;
		at = ring_next(r, at);
	}
	r->head = r->cur = at;
	os_assert(client_txsync(sender) == 0);
	return true;
}

/* Check a frame that arrived without a header: it must be valid by itself. */
static uint32_t check_bare(const uint8_t *p, uint32_t n, uint32_t done)
{
	uint32_t step = n - f.payload;

	os_assert(n >= f.payload && step <= f.len - f.payload - done);
	os_assert(!f.gso_size || step <= f.gso_size);
	if (f.v6)
		os_assert(get16(p + f.l3 + 4) == n - f.l4);
	else
		os_assert(get16(p + f.l3 + 2) == n - f.l3 &&
			  sum16(0, p + f.l3, f.l4 - f.l3) == 0xffff);
	os_assert(sum16(pseudo(p, n), p + f.l4, n - f.l4) == 0xffff);
	os_assert(!memcmp(p + f.payload, f.data + f.hdr + f.payload + done, step));
	return step;
}

/* Check all frames of one receiver. */
static void check(uint32_t which, bool expected)
{
	static uint8_t got[ROOM + 100];
	struct client *p = receiver[which];
	uint32_t done = 0, frames = 0, h = hdr_len[which];
	long n;

	os_assert(client_rxsync(p) == 0);
	peer_check(p);
	while ((n = client_take(p, 0, got, sizeof(got))) >= 0) {
		os_assert(n >= (long)h + 14);
		frames++;
		if (f.corrupt)
			continue;
		if (h == 0) {
			done += check_bare(got, (uint32_t)n, done);
			continue;
		}
		os_assert(n == (long)(h + f.len));
		os_assert(!memcmp(got + h, f.data + f.hdr, f.len));
		os_assert(f.hdr ? !memcmp(got, f.data, 10) : !(got[0] | got[1]));
	}
	if (!expected)
		return;
	os_assert(frames > 0);
	os_assert(h != 0 || done == f.len - f.payload);
}

static void header(struct client *p, uint32_t n)
{
	struct nmreq_port_hdr body = { .nr_hdr_len = n };

	os_assert(client_ctrl(p, NETMAP_REQ_PORT_HDR_SET, "", &body, NULL) == 0);
}

/* Room in a receiver's ring once it has taken everything. */
static bool fits(void)
{
	uint32_t n = f.len - f.payload, frames = f.gso_size && n ? (n - 1) / f.gso_size + 1 : 1;

	return !f.corrupt && frames * 2 < SLOTS;
}

static void one_frame(struct input *in)
{
	bool sent;
	int i;

	make_frame(in);
	corrupt_bytes(in);
	header(sender, f.hdr);
	sent = send(in);
	for (i = 0; i < RECEIVERS; i++) {
		check((uint32_t)i, sent && fits());
		client_rxsync(receiver[i]);
	}
	os_assert(os_test_locks_held() == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "valeF:none", "valeF:short", "valeF:long" };
	struct input in = { data, size };
	int i;

	fuzz_begin(NULL);
	sender = peer_bound("valeF:sender", NR_REG_ALL_NIC, SLOTS);
	for (i = 0; i < RECEIVERS; i++) {
		receiver[i] = peer_bound(names[i], NR_REG_ALL_NIC, SLOTS);
		header(receiver[i], hdr_len[i]);
	}
	while (in.left)
		one_frame(&in);
	for (i = 0; i < RECEIVERS; i++)
		client_end(receiver[i]);
	client_end(sender);
	fuzz_end();
	return 0;
}
