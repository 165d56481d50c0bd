// SPDX-License-Identifier: BSD-2-Clause
/* lb: frames to pipes, backlogs and drops, and no buffer lost or doubled. */
#include <stdlib.h>
#include <string.h>

#include "../../apps/lb/spread.h"
#include "fake_ring.h"
#include "tap.h"

#define SLOTS	16u
#define SMALL	4u		/* slots of a pipe's ring: three frames fit */
#define LIMIT	(2 + SLOTS + FAKE_SPARE)

struct bench {
	struct inlet in;
	struct overflow overflow;
	struct outlet outlets[2];
	struct outlet_group groups[2];
	struct spread spread;
};

/* One group of one pipe, or two of them; extras are the buffers that no slot starts with. */
static void bench_init(struct bench *t, unsigned int groups, uint32_t extras)
{
	unsigned int i;

	memset(t, 0, sizeof(*t));
	t->in.ring = fake_ring_new(SLOTS);
	t->in.ring->shared->tail = 0;
	overflow_init(&t->overflow, extras);
	for (i = 0; i < extras; i++)
		overflow_add(&t->overflow, 2 + SLOTS + i);
	for (i = 0; i < groups; i++) {
		t->outlets[i].ring = fake_ring_new(SMALL);
		backlog_init(&t->outlets[i].backlog);
		t->groups[i] = (struct outlet_group){ &t->outlets[i], 1 };
	}
	t->spread = (struct spread){ t->groups, groups, &t->overflow, 0, { 0 } };
}

static void bench_free(struct bench *t)
{
	unsigned int i;

	for (i = 0; i < t->spread.count; i++)
		fake_ring_free(t->outlets[i].ring);
	fake_ring_free(t->in.ring);
	overflow_free(&t->overflow);
}

/* A frame is known by its length. */
static void arrive(struct bench *t, uint16_t first, unsigned int n)
{
	for (; n > 0; n--)
		fake_ring_receive(t->in.ring, 'f', first++, 0);
	spread_inlet(&t->spread, &t->in, 1000);
}

static unsigned int backlog_len(const struct bench *t, unsigned int i)
{
	return t->outlets[i].backlog.slots;
}

static void test_order(void)
{
	struct bench t;
	struct ring *out;
	unsigned int i, wrong = 0, seen = 0;

	bench_init(&t, 1, 8);
	out = t.outlets[0].ring;
	arrive(&t, 60, 8);
	ok(out->head == 3 && backlog_len(&t, 0) == 5, "three fit, five wait");
	for (i = 0; i < 4; i++) {
		uint32_t at = (out->shared->tail + 1) % SMALL;	/* where the oldest sent one is */

		for (; at != out->head; at = (at + 1) % SMALL)
			wrong += out->slot[at].len != 60 + seen++;
		fake_ring_sent(out);
		spread_backlog(&t.spread, &t.outlets[0]);
	}
	ok(seen == 8 && wrong == 0, "all eight go, in order");
	ok(t.overflow.free_count == 8 && t.outlets[0].counts.drops == 0 &&
		   t.outlets[0].counts.packets == 8,
	   "and the extra buffers are free again");
	bench_free(&t);
}

static void test_drops(void)
{
	struct bench t;

	bench_init(&t, 1, 2);
	arrive(&t, 60, 8);
	ok(backlog_len(&t, 0) == 2 && t.outlets[0].counts.drops == 3 &&
		   t.outlets[0].counts.packets == 5,
	   "without buffers the rest is dropped, and counted");
	ok(t.in.ring->head == 8, "the port gets all its slots back");
	bench_free(&t);

	bench_init(&t, 1, 0);
	arrive(&t, 60, 5);
	ok(t.outlets[0].counts.packets == 3 && t.outlets[0].counts.drops == 2,
	   "no extra buffers at all");
	bench_free(&t);
}

/* The first group's reader stands still; the second one's only falls back a little. */
static void test_steal(void)
{
	struct bench t;
	unsigned int i;

	bench_init(&t, 2, 6);
	for (i = 0; i < 9; i++) {
		arrive(&t, (uint16_t)(60 + i), 1);
		if (i < 6) {
			fake_ring_sent(t.outlets[1].ring);
			spread_backlog(&t.spread, &t.outlets[1]);
		}
	}
	ok(backlog_len(&t, 0) == 6 && t.outlets[1].counts.drops == 0,
	   "the slow pipe has all the buffers");
	arrive(&t, 70, 1);
	ok(backlog_len(&t, 1) == 1 && backlog_len(&t, 0) == 5 && t.outlets[0].counts.drops == 2,
	   "the other takes one of them");
	ok(t.outlets[0].counts.packets + t.outlets[0].counts.drops == t.spread.counts.packets &&
		   t.outlets[1].counts.packets + t.outlets[1].counts.drops ==
			   t.spread.counts.packets,
	   "each group has seen each packet");
	bench_free(&t);
}

static void test_groups(void)
{
	struct bench t;
	struct ring *first, *last;

	bench_init(&t, 2, 4);
	first = t.outlets[0].ring;
	last = t.outlets[1].ring;
	/* buffers of the copies, in the memory that this test takes for the region */
	first->slot[0].buf_idx = LIMIT - 1;
	last->slot[0].buf_idx = LIMIT - 2;
	fake_ring_receive(t.in.ring, 'g', 80, 0);
	spread_inlet(&t.spread, &t.in, 1);
	ok(first->slot[0].buf_idx == LIMIT - 1 && first->slot[0].len == 80 &&
		   memcmp(fake_buffer(t.in.ring, LIMIT - 1), fake_buffer(t.in.ring, 2), 80) == 0,
	   "groups but the last get copies");
	ok(last->slot[0].buf_idx == 2 && t.in.ring->slot[0].buf_idx == LIMIT - 2,
	   "the last one gets the buffer");
	bench_free(&t);
}

static void test_frames(void)
{
	struct bench t;

	bench_init(&t, 1, 8);
	arrive(&t, 60, 2);
	fake_ring_receive(t.in.ring, 'm', 61, NS_MOREFRAG);
	spread_inlet(&t.spread, &t.in, 100);
	ok(t.spread.counts.packets == 2 && t.in.ring->head == 2, "half a frame waits for its end");
	fake_ring_receive(t.in.ring, 'm', 62, 0);
	spread_inlet(&t.spread, &t.in, 100);
	ok(backlog_len(&t, 0) == 2 && t.outlets[0].counts.packets == 3,
	   "a frame is not split");
	fake_ring_sent(t.outlets[0].ring);
	spread_backlog(&t.spread, &t.outlets[0]);
	ok(t.outlets[0].ring->slot[2].flags & NS_MOREFRAG && backlog_len(&t, 0) == 0,
	   "nor does it lose its tie");
	bench_free(&t);
}

static void test_hostile(void)
{
	struct bench t;

	bench_init(&t, 1, 2);
	fake_ring_receive(t.in.ring, 'h', 60, 0);
	fake_ring_receive(t.in.ring, 'h', 60, 0);
	t.in.ring->slot[0].buf_idx = LIMIT;
	t.in.ring->slot[1].len = FAKE_BUFFER + 1;
	spread_inlet(&t.spread, &t.in, 100);
	ok(t.spread.counts.drops == 2 && t.outlets[0].counts.packets == 0 && t.in.ring->head == 2,
	   "senseless slots go nowhere");
	bench_free(&t);
}

int main(void)
{
	test_order();
	test_drops();
	test_steal();
	test_groups();
	test_frames();
	test_hostile();
	return tap_finish();
}
