// SPDX-License-Identifier: BSD-2-Clause
/* The inner loop of the bridge. Frames stay whole and in order. */
#include "move.h"

#include <string.h>

#include "../../lib/ring.h"

/* Exchange the received buffer and the free one of the transmit slot. */
static void exchange(struct netmap_slot *from, struct netmap_slot *to, struct slot_view v)
{
	from->buf_idx = slot_buf(to);
	from->flags = NS_BUF_CHANGED;
	to->buf_idx = v.buf_idx;
	to->len = v.len;
	to->flags = (v.flags & NS_MOREFRAG) | NS_BUF_CHANGED;
}

/* Both slots have been checked, but the receiver shares this memory, too. */
static void copy(const struct mover *m, struct netmap_slot *to, struct slot_view v)
{
	const uint32_t idx = slot_buf(to);

	if (idx >= m->to->buf_limit)
		v.len = 0;
	else
		memcpy(ring_buf(m->to, idx), ring_buf(m->from, v.buf_idx), v.len);
	to->len = v.len;
	to->flags = v.flags & NS_MOREFRAG;
}

static bool slot_fits(const struct mover *m, struct slot_view v, const struct netmap_slot *out)
{
	return slot_is_sound(m->from, v) && v.len <= m->to->buf_size &&
	       slot_buf(out) < m->to->buf_limit;
}

/* Move a run of up to n frames of one slot each, the common case. Return their number. */
static unsigned int move_singles(struct mover *m, uint32_t from, uint32_t to, unsigned int n)
{
	uint64_t bytes = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct netmap_slot *in = &m->from->slot[from], *out = &m->to->slot[to];
		struct slot_view v = slot_read(in);

		if ((v.flags & NS_MOREFRAG) || !slot_fits(m, v, out))
			break;
		if (m->copy)
			copy(m, out, v);
		else
			exchange(in, out, v);
		bytes += v.len;
		from = ring_next(m->from, from);
		to = ring_next(m->to, to);
	}
	m->counts.packets += i;
	m->counts.bytes += bytes;
	return i;
}

/* True if each slot of the frame can be moved. */
static bool frame_fits(const struct mover *m, uint32_t from, uint32_t to, unsigned int span)
{
	for (; span > 0; span--) {
		if (!slot_fits(m, slot_read(&m->from->slot[from]), &m->to->slot[to]))
			return false;
		from = ring_next(m->from, from);
		to = ring_next(m->to, to);
	}
	return true;
}

static void move_frame(struct mover *m, uint32_t from, uint32_t to, unsigned int span)
{
	for (; span > 0; span--) {
		struct netmap_slot *in = &m->from->slot[from], *out = &m->to->slot[to];
		struct slot_view v = slot_read(in);

		/* The sender shares this memory and may have changed the slot after the check. */
		if (v.len > m->to->buf_size)
			v.len = 0;
		if (!m->copy)
			exchange(in, out, v);
		else if (slot_is_sound(m->from, v))
			copy(m, out, v);
		m->counts.bytes += v.len;
		from = ring_next(m->from, from);
		to = ring_next(m->to, to);
	}
	m->counts.packets++;
}

enum verdict { MOVE, DROP, AWAIT_END, AWAIT_ROOM };

/* Decide about the frame at from. It has span slots; 0 if its last one has not arrived. */
static enum verdict check_frame(struct mover *m, uint32_t from, uint32_t to, unsigned int span,
				unsigned int there, unsigned int room)
{
	if (m->is_skipping || (span == 0 && there == m->from->num_slots - 1)) {
		m->counts.drops += !m->is_skipping;
		m->is_skipping = span == 0;
		return DROP;
	}
	if (span == 0)
		return AWAIT_END;
	if (span >= m->to->num_slots || (span <= room && !frame_fits(m, from, to, span))) {
		m->counts.drops++;
		return DROP;
	}
	return span > room ? AWAIT_ROOM : MOVE;
}

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* A position in both rings, and the slots left from there. */
struct position {
	uint32_t from, to;
	unsigned int there, room;
};

static void step(const struct mover *m, struct position *at, unsigned int taken, unsigned int put)
{
	at->from = ring_forward(m->from, at->from, taken);
	at->there -= taken;
	at->to = ring_forward(m->to, at->to, put);
	at->room -= put;
}

unsigned int move_frames(struct mover *m, unsigned int max)
{
	struct ring *rx = m->from, *tx = m->to;
	struct position at = { rx->head, tx->head, ring_there(rx), ring_there(tx) };
	unsigned int all = at.there, span;
	enum verdict what = MOVE;

	while (all - at.there < max && at.there > 0) {
		span = least(at.there, at.room, max - (all - at.there));
		span = m->is_skipping ? 0 : move_singles(m, at.from, at.to, span);
		step(m, &at, span, span);
		if (span > 0)
			continue;
		span = slots_of_frame(rx, at.from, at.there);
		what = check_frame(m, at.from, at.to, span, at.there, at.room);
		if (what == AWAIT_END || what == AWAIT_ROOM)
			break;
		if (span == 0)
			span = at.there;
		if (what == MOVE)
			move_frame(m, at.from, at.to, span);
		step(m, &at, span, what == MOVE ? span : 0);
	}
	m->is_blocked = what == AWAIT_ROOM;
	ring_set(tx, at.to, at.to);
	ring_set(rx, at.from, at.from);
	if (what == AWAIT_ROOM)
		ring_await_more(tx);	/* poll() then waits for more room than there is */
	else if (what == AWAIT_END)
		ring_await_more(rx);
	return all - at.there;
}
