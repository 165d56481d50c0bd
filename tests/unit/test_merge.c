/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * core/offload/merge.c: frames that are merged, then cut again by core/offload/offload.c, are the
 * same, byte by byte; segments of a stream are merged; a segment that segmentation would write in
 * another way is not. Then batches with random faults. Each frame lies in memory of its exact size.
 * TAP. Arguments: rounds, seed.
 */
#define OS_PLATFORM			/* libc's names are for the test */
#include <stdio.h>
#include <stdlib.h>
#include "inet.h"
#include "frame.h"
#include "rng.h"
#include "tap.h"

#define FRAMES		64u
#define ROOM		2048u

struct flow {
	bool v6;
	uint32_t options;	/* bytes of TCP's */
	uint32_t seq, id;
	uint8_t mark;		/* of its addresses */
};

struct batch {
	struct os_frag frag[FRAMES];
	uint32_t n;
};

static struct rng rng;
static struct batch b;
static struct nm_merge m;

static uint32_t rnd(uint32_t below)
{
	return rng_below(&rng, below);
}

static uint32_t l4_of(const uint8_t *f)
{
	return f[12] == 0x86 ? 54 : 34;
}

/* Correct the checksums. */
static void sums_put(uint8_t *f, uint32_t len)
{
	const uint32_t l4 = l4_of(f);
	uint32_t s = 6 + (len - l4);

	put16(f + l4 + 16, 0);
	if (l4 == 34) {
		put16(f + 24, 0);
		put16(f + 24, ~sum16(0, f + 14, 20));
		s = sum16(s, f + 26, 8);
	} else {
		s = sum16(s, f + 22, 32);
	}
	put16(f + l4 + 16, ~sum16(s, f + l4, len - l4));
}

static uint8_t *data_of(uint32_t i)
{
	return (uint8_t *)(uintptr_t)b.frag[i].data;
}

static void batch_empty(void)
{
	while (b.n)
		free(data_of(--b.n));
}

static void ip_put(const struct flow *f, uint8_t *p, uint32_t len)
{
	put16(p + 12, f->v6 ? 0x86dd : 0x0800);
	if (f->v6) {
		p[14] = 0x60;
		put16(p + 18, len - 54);
		p[20] = 6;
		p[21] = 64;
		memset(p + 22, f->mark, 32);
		return;
	}
	p[14] = 0x45;
	put16(p + 16, len - 14);
	put16(p + 18, f->id);
	p[20] = 0x40;
	p[22] = 64;
	p[23] = 6;
	memset(p + 26, f->mark, 8);
}

/* The flow's next segment, at the batch's end. */
static void put(struct flow *f, uint32_t payload, uint8_t flags)
{
	const uint32_t l4 = f->v6 ? 54 : 34, head = l4 + 20 + f->options, len = head + payload;
	uint8_t *p = calloc(1, len);
	uint32_t i;

	if (!p)
		exit(2);
	memset(p, 2, 12);
	ip_put(f, p, len);
	put16(p + l4, 4000);
	put16(p + l4 + 2, 5000);
	put32(p + l4 + 4, f->seq);
	put32(p + l4 + 8, 77);
	p[l4 + 12] = (uint8_t)((20 + f->options) / 4 << 4);
	p[l4 + 13] = flags;
	put16(p + l4 + 14, 500);
	memset(p + l4 + 20, 1, f->options);
	for (i = 0; i < payload; i++)
		p[head + i] = (uint8_t)rnd(256);
	sums_put(p, len);
	b.frag[b.n++] = (struct os_frag){ .data = p, .len = len };
	f->seq += payload;
	f->id = (f->id + 1) & 0xffff;
}

static void put_many(struct flow *f, uint32_t n, uint32_t payload)
{
	while (n--)
		put(f, payload, 0x10);
}

/* Cut the merged frame again. Returns whether the frames from at on come out unchanged. */
static bool is_the_same(uint32_t at)
{
	static uint8_t got[ROOM];
	struct nm_vnet_hdr vh;
	struct nm_frag frag[2 + FRAMES] = { { (uint8_t *)&vh, NM_VNET_HDR_LEGACY },
					    { m.head, m.head_len } };
	struct nm_offload o;
	uint32_t i, len;
	bool more;

	nm_merge_hdr(&m, &vh);
	for (i = 0; i < m.frames; i++)
		frag[2 + i] = (struct nm_frag){ data_of(at + i) + m.head_len,
						b.frag[at + i].len - m.head_len };
	/* The two heads take two of the fragments that a conversion may have. */
	if (m.frames > NM_OFFLOAD_FRAGS_MAX - 2)
		return false;
	if (nm_offload_plan(&o, frag, 2 + m.frames, NM_VNET_HDR_LEGACY, 0, ROOM) != (int)m.frames)
		return false;
	for (i = 0; i < m.frames; i++) {
		len = nm_offload_emit(&o, got, &more);
		if (more || len != b.frag[at + i].len || memcmp(got, data_of(at + i), len))
			return false;
	}
	return true;
}

/* How many frames the batch becomes; 0 if cutting does not restore it. */
static uint32_t batch_merge(void)
{
	uint32_t at, n, merged = 0;

	for (at = 0; at < b.n; at += n, merged++) {
		n = nm_merge_plan(&m, b.frag + at, b.n - at);
		if (n == 0 || n > b.n - at || (n > 1 && (n != m.frames || !is_the_same(at))))
			return 0;
	}
	return merged;
}

static void test_merged(void)
{
	static const struct flow kinds[] = {
		{ .id = 1 },
		{ .v6 = true },
		{ .id = 0xfff0, .options = 12 },
		{ .v6 = true, .options = 40 },
	};
	uint32_t i, good = 0;

	for (i = 0; i < 4; i++) {
		struct flow f = kinds[i];

		f.seq = i & 1 ? 0xffffff00u : 5;
		put_many(&f, 40, 1400);
		put(&f, 9, 0x18);
		good += batch_merge() == 1 && m.frames == 41 && m.payload_len == 40 * 1400 + 9 &&
		      m.head[m.l4 + 13] == 0x18;
		batch_empty();
	}
	ok(good == 4, "segments of a stream, the last one short and with PSH, become one frame");
}

static void test_lengths(void)
{
	struct flow f = { .id = 1 };

	put_many(&f, 60, 1448);
	ok(batch_merge() == 2, "no longer than a datagram can be");
	batch_empty();
	put_many(&f, 2, 9);
	put(&f, 10, 0x10);
	ok(batch_merge() == 2, "a longer one does not follow a shorter one");
	batch_empty();
	put(&f, 100, 0x10);
	put(&f, 50, 0x10);
	put_many(&f, 2, 100);
	ok(batch_merge() == 2, "a shorter one is the last");
	batch_empty();
	put(&f, 100, 0x18);
	put(&f, 100, 0x10);
	put(&f, 100, 0x18);
	put(&f, 100, 0x10);
	ok(batch_merge() == 3, "and so is one with PSH");
	batch_empty();
	put(&f, 100, 0x50);
	put(&f, 100, 0x50);
	ok(batch_merge() == 1, "segments that all have ECE are merged");
	batch_empty();
	put_many(&f, 3, 0);
	ok(batch_merge() == 3, "acknowledgements are not merged");
	batch_empty();
	put_many(&f, 4, 7);
	ok(batch_merge() == 4, "nor are segments below the least that Linux cuts");
	batch_empty();
}

static void test_flows(void)
{
	struct flow f = { .id = 1, .mark = 1 }, g = { .id = 1, .mark = 2 };
	uint32_t i;

	put_many(&f, 3, 100);
	put_many(&g, 3, 100);
	put_many(&f, 3, 100);
	ok(batch_merge() == 3, "another flow ends what is merged");
	batch_empty();
	put_many(&f, 2, 100);
	f.seq++;
	put_many(&f, 2, 100);
	ok(batch_merge() == 2, "and so does a gap");
	batch_empty();
	put_many(&f, 2, 100);
	f.id++;
	put_many(&f, 2, 100);
	ok(batch_merge() == 2, "and so does a gap in the datagrams' numbers");
	batch_empty();
	put_many(&f, 2, 100);
	for (i = 0; i < 2; i++) {
		data_of(i)[20] |= 0x20;
		sums_put(data_of(i), b.frag[i].len);
	}
	ok(batch_merge() == 2, "fragments of datagrams are not merged");
	batch_empty();
	put_many(&f, 4, 100);
	b.frag[1].more = true;
	ok(nm_merge_plan(&m, b.frag, 4) == 1, "frames of several pieces are not merged");
	batch_empty();
}

/* The checksum of an IP header, where 0xffff stands for 0. */
static void test_ip_sum(void)
{
	struct flow f;
	uint32_t i;

	for (i = 0; i < 65535; i++) {
		f = (struct flow){ .id = i };
		put_many(&f, 2, 100);
		if (data_of(1)[24] == 0 && data_of(1)[25] == 0)
			break;
		batch_empty();
	}
	ok(i < 65535 && batch_merge() == 1, "a datagram whose own checksum is 0 is merged");
	put16(data_of(1) + 24, 0xffff);
	ok(batch_merge() == 2, "but not one that has 0xffff there");
	batch_empty();
}

/* Any other bit of the headers, with right checksums or not. */
static void test_bits(bool v6, bool with_sums)
{
	const uint32_t l4 = v6 ? 54 : 34, head = l4 + 20 + 12;
	uint32_t bit, same = 0, alone = 0;

	for (bit = 0; bit < 8 * head; bit++) {
		struct flow f = { .v6 = v6, .id = 1, .options = 12 };

		put_many(&f, 3, 100);
		data_of(1)[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (with_sums && l4_of(data_of(1)) == l4)
			sums_put(data_of(1), b.frag[1].len);
		same += batch_merge() > 0;
		alone += nm_merge_plan(&m, b.frag, 3) == 1;
		batch_empty();
	}
	ok(same == 8 * head, "any bit of a segment's headers flipped: it comes out unchanged");
	/* A segment with PSH still follows the one before, as does one with corrected checksums. */
	ok(alone == 8 * head - (with_sums ? (v6 ? 16 : 32) + 1 : 0), "and it is not merged");
}

static void test_payload(void)
{
	struct flow f = { .id = 1 };
	uint32_t i, alone = 0;

	for (i = 0; i < 100; i++) {
		put_many(&f, 2, 100);
		data_of(i & 1)[54 + i] ^= 4;
		alone += nm_merge_plan(&m, b.frag, 2) == 1;
		batch_empty();
	}
	ok(alone == 100, "nor is one with a wrong checksum");
	f = (struct flow){ .id = 1 };
	put_many(&f, 2, 8);
	for (i = 0; i < 65536; i++) {
		put16(data_of(1) + 54, i);
		sums_put(data_of(1), b.frag[1].len);
		if (data_of(1)[50] == 0 && data_of(1)[51] == 0)
			break;
	}
	ok(i < 65536 && batch_merge() == 1, "one whose checksum is 0 is");
	put16(data_of(1) + 50, 0xffff);
	ok(batch_merge() == 2, "but one that has 0xffff there is not: it would not come out so");
	batch_empty();
}

static void random_fault(void)
{
	const uint32_t i = rnd(b.n), at = rnd(b.frag[i].len);

	data_of(i)[at < 80 || rnd(2) ? at : rnd(80)] ^= (uint8_t)(1 << rnd(8));
	if (rnd(2) && b.frag[i].len >= 74)
		sums_put(data_of(i), b.frag[i].len);
}

static void test_random(uint32_t rounds)
{
	uint32_t i, j, same = 0, merged = 0, all = 0, n;

	for (i = 0; i < rounds; i++) {
		struct flow f[2] = {
			{ .v6 = rnd(2),
			  .options = rnd(2) * 12,
			  .id = rnd(65536),
			  .seq = rnd(65536),
			  .mark = 1 },
			{ .v6 = rnd(2), .id = 65530, .seq = 0xffffffffu - rnd(3000), .mark = 2 },
		};
		for (j = rnd(16); j; j--)
			put_many(&f[rnd(2)], rnd(5), 100 + rnd(3) * 50);
		for (j = b.n ? rnd(3) : 0; j; j--)
			random_fault();
		n = batch_merge();
		same += n > 0 || !b.n;
		merged += n;
		all += b.n;
		batch_empty();
	}
	ok(same == rounds, "batches with random faults come out unchanged");
	ok(merged < all && merged > 0, "and some frames of them were merged");
}

int main(int argc, char **argv)
{
	rng.state = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	test_merged();
	test_lengths();
	test_flows();
	test_bits(false, false);
	test_bits(false, true);
	test_bits(true, false);
	test_bits(true, true);
	test_ip_sum();
	test_payload();
	test_random(argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 0) : 3000);
	return tap_finish();
}
