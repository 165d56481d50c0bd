// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where a frame goes. The last group gets the received buffers, in exchange for free ones; groups
 * before it get copies. While an outlet has a backlog, new frames join its end, so that a flow
 * keeps its order.
 */
#include "spread.h"

#include <string.h>

#include "../../lib/ring.h"
#include "flowhash.h"

/* The current frame: slots of a receive ring. */
struct frame {
	struct ring *rx;
	uint32_t head;
	unsigned int span;
	uint64_t bytes;
};

static void fill_slot(struct netmap_slot *to, uint32_t buf_idx, uint16_t len, bool is_last)
{
	to->buf_idx = buf_idx;
	to->len = len;
	to->flags = NS_BUF_CHANGED | (is_last ? 0 : NS_MOREFRAG);
}

static void copy_buffer(const struct ring *ring, uint32_t to, struct slot_view v)
{
	memcpy(ring_buf(ring, to), ring_buf(ring, v.buf_idx), v.len);
}

/* Read a slot again. The sender shares this memory: a slot that turned illegal becomes empty. */
static struct slot_view sound_view(const struct ring *rx, const struct netmap_slot *in)
{
	struct slot_view v = slot_read(in);

	if (!slot_is_sound(rx, v))
		v.len = 0;
	return v;
}

static void to_ring(const struct frame *f, struct outlet *out, bool copy)
{
	uint32_t from = f->head, to = out->ring->head;
	unsigned int i;

	for (i = 0; i < f->span; i++) {
		struct netmap_slot *in = &f->rx->slot[from], *slot = &out->ring->slot[to];
		struct slot_view v = sound_view(f->rx, in);
		const uint32_t spare = slot_buf(slot);
		bool is_last = i + 1 == f->span;

		if (copy && spare < f->rx->buf_limit) {
			copy_buffer(f->rx, spare, v);
			fill_slot(slot, spare, v.len, is_last);
		} else if (!copy) {
			fill_slot(slot, v.buf_idx, v.len, is_last);
			in->buf_idx = spare;
			in->flags = NS_BUF_CHANGED;
		}
		from = ring_next(f->rx, from);
		to = ring_next(out->ring, to);
	}
	ring_set(out->ring, to, to);
	out->is_dirty = true;
}

static void to_backlog(struct spread *s, const struct frame *f, struct outlet *out, bool copy)
{
	uint32_t from = f->head;
	unsigned int i;

	for (i = 0; i < f->span; i++) {
		struct netmap_slot *in = &f->rx->slot[from];
		struct slot_view v = sound_view(f->rx, in);
		struct overflow_entry *e = backlog_append(s->overflow, &out->backlog);

		if (copy && e->buf_idx < f->rx->buf_limit) {
			copy_buffer(f->rx, e->buf_idx, v);
		} else if (!copy) {
			uint32_t spare = e->buf_idx;

			e->buf_idx = v.buf_idx;
			in->buf_idx = spare;
			in->flags = NS_BUF_CHANGED;
		}
		e->len = v.len;
		e->flags = i + 1 < f->span ? NS_MOREFRAG : 0;
		from = ring_next(f->rx, from);
	}
}

static struct outlet *longest_backlog(const struct spread *s)
{
	struct outlet *longest = NULL;
	unsigned int g, i;

	for (g = 0; g < s->count; g++) {
		for (i = 0; i < s->groups[g].count; i++) {
			struct outlet *out = &s->groups[g].outlets[i];

			if (!longest || out->backlog.slots > longest->backlog.slots)
				longest = out;
		}
	}
	return longest;
}

/* Drop the oldest frame of a backlog. */
static void drop_oldest(struct spread *s, struct outlet *out)
{
	unsigned int n = backlog_span(s->overflow, &out->backlog);

	for (; n > 0; n--) {
		out->counts.bytes -= backlog_first(s->overflow, &out->backlog)->len;
		backlog_remove(s->overflow, &out->backlog);
	}
	out->counts.packets--;
	out->counts.drops++;
}

/* Free buffers for one more frame by dropping frames of the longest backlog. */
static bool make_room(struct spread *s, const struct outlet *out, unsigned int span)
{
	struct outlet *longest;

	while (s->overflow->free_count < span) {
		longest = longest_backlog(s);
		if (longest->backlog.slots <= out->backlog.slots)
			return false;
		drop_oldest(s, longest);
	}
	return true;
}

static void deliver(struct spread *s, const struct frame *f, struct outlet *out, bool copy)
{
	if (out->backlog.slots == 0 && ring_there(out->ring) >= f->span) {
		to_ring(f, out, copy);
	} else if (f->span < out->ring->num_slots && make_room(s, out, f->span)) {
		to_backlog(s, f, out, copy);
	} else {
		out->counts.drops++;
		return;
	}
	out->counts.packets++;
	out->counts.bytes += f->bytes;
}

/* Add up the frame's bytes. Return false if a slot is illegal. */
static bool measure(struct frame *f)
{
	uint32_t head = f->head;
	unsigned int i;

	f->bytes = 0;
	for (i = 0; i < f->span; i++) {
		struct slot_view v = slot_read(&f->rx->slot[head]);

		if (!slot_is_sound(f->rx, v))
			return false;
		f->bytes += v.len;
		head = ring_next(f->rx, head);
	}
	return true;
}

/* Hash the frame behind its virtio-net header, which may fill the first slot. */
static uint32_t hash_of(const struct spread *s, const struct frame *f)
{
	struct slot_view v = sound_view(f->rx, &f->rx->slot[f->head]);
	unsigned int header = s->header;

	if (v.len <= header && f->span > 1) {
		header -= v.len;
		v = sound_view(f->rx, &f->rx->slot[ring_next(f->rx, f->head)]);
	}
	if (v.len <= header)
		return 0;
	return flowhash((const uint8_t *)ring_buf(f->rx, v.buf_idx) + header, v.len - header);
}

static void spread_frame(struct spread *s, struct frame *f)
{
	uint32_t hash;
	unsigned int g;

	if (!measure(f)) {
		s->counts.drops++;
		return;
	}
	s->counts.packets++;
	s->counts.bytes += f->bytes;
	hash = hash_of(s, f);
	for (g = 0; g < s->count; g++) {
		struct outlet_group *group = &s->groups[g];
		uint64_t at = (uint64_t)hash * group->count >> 32;

		deliver(s, f, &group->outlets[at], g + 1 < s->count);
	}
}

unsigned int spread_inlet(struct spread *s, struct inlet *in, unsigned int max)
{
	struct ring *rx = in->ring;
	struct frame f = { .rx = rx, .head = rx->head };
	unsigned int there = ring_there(rx), done = 0;

	while (done < max && there > 0) {
		f.span = slots_of_frame(rx, f.head, there);
		if (f.span == 0 && there < rx->num_slots - 1 && !in->is_skipping)
			break;			/* its end has not arrived */
		if (f.span == 0 || in->is_skipping) {
			s->counts.drops += !in->is_skipping;
			in->is_skipping = f.span == 0;
			f.span = f.span == 0 ? there : f.span;
		} else {
			spread_frame(s, &f);
		}
		f.head = ring_forward(rx, f.head, f.span);
		there -= f.span;
		done += f.span;
	}
	ring_set(rx, f.head, f.head);
	if (done < max && there > 0)
		ring_await_more(rx);
	return done;
}

void spread_backlog(struct spread *s, struct outlet *out)
{
	struct ring *ring = out->ring;
	unsigned int room = ring_there(ring), span;
	uint32_t to = ring->head;

	while (out->backlog.slots > 0) {
		span = backlog_span(s->overflow, &out->backlog);
		if (span > room)
			break;
		room -= span;
		for (; span > 0; span--) {
			struct overflow_entry *e = backlog_first(s->overflow, &out->backlog);
			uint32_t spare = slot_buf(&ring->slot[to]);

			fill_slot(&ring->slot[to], e->buf_idx, e->len, !(e->flags & NS_MOREFRAG));
			e->buf_idx = spare;
			backlog_remove(s->overflow, &out->backlog);
			to = ring_next(ring, to);
		}
		out->is_dirty = true;
	}
	ring_set(ring, to, to);
}
