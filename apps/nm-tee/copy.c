// SPDX-License-Identifier: BSD-2-Clause
/* The inner loop of nm-tee. Frames stay whole and in order. */
#include "copy.h"

#include <string.h>

#include "../../lib/ring.h"

/* True if each slot of the frame is legal and fits in this ring's buffers. */
static bool fits(const struct copier *c, const struct copy_to *to, uint32_t at, unsigned int span)
{
	uint32_t out = to->ring->head;

	for (; span > 0; span--) {
		struct slot_view v = slot_read(&c->from->slot[at]);

		if (!slot_is_sound(c->from, v) || v.len > to->ring->buf_size ||
		    slot_buf(&to->ring->slot[out]) >= to->ring->buf_limit)
			return false;
		at = ring_next(c->from, at);
		out = ring_next(to->ring, out);
	}
	return true;
}

static void copy_frame(const struct copier *c, struct copy_to *to, uint32_t at, unsigned int span)
{
	uint32_t out = to->ring->head;

	for (; span > 0; span--) {
		struct netmap_slot *slot = &to->ring->slot[out];
		struct slot_view v = slot_read(&c->from->slot[at]);
		const uint32_t idx = slot_buf(slot);

		/* Others share this memory and may have changed the slots after the check. */
		if (!slot_is_sound(c->from, v) || v.len > to->ring->buf_size ||
		    idx >= to->ring->buf_limit)
			v.len = 0;
		else
			memcpy(ring_buf(to->ring, idx), ring_buf(c->from, v.buf_idx), v.len);
		slot->len = v.len;
		slot->flags = v.flags & NS_MOREFRAG;
		to->counts.bytes += v.len;
		at = ring_next(c->from, at);
		out = ring_next(to->ring, out);
	}
	ring_set(to->ring, out, out);
	to->counts.packets++;
}

/* True if the frame can be taken. Marks the outputs that must make room first. */
static bool has_room(const struct copier *c, struct copy_to *to, unsigned int count,
		     unsigned int span)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < count; i++) {
		to[i].is_blocked =
			!c->drop && span < to[i].ring->num_slots && span > ring_there(to[i].ring);
		if (to[i].is_blocked) {
			/* poll() then waits for more room */
			ring_await_more(to[i].ring);
			all = false;
		}
	}
	return all;
}

static void spread(struct copier *c, struct copy_to *to, unsigned int count, uint32_t at,
		   unsigned int span)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (span <= ring_there(to[i].ring) && fits(c, &to[i], at, span))
			copy_frame(c, &to[i], at, span);
		else
			to[i].counts.drops++;
	}
	c->counts.packets++;
	for (; span > 0; span--, at = ring_next(c->from, at))
		c->counts.bytes += slot_read(&c->from->slot[at]).len;
}

uint64_t copy_frames(struct copier *c, struct copy_to *to, unsigned int count, uint64_t max)
{
	struct ring *from = c->from;
	uint32_t at = from->head, wait;
	unsigned int there = ring_there(from), span;
	uint64_t n = 0;

	while (there > 0 && n < max) {
		span = slots_of_frame(from, at, there);
		if (span == 0 && there < from->num_slots - 1 && !c->is_skipping)
			break;
		if (span == 0 || c->is_skipping) {
			c->counts.drops += !c->is_skipping;
			c->is_skipping = span == 0;
			span = span ? span : there;
		} else {
			if (!has_room(c, to, count, span))
				break;
			spread(c, to, count, at, span);
			n++;
		}
		at = ring_forward(from, at, span);
		there -= span;
	}
	/* For a frame whose end has not arrived, poll() waits for more slots. */
	wait = n < max && there > 0 ? ring_forward(from, at, there) : at;
	ring_set(from, at, wait);
	return n;
}
