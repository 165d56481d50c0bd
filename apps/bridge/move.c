/* SPDX-License-Identifier: BSD-2-Clause */
/* The inner loop of the bridge. Frames stay whole and in order. */
#include "move.h"

#include <string.h>

#include "../common/slots.h"

/* Gives the frame's buffer to the sender and the sender's, which is free, to the receiver. */
static void
exchange(struct netmap_slot *from, struct netmap_slot *to, struct slot_view v)
{
	from->buf_idx = to->buf_idx;
	from->flags = NS_BUF_CHANGED;
	to->buf_idx = v.buf_idx;
	to->len = v.len;
	to->flags = (v.flags & NS_MOREFRAG) | NS_BUF_CHANGED;
}

static void
copy(const struct mover *m, struct netmap_slot *to, struct slot_view v)
{
	memcpy(NETMAP_BUF(m->to, to->buf_idx), NETMAP_BUF(m->from, v.buf_idx), v.len);
	to->len = v.len;
	to->flags = v.flags & NS_MOREFRAG;
}

/* Can each slot of the frame pass? */
static bool
frame_fits(const struct mover *m, uint32_t from, uint32_t to, unsigned int span)
{
	for (; span > 0; span--) {
		struct slot_view v = slot_read(&m->from->slot[from]);

		if (!slot_is_sound(m->from, v, m->from_limit) || v.len > m->to->nr_buf_size ||
		    m->to->slot[to].buf_idx >= m->to_limit)
			return false;
		from = nm_ring_next(m->from, from);
		to = nm_ring_next(m->to, to);
	}
	return true;
}

static void
move_frame(struct mover *m, uint32_t from, uint32_t to, unsigned int span)
{
	for (; span > 0; span--) {
		struct netmap_slot *in = &m->from->slot[from], *out = &m->to->slot[to];
		struct slot_view v = slot_read(in);

		/* Checked before, but another process may write here meanwhile. */
		if (v.len > m->to->nr_buf_size)
			v.len = 0;
		if (!m->copy)
			exchange(in, out, v);
		else if (slot_is_sound(m->from, v, m->from_limit))
			copy(m, out, v);
		m->counts.bytes += v.len;
		from = nm_ring_next(m->from, from);
		to = nm_ring_next(m->to, to);
	}
	m->counts.packets++;
}

/* What to do with the frame at from, of which span slots (0: not all) are there. */
enum verdict { MOVE, DROP, AWAIT_END, AWAIT_ROOM };

static enum verdict
judge(struct mover *m, uint32_t from, uint32_t to, unsigned int span, unsigned int there,
    unsigned int room)
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

unsigned int
move_frames(struct mover *m, unsigned int max)
{
	struct netmap_ring *rx = m->from, *tx = m->to;
	unsigned int there = slots_there(rx), room = slots_there(tx), done = 0, span;
	uint32_t from = rx->head, to = tx->head;
	enum verdict what = MOVE;

	while (done < max && there > 0) {
		span = slots_of_frame(rx, from, there);
		what = judge(m, from, to, span, there, room);
		if (what == AWAIT_END || what == AWAIT_ROOM)
			break;
		if (span == 0)
			span = there;
		if (what == MOVE) {
			move_frame(m, from, to, span);
			to = slots_forward(tx, to, span);
			room -= span;
		}
		from = slots_forward(rx, from, span);
		there -= span;
		done += span;
	}
	m->is_blocked = what == AWAIT_ROOM;
	tx->head = tx->cur = to;
	rx->head = rx->cur = from;
	if (what == AWAIT_ROOM)
		tx->cur = tx->tail;	/* what is free is not enough: wake us for more */
	else if (what == AWAIT_END)
		rx->cur = rx->tail;
	return done;
}
