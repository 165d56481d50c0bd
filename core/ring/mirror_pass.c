// SPDX-License-Identifier: BSD-2-Clause
/*
 * Passing frames from a mirrored ring to a monitor's, by copies or exchanged buffers. See mirror.h.
 */
#include "ring/mirror.h"
#include "ring/lease.h"

/* Return the slots of unit bytes that an item takes; the mirrored ring's buffers may be larger. */
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

/* Return the slots of the leading whole frames that fit in room; *items is set to their items. */
static uint32_t mirrors_fit(const struct nm_mirrors *mirrors, uint32_t unit, uint32_t room,
			    uint32_t *items)
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

/* Reserve slots for the leading whole frames that fit. Returns the number of their items. */
static uint32_t mirrors_reserve(struct nm_lease *l, struct nm_kring *to,
				const struct nm_mirrors *mirrors, uint32_t unit)
{
	uint32_t items, want = mirrors_fit(mirrors, unit, UINT32_MAX, &items), room;

	/* Retry if another sender was faster. */
	while ((room = nm_lease_take(l, to, want)) < want)
		want = mirrors_fit(mirrors, unit, room, &items);
	return items;
}

void nm_mirror_drop(const struct nm_mirror *t, enum nm_drop cause, uint32_t frames)
{
	if (frames)
		nm_leases_drop(t->to, cause, frames);
}

/* Copy an item into the slots that it takes; flags: for each of them. */
static void mirror_copy_item(struct nm_lease *l, const struct nm_bufs *bufs,
			     const struct nm_mirror_item *it, uint16_t flags)
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

/* Forward slots with NS_FORWARD before their buffers are exchanged. */
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
 * Pass a packet's offset with its buffer; the freed slot gets the initial offset. Both rings have
 * the same rules. Returns false if the offset of the monitor's slot is illegal.
 */
static bool mirror_pass_offset(const struct nm_kring *k, const struct nm_bufs *bufs,
			       const struct nm_mirror_item *it, const struct nm_kring *to,
			       struct netmap_slot *theirs, struct netmap_slot *ours)
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

/* Exchange the buffers of two slots, if those are legal. */
static void mirror_exchange(struct nm_kring *k, const struct nm_bufs *bufs,
			    const struct nm_mirror_item *it, struct nm_kring *to, uint32_t at,
			    uint16_t flags)
{
	struct netmap_slot *theirs = &to->ring->slot[at], *ours = &k->ring->slot[it->at];
	const union nm_slot back = nm_slot_load(theirs);
	union nm_slot s = it->slot;

	if (unlikely(!nm_bufs_has(bufs, back.buf_idx) ||
		     !mirror_pass_offset(k, bufs, it, to, theirs, ours))) {
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
	/* Buffers of any size: a slot is exchanged for a slot. */
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
