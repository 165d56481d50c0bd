/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame at the head of a receive ring. Other programs may share the region and write to it:
 * each word is read once and checked.
 */
#include "shim.h"

#include <stdlib.h>
#include <string.h>


static bool whole_reserve(struct handle *h, size_t size)
{
	uint8_t *larger;

	if (size <= h->whole_size)
		return true;
	larger = realloc(h->whole, size);
	if (larger == NULL)
		return false;
	h->whole = larger;
	h->whole_size = size;
	return true;
}

static enum frame_state frame_gather(struct handle *h, const struct ring *ring, struct frame *f)
{
	uint32_t i = ring->head;
	unsigned int n;

	f->len = 0;
	for (n = 0; n < f->span; n++, i = ring_next(ring, i)) {
		struct slot_view v = slot_read(&ring->slot[i]);
		const uint8_t *data = slot_packet(ring, &ring->slot[i], v);

		if (data == NULL || !whole_reserve(h, f->len + (size_t)v.len))
			return FRAME_BAD;
		memcpy(h->whole + f->len, data, v.len);
		f->len += v.len;
	}
	f->data = h->whole;
	return FRAME_WHOLE;
}

/* Read a frame of several slots, or skip the rest of a frame that was too long. */
static enum frame_state frame_read_slots(struct handle *h, struct rx *rx, struct frame *f,
					 unsigned int n)
{
	struct ring *ring = &rx->ring;
	bool is_rest = rx->is_skipping;

	f->span = slots_of_frame(ring, ring->head, n);
	if (f->span == 0 && n < ring->num_slots - 1 && !is_rest) {
		ring_await_more(ring);		/* poll() waits for its end */
		return FRAME_NONE;
	}
	rx->is_skipping = f->span == 0;
	if (f->span > 0 && !is_rest)
		return frame_gather(h, ring, f);
	if (f->span == 0)
		f->span = n;
	h->lost -= is_rest;	/* counted with its first part */
	return FRAME_BAD;
}

enum frame_state frame_read(struct handle *h, struct rx *rx, struct frame *f)
{
	struct ring *ring = &rx->ring;
	unsigned int n = ring_there(ring);
	struct slot_view v;
	enum frame_state state = FRAME_WHOLE;

	if (n == 0)
		return FRAME_NONE;
	v = slot_read(&ring->slot[ring->head]);
	if (rx->is_skipping || (v.flags & NS_MOREFRAG)) {
		state = frame_read_slots(h, rx, f, n);
	} else {
		f->span = 1;
		f->len = v.len;
		f->data = slot_packet(ring, &ring->slot[ring->head], v);
	}
	if (state != FRAME_WHOLE)
		return state;
	if (f->data == NULL || f->len < h->header)
		return FRAME_BAD;
	f->data += h->header;
	f->len -= h->header;
	return FRAME_WHOLE;
}
