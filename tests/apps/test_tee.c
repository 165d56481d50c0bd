// SPDX-License-Identifier: BSD-2-Clause
/* nm-tee: frames from a ring into several, whole, in order, waiting or dropping. */
#include <stdlib.h>
#include <string.h>

#include "../../apps/nm-tee/copy.h"
#include "fake_ring.h"
#include "tap.h"

#define SLOTS 8u

static struct copier c;
static struct copy_to to[2];

static void begin(bool drop, uint32_t slots0, uint32_t slots1)
{
	c = (struct copier){ .from = fake_ring_new(SLOTS), .drop = drop };
	c.from->shared->tail = c.from->head;	/* nothing received */
	to[0] = (struct copy_to){ .ring = fake_ring_new(slots0) };
	to[1] = (struct copy_to){ .ring = fake_ring_new(slots1) };
}

static void end(void)
{
	fake_ring_free(c.from);
	fake_ring_free(to[0].ring);
	fake_ring_free(to[1].ring);
}

static bool holds(struct ring *r, uint32_t at, uint8_t byte, uint16_t len)
{
	return r->slot[at].len == len && fake_buffer(r, r->slot[at].buf_idx)[len - 1] == byte;
}

static void test_all_get_it(void)
{
	begin(false, SLOTS, SLOTS);
	fake_ring_receive(c.from, 'a', 60, NS_TXMON);
	fake_ring_receive(c.from, 'b', 61, NS_MOREFRAG);
	ok(copy_frames(&c, to, 2, 100) == 1, "a frame without its end stays");
	ok(c.from->head == 1 && c.from->shared->cur == c.from->shared->tail,
	   "poll() waits for further slots");
	fake_ring_receive(c.from, 'c', 62, 0);
	ok(copy_frames(&c, to, 2, 100) == 1 && c.from->head == 3, "then it goes");
	ok(holds(to[0].ring, 0, 'a', 60) && holds(to[1].ring, 0, 'a', 60) &&
		   holds(to[1].ring, 2, 'c', 62),
	   "each output has all");
	ok(!to[0].ring->slot[0].flags && to[1].ring->slot[1].flags == NS_MOREFRAG,
	   "tied together as they were");
	ok(to[1].counts.packets == 2 && to[1].counts.bytes == 183 && c.counts.packets == 2 &&
		   c.counts.bytes == 183,
	   "and counted");
	end();
}

static void test_wait(void)
{
	begin(false, 4, SLOTS);
	for (int i = 0; i < 5; i++)
		fake_ring_receive(c.from, 'a', 60, 0);
	ok(copy_frames(&c, to, 2, 100) == 3, "up to the free slots of the shortest ring");
	ok(to[0].is_blocked && !to[1].is_blocked, "and says which output that is");
	ok(to[1].counts.packets == 3 && to[0].counts.drops == 0,
	   "no output is ahead, nothing is dropped");
	fake_ring_sent(to[0].ring);
	ok(copy_frames(&c, to, 2, 1) == 1 && copy_frames(&c, to, 2, 100) == 1,
	   "then the rest, one at a time if max says so");
	end();
}

static void test_drop(void)
{
	begin(true, 4, SLOTS);
	for (int i = 0; i < 5; i++)
		fake_ring_receive(c.from, 'a', 60, 0);
	ok(copy_frames(&c, to, 2, 100) == 5, "with drop all are taken");
	ok(to[0].counts.packets == 3 && to[0].counts.drops == 2,
	   "an output without room drops some");
	ok(to[1].counts.packets == 5 && to[1].counts.drops == 0, "the other one does not");
	end();
}

static void test_too_long(void)
{
	begin(false, 4, SLOTS);
	for (int i = 0; i < 5; i++)
		fake_ring_receive(c.from, 'a', 60, i < 4 ? NS_MOREFRAG : 0);
	ok(copy_frames(&c, to, 2, 100) == 1 && to[0].counts.drops == 1 && to[1].counts.packets == 1,
	   "a frame that one ring can never hold goes to the other");
	fake_ring_sent(to[1].ring);
	for (int i = 0; i < 7; i++)
		fake_ring_receive(c.from, 'a', 60, NS_MOREFRAG);
	ok(copy_frames(&c, to, 2, 100) == 0 && c.counts.drops == 1,
	   "one without an end in the whole ring is dropped");
	fake_ring_receive(c.from, 'a', 60, 0);
	fake_ring_receive(c.from, 'b', 60, 0);
	ok(copy_frames(&c, to, 2, 100) == 1 && c.counts.drops == 1,
	   "with its end; the next one goes");
	end();
}

static void test_rubbish(void)
{
	begin(false, SLOTS, SLOTS);
	fake_ring_receive(c.from, 'a', 60, 0);
	c.from->slot[0].buf_idx = 4000000;
	fake_ring_receive(c.from, 'b', 60, 0);
	c.from->slot[1].len = 60000;
	fake_ring_receive(c.from, 'c', 60, 0);
	ok(copy_frames(&c, to, 2, 100) == 3 && to[0].counts.drops == 2 &&
		   to[0].counts.packets == 1 && holds(to[0].ring, 0, 'c', 60),
	   "slots that cannot be are dropped");
	end();
}

int main(void)
{
	test_all_get_it();
	test_wait();
	test_drop();
	test_too_long();
	test_rubbish();
	return tap_finish();
}
