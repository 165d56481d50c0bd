// SPDX-License-Identifier: BSD-2-Clause
/* bridge: frames from ring to ring, exchanged and copied, whole or not at all. */
#include <stdlib.h>
#include <string.h>

#include "../../apps/bridge/move.h"
#include "fake_ring.h"
#include "tap.h"

#define SLOTS 8u

static struct mover mover_new(bool copy, uint32_t from_slots, uint32_t to_slots)
{
	struct mover m = {
		.from = fake_ring_new(from_slots),
		.to = fake_ring_new(to_slots),
		.copy = copy,
	};

	m.from->shared->tail = m.from->head;	/* nothing received */
	return m;
}

static void mover_free(struct mover *m)
{
	fake_ring_free(m->from);
	fake_ring_free(m->to);
}

static void test_exchange(void)
{
	struct mover m = mover_new(false, SLOTS, SLOTS);
	const struct netmap_slot *out = &m.to->slot[0], *in = &m.from->slot[0];

	m.to->slot[0].buf_idx = 11;
	fake_ring_receive(m.from, 'a', 60, 0);
	fake_ring_receive(m.from, 'b', 61, NS_MOREFRAG | 0x80);
	ok(move_frames(&m, 100) == 1, "a frame without its end stays");
	ok(out->buf_idx == 2 && in->buf_idx == 11, "buffers are exchanged");
	ok(out->len == 60 && (out->flags & NS_BUF_CHANGED) && (in->flags & NS_BUF_CHANGED) &&
		   !(out->flags & NS_MOREFRAG),
	   "length and flags");
	ok(m.from->head == 1 && m.from->shared->cur == m.from->shared->tail,
	   "poll() waits for further slots");
	fake_ring_receive(m.from, 'c', 62, 0);
	ok(move_frames(&m, 100) == 2 && m.counts.packets == 2 && m.counts.bytes == 60 + 61 + 62,
	   "the whole frame goes, and is counted once");
	ok((m.to->slot[1].flags & NS_MOREFRAG) && !(m.to->slot[2].flags & NS_MOREFRAG),
	   "its slots stay tied together");
	mover_free(&m);
}

static void test_copy(void)
{
	struct mover m = mover_new(true, SLOTS, SLOTS);
	uint32_t in = m.from->slot[0].buf_idx, out = m.to->slot[0].buf_idx;

	fake_ring_receive(m.from, 'x', 100, 0);
	ok(move_frames(&m, 1) == 1 && m.to->slot[0].buf_idx == out && m.from->slot[0].buf_idx == in,
	   "no buffer moves");
	ok(memcmp(fake_buffer(m.to, out), fake_buffer(m.from, in), 100) == 0, "every byte");
	ok(fake_buffer(m.to, out)[100] == 0xee, "and none more");
	mover_free(&m);
}

static void test_room(void)
{
	struct mover m = mover_new(true, SLOTS, SLOTS);

	m.to->shared->tail = 1;		/* one slot is free */
	fake_ring_receive(m.from, '1', 60, NS_MOREFRAG);
	fake_ring_receive(m.from, '2', 60, 0);
	ok(move_frames(&m, 100) == 0 && m.is_blocked && m.from->head == 0 && m.to->head == 0,
	   "half a frame does not go");
	ok(m.to->shared->cur == m.to->shared->tail, "poll() waits for more room");
	fake_ring_sent(m.to);
	ok(move_frames(&m, 100) == 2 && !m.is_blocked && m.counts.drops == 0,
	   "it goes when there is room");
	mover_free(&m);
}

static void test_never(void)
{
	struct mover m = mover_new(true, SLOTS, 4);
	unsigned int i;

	for (i = 0; i < 4; i++)
		fake_ring_receive(m.from, 'l', 60, i < 3 ? NS_MOREFRAG : 0);
	fake_ring_receive(m.from, 's', 60, 0);
	ok(move_frames(&m, 100) == 5 && m.counts.drops == 1 && m.counts.packets == 1,
	   "a frame longer than the ring to send is dropped, the next one goes");
	mover_free(&m);

	m = mover_new(true, SLOTS, SLOTS);
	for (i = 0; i < SLOTS - 1; i++)
		fake_ring_receive(m.from, 'l', 60, NS_MOREFRAG);
	ok(move_frames(&m, 100) == SLOTS - 1 && m.counts.packets == 0,
	   "so is one that fills its ring");
	fake_ring_receive(m.from, 'e', 60, NS_MOREFRAG);
	fake_ring_receive(m.from, 'e', 60, 0);
	fake_ring_receive(m.from, 's', 60, 0);
	ok(move_frames(&m, 100) == 3 && m.counts.packets == 1 && m.counts.drops == 1 &&
		   m.to->slot[0].len == 60,
	   "with all of its end");
	mover_free(&m);
}

static void test_hostile(void)
{
	struct mover m = mover_new(true, SLOTS, SLOTS);

	fake_ring_receive(m.from, 'a', 60, 0);
	fake_ring_receive(m.from, 'b', 60, 0);
	fake_ring_receive(m.from, 'c', 60, 0);
	m.from->slot[0].buf_idx = 0x7fffffff;
	m.from->slot[1].len = FAKE_BUFFER + 1;
	ok(move_frames(&m, 100) == 3 && m.counts.drops == 2 && m.counts.packets == 1,
	   "numbers of no buffer and lengths beyond it do not pass");
	m.from->shared->tail = 1000;
	ok(move_frames(&m, 100) == 0, "a tail outside the ring is nothing");
	mover_free(&m);
}

int main(void)
{
	test_exchange();
	test_copy();
	test_room();
	test_never();
	test_hostile();
	return tap_finish();
}
