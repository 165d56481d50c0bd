// SPDX-License-Identifier: BSD-2-Clause
/* Reading a mirrored ring's frames: each slot once, into private copies. See mirror.h. */
#include "ring/mirror.h"

/* Result of reading a frame. */
enum { FRAME_WHOLE, FRAME_OPEN, FRAME_NOFIT, FRAME_BAD, FRAME_ABSENT };

/*
 * Copy a slot's indirect data into the bounce buffer. Does not wait for absent memory: the ring is
 * locked.
 */
static int mirror_bounce(struct nm_kring *k, const struct nm_bufs *bufs, struct nm_mirror_item *it,
			 struct nm_sync *s)
{
	struct nm_mirrors *mirrors = k->mirrors;
	const uint64_t from = os_load64(&k->ring->slot[it->at].ptr);
	uint8_t *to;

	if (!mirrors->bounce)
		mirrors->bounce = os_alloc((size_t)NETMAP_MAX_FRAGS * bufs->unit);
	if (!mirrors->bounce)
		return FRAME_BAD;
	to = mirrors->bounce + (size_t)(it - mirrors->item) * bufs->unit;
	/* If it is illegal, the port's own sync will refuse it. */
	if (nm_sync_read_indirect(s, k, to, from, it->slot.len)) {
		s->illegal = NM_ILLEGAL_FIELD;
		return FRAME_ABSENT;
	}
	it->data = to;
	return FRAME_WHOLE;
}

static bool mirror_may_be_indirect(const struct nm_kring *k)
{
	return k->dir == NM_TX && !k->offsets && k->ops->takes_indirect;
}

static int mirror_read_slot(struct nm_kring *k, const struct nm_bufs *bufs,
			    struct nm_mirror_item *it, struct nm_sync *s)
{
	struct netmap_slot *slot = &k->ring->slot[it->at];

	it->slot = nm_slot_load(slot);
	it->data = nm_slot_data(k, bufs, slot, it->slot);
	if (unlikely(!it->data))
		return FRAME_BAD;
	if (unlikely(it->slot.flags & NS_INDIRECT) && mirror_may_be_indirect(k))
		return s ? mirror_bounce(k, bufs, it, s) : FRAME_BAD;
	return FRAME_WHOLE;
}

/* Read the frame that begins at slot at into the next items; *frags is set to its slots. */
static int mirror_read_frame(struct nm_kring *k, const struct nm_bufs *bufs, uint32_t at,
			     uint32_t end, struct nm_sync *s, uint32_t *frags)
{
	struct nm_mirrors *mirrors = k->mirrors;
	struct nm_mirror_item *first = &mirrors->item[mirrors->count], *it = first;
	int ret;

	for (; at != end; at = nm_next(at, k->num_slots), it++) {
		if (it == &mirrors->item[NETMAP_MAX_FRAGS])
			return FRAME_NOFIT;
		it->at = at;
		ret = mirror_read_slot(k, bufs, it, s);
		if (ret != FRAME_WHOLE)
			return ret;
		if (!(it->slot.flags & NS_MOREFRAG)) {
			*frags = first->frags = (uint32_t)(it - first) + 1;
			return FRAME_WHOLE;
		}
	}
	return FRAME_OPEN;
}

static void mirror_skip(struct nm_kring *k, struct nm_mirror_cursor *c, uint32_t end)
{
	while (c->is_skipping && c->at != end) {
		c->is_skipping = nm_slot_load(&k->ring->slot[c->at]).flags & NS_MOREFRAG;
		c->at = nm_next(c->at, k->num_slots);
	}
}

bool nm_mirror_gather(struct nm_kring *k, struct nm_mirror_cursor *c, uint32_t end,
		      struct nm_sync *s, uint32_t *bad)
{
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	struct nm_mirrors *mirrors = k->mirrors;
	uint32_t frags;
	int ret;

	mirrors->count = 0;
	for (;;) {
		mirror_skip(k, c, end);
		if (c->at == end)
			break;
		ret = mirror_read_frame(k, &bufs, c->at, end, s, &frags);
		if (ret == FRAME_WHOLE) {
			mirrors->count += frags;
			c->at = nm_forward(c->at, frags, k->num_slots);
		} else if (ret == FRAME_BAD || (ret == FRAME_NOFIT && !mirrors->count)) {
			c->is_skipping = true;
			(*bad)++;
		} else {
			break;	/* it is incomplete or absent, or the first of the next call */
		}
	}
	return mirrors->count != 0;
}
