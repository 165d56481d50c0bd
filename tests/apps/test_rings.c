// SPDX-License-Identifier: BSD-2-Clause
/* The loops that fill and empty rings, on rings without an engine. */
#include <stdlib.h>
#include <string.h>

#include "../../apps/pkt-gen/rxscan.h"
#include "../../apps/pkt-gen/txfill.h"
#include "fake_ring.h"
#include "tap.h"

static uint8_t data[5000];

static bool carries(struct ring *ring, uint32_t slot, unsigned int len)
{
	const struct netmap_slot *s = &ring->slot[slot];

	return s->len == len && s->flags == 0 &&
	       memcmp(fake_buffer(ring, s->buf_idx), data, len) == 0;
}

static void test_plain(void)
{
	struct ring *ring = fake_ring_new(13);
	struct plain_packet p;
	unsigned int i, wrong = 0;

	plain_init(&p, data, 60, 2 + 13 + FAKE_SPARE);
	is_num(txfill_plain(ring, &p, 5), 5, "a part of the ring");
	ok(ring->head == 5 && ring->shared->cur == 5, "head and cur move");
	for (i = 0; i < 5; i++)
		wrong += !carries(ring, i, 60);
	is_num(wrong, 0, "the slots carry the packet");
	ok(fake_buffer(ring, 7)[0] == 0xee, "buffers beyond are not touched");
	is_num(txfill_plain(ring, &p, 100), 7, "up to the free slots");
	is_num(txfill_plain(ring, &p, 100), 0, "nothing in a full ring");
	fake_ring_sent(ring);
	is_num(txfill_plain(ring, &p, 9), 9, "around the end");
	is_num(ring->head, (12 + 9) % 13, "around the end: head");
	for (i = 0; i < 13; i++)
		wrong += !carries(ring, i, 60);
	is_num(wrong, 0, "every slot carries the packet");
	plain_free(&p);
	fake_ring_free(ring);
}

static void test_plain_exchange(void)
{
	struct ring *ring = fake_ring_new(8);
	struct plain_packet p;

	plain_init(&p, data, 60, 2 + 8 + FAKE_SPARE);
	txfill_plain(ring, &p, 7);
	fake_ring_sent(ring);
	ring->slot[7] = (struct netmap_slot){ .buf_idx = 10, .flags = NS_BUF_CHANGED };
	ring->slot[0] = (struct netmap_slot){ .buf_idx = 5, .flags = NS_BUF_CHANGED };
	ring->slot[3].buf_idx = 2;
	fake_buffer(ring, 5)[0] ^= 0xff;
	txfill_plain(ring, &p, 2);
	ok(carries(ring, 7, 60), "a buffer never seen is filled");
	ok(!carries(ring, 0, 60) && ring->slot[0].flags == 0, "a known one is taken as it is");
	fake_ring_sent(ring);
	plain_forget(&p);
	txfill_plain(ring, &p, 7);
	ok(carries(ring, 1, 60) && fake_buffer(ring, 5)[0] != data[0],
	   "only buffers that are sent are filled again");
	plain_free(&p);
	plain_init(&p, NULL, 60, 2 + 8 + FAKE_SPARE);
	fake_ring_sent(ring);
	fake_buffer(ring, ring->slot[ring->head].buf_idx)[3] = 0x77;
	txfill_plain(ring, &p, 1);
	ok(fake_buffer(ring, ring->slot[(ring->head + 7) % 8].buf_idx)[3] == 0x77,
	   "rubbish is sent as it is");
	plain_free(&p);
	fake_ring_free(ring);
}

/* Send one packet and reassemble it. True if it has that many slots and the same bytes. */
static bool splits(unsigned int fragments, unsigned int largest, unsigned int len,
		   unsigned int want)
{
	struct ring *ring = fake_ring_new(70);
	struct layout l = { fragments, largest };
	unsigned int i, at = 0;
	bool good = txfill_packet(ring, &l, data, len) && ring->head == want;

	for (i = 0; good && i < want; i++) {
		const struct netmap_slot *s = &ring->slot[i];

		good = s->len > 0 && s->len <= largest && at + s->len <= len &&
		       memcmp(fake_buffer(ring, s->buf_idx), data + at, s->len) == 0 &&
		       s->flags == (i + 1 < want ? NS_MOREFRAG : 0);
		at += s->len;
	}
	good = good && at == len;
	fake_ring_free(ring);
	return good;
}

static void test_fragments(void)
{
	struct ring *ring = fake_ring_new(4);
	struct layout l = { 4, 2048 };
	unsigned int len, n, wrong = 0;

	ok(splits(1, 2048, 60, 1), "one slot");
	ok(splits(3, 2048, 100, 3), "three slots");
	ok(splits(1, 2048, 5000, 3), "larger than a buffer");
	ok(splits(1, 64, 200, 4), "bounded fragments");
	ok(splits(64, 2048, 64, 64), "a byte in each");
	for (len = 64; len < 300; len++) {
		for (n = 1; n <= 64; n++)
			wrong += !splits(n, 2048, len, n);
	}
	is_num(wrong, 0, "all numbers of fragments");
	ok(!txfill_packet(ring, &l, data, 100) && ring->head == 0, "all or nothing");
	ok(txfill_indirect(ring, data, 77) && ring->slot[0].ptr == (uintptr_t)data &&
		   ring->slot[0].len == 77 && ring->slot[0].flags == NS_INDIRECT,
	   "by address");
	fake_ring_free(ring);
}

static void test_count(void)
{
	struct ring *ring = fake_ring_new(16);
	struct rx_sum sum = { 0 };
	unsigned int i, round, expected = 0;

	ring->head = ring->shared->cur = ring->shared->tail = 5;
	is_num(rxscan_count(ring, 100, &sum), 0, "nothing there");
	for (i = 0; i < 15; i++)
		fake_ring_receive(ring, 1, 60, 0);
	is_num(rxscan_count(ring, 6, &sum), 6, "a burst");
	is_num(rxscan_count(ring, 100, &sum), 9, "the rest, around the end");
	ok(sum.packets == 15 && sum.bytes == 900 && ring->head == ring->shared->tail, "summed up");
	sum = (struct rx_sum){ 0 };
	for (round = 0; round < 50; round++) {
		for (i = 0; i < 15; i++) {
			uint16_t len = (uint16_t)(60 + (round * 7 + i / (1 + round % 5)) % 4);

			expected += len;
			fake_ring_receive(ring, 1, len, i % 3 == 1 ? NS_MOREFRAG : 0x100);
		}
		rxscan_count(ring, 15, &sum);
	}
	ok(sum.packets == 50 * 10 && sum.bytes == expected, "sizes and fragments mixed");
	fake_ring_free(ring);
}

struct seen {
	unsigned int packets, bytes;
	bool is_wrong;
};

static void see(void *context, const uint8_t *p, unsigned int len)
{
	struct seen *s = context;
	unsigned int i;

	s->packets++;
	s->bytes += len;
	for (i = 1; i < len; i++)
		s->is_wrong |= p[i] != p[i - 1] && i % 50 != 0;
}

static void test_packets(void)
{
	struct ring *ring = fake_ring_new(16);
	struct rx_packet *partial = calloc(1, sizeof(*partial));
	struct rx_sum sum = { 0 };
	struct seen s = { 0 };

	ring->head = ring->shared->cur = ring->shared->tail = 10;
	fake_ring_receive(ring, 1, 50, NS_MOREFRAG);
	fake_ring_receive(ring, 2, 50, NS_MOREFRAG);
	fake_ring_receive(ring, 3, 20, 0);
	fake_ring_receive(ring, 4, 60, 0);
	is_num(rxscan_packets(ring, 2, &sum, partial, see, &s), 2, "the start of a packet");
	ok(s.packets == 0 && sum.packets == 0, "is no packet yet");
	rxscan_packets(ring, 100, &sum, partial, see, &s);
	ok(s.packets == 2 && s.bytes == 180 && sum.packets == 2 && sum.bytes == 180 && !s.is_wrong,
	   "put together");
	free(partial);
	fake_ring_free(ring);
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 + i / 256);
	test_plain();
	test_plain_exchange();
	test_fragments();
	test_count();
	test_packets();
	return tap_finish();
}
