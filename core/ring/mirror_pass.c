// SPDX-License-Identifier: BSD-2-Clause
/* Frames from a mirrored ring to a monitor's: copied, or by exchange of buffers. See mirror.h. */
#include "ring/mirror.h"
#include "ring/lease.h"

/* Slots that an item takes if each has that room: what it came from may have had larger ones. */
static uint32_t item_slots(const struct nm_mirror_item *it, uint32_t unit)
{
	return it->slot.len > unit ? (it->slot.len + unit - 1) / unit : 1;
}

static uint32_t item_frame_slots(const struct nm_mirror_item *it, uint32_t unit)
{
	uint32_t slots = 0, i;

	for (i = 0; i < it->frags; i++)
		slots += item_slots(&it[i], unit);
	return slots;
}

/* Of whole frames from the first on, what fits in room: slots; *items is how many items they are. */
static uint32_t mirrors_fit(const struct nm_mirrors *mirrors, uint32_t unit, uint32_t room, uint32_t *items)
{
	uint32_t slots = 0, i, n;

	for (i = 0; i < mirrors->count; i += mirrors->item[i].frags) {
		n = item_frame_slots(&mirrors->item[i], unit);
		if (n > room - slots)
			break;
		slots += n;
	}
	*items = i;
	return slots;
}

/* Reserve for as many whole frames as there is room for. Returns how many items they are. */
static uint32_t mirrors_reserve(struct nm_lease *l, struct nm_kring *to, const struct nm_mirrors *mirrors, uint32_t unit)
{
	uint32_t items, want = mirrors_fit(mirrors, unit, UINT32_MAX, &items), room;

	/* Again if another sender was quicker. */
	while ((room = nm_lease_take(l, to, want)) < want)
		want = mirrors_fit(mirrors, unit, room, &items);
	return items;
}

void nm_mirror_drop(const struct nm_mirror *t, enum nm_drop cause, uint32_t frames)
{
	if (frames)
		nm_leases_drop(t->to, cause, frames);
}

/* One item into as many slots as it takes; more: the frame goes on behind it. */
static void mirror_copy_item(struct nm_lease *l, const struct nm_bufs *bufs, const struct nm_mirror_item *it,
		      uint16_t flags)
{
	const uint32_t room = nm_kring_room(l->k);
	uint32_t off = 0, n;

	do {
		struct netmap_slot *slot = &l->k->ring->slot[l->at];
		uint8_t *dst = nm_slot_rx_data(l->k, bufs, slot);

		n = it->slot.len - off < room ? it->slot.len - off : room;
		if (likely(dst)) {
			const uint16_t more = off + n < it->slot.len ? NS_MOREFRAG : 0;

			os_memcpy(dst, it->data + off, n);
			nm_slot_store_len_flags(slot, (uint16_t)n, flags | more);
		} else {
			nm_slot_invalidate(l->k, slot);
		}
		off += n;
		l->used++;
		l->at = nm_next(l->at, l->k->num_slots);
	} while (off < it->slot.len);
	l->bytes += it->slot.len;
}

void nm_mirror_copy(const struct nm_mirror *t, const struct nm_mirrors *mirrors)
{
	const struct nm_bufs bufs = nm_pool_bufs(&t->to->region->bufs);
	struct nm_lease l;
	uint32_t items = mirrors_reserve(&l, t->to, mirrors, nm_kring_room(t->to)), i, lost = 0;

	for (i = 0; i < items; i++) {
		const uint16_t more = mirrors->item[i].slot.flags & NS_MOREFRAG;

		mirror_copy_item(&l, &bufs, &mirrors->item[i], t->flags | more);
		l.packets += !more;
	}
	nm_lease_commit(&l);
	for (; i < mirrors->count; i += mirrors->item[i].frags)
		lost++;
	nm_mirror_drop(t, NM_DROP_NOROOM, lost);
	nm_leases_wake(t->to, l.size);
}

/* What a card's slots ask for is done before their buffers go. */
static void mirror_forward(struct nm_kring *k, uint32_t end)
{
	const uint32_t rhead = k->rhead;

	if (k->dir != NM_RX || !k->ops->forward)
		return;
	os_store32(&k->rhead, end);
	k->ops->forward(k);
	os_store32(&k->rhead, rhead);
}

/*
 * A packet's offset goes with its buffer; the slot that is free again gets the initial one. Both rings have the
 * same rules. false: the monitor's slot has an offset that may not be.
 */
static bool mirror_pass_offset(const struct nm_kring *k, const struct nm_bufs *bufs, const struct nm_mirror_item *it,
			const struct nm_kring *to, struct netmap_slot *theirs, struct netmap_slot *ours)
{
	const struct nm_offsets *o = k->offsets;
	const uint64_t off = (uint64_t)(it->data - nm_bufs_at(bufs, it->slot.buf_idx));

	if (likely(!o))
		return true;
	if (!nm_slot_rx_data(to, bufs, theirs))
		return false;
	os_store64(&theirs->ptr, (os_load64(&theirs->ptr) & ~o->mask) | off);
	os_store64(&ours->ptr, (os_load64(&ours->ptr) & ~o->mask) | o->initial);
	return true;
}

/* Both slots get the other's buffer. Not where one of them has none that is legal. */
static void mirror_exchange(struct nm_kring *k, const struct nm_bufs *bufs, const struct nm_mirror_item *it,
		     struct nm_kring *to, uint32_t at, uint16_t flags)
{
	struct netmap_slot *theirs = &to->ring->slot[at], *ours = &k->ring->slot[it->at];
	const union nm_slot back = nm_slot_load(theirs);
	union nm_slot s = it->slot;

	if (unlikely(!nm_bufs_has(bufs, back.buf_idx) || !mirror_pass_offset(k, bufs, it, to, theirs, ours))) {
		nm_slot_invalidate(to, theirs);
		return;
	}
	s.flags = (s.flags & NS_MOREFRAG) | flags | NS_BUF_CHANGED;
	nm_slot_store(theirs, s);
	s = it->slot;
	s.buf_idx = back.buf_idx;
	s.flags = (s.flags & ~NS_FORWARD) | NS_BUF_CHANGED;
	nm_slot_store(ours, s);
}

uint32_t nm_mirror_swap(const struct nm_mirror *t, struct nm_kring *k)
{
	const struct nm_bufs bufs = nm_pool_bufs(&k->region->bufs);
	const struct nm_mirrors *mirrors = k->mirrors;
	struct nm_lease l;
	/* As if buffers had no end: a slot is exchanged for a slot. */
	uint32_t items = mirrors_reserve(&l, t->to, mirrors, UINT16_MAX), i;

	if (items)
		mirror_forward(k, nm_next(mirrors->item[items - 1].at, k->num_slots));
	for (i = 0; i < items; i++) {
		mirror_exchange(k, &bufs, &mirrors->item[i], t->to, l.at, t->flags);
		l.at = nm_next(l.at, t->to->num_slots);
		l.bytes += mirrors->item[i].slot.len;
		l.packets += !(mirrors->item[i].slot.flags & NS_MOREFRAG);
	}
	l.used = l.size;
	nm_lease_commit(&l);
	nm_leases_wake(t->to, l.size);
	return items;
}
