// SPDX-License-Identifier: BSD-2-Clause
/* Queueing a packet, in one or more slots, in the first ring that has room for it. */
#include "lib.h"
#include "ring.h"

/* Return the packet's offset in the slot's buffer; the buffer's end if the offset is invalid. */
static size_t slot_offset(const struct ring *ring, const struct netmap_slot *slot)
{
	uint64_t offset = __atomic_load_n(&slot->ptr, __ATOMIC_RELAXED) & ring->offset_mask;

	return offset < ring->buf_size ? (size_t)offset : ring->buf_size;
}

/* Return the number of bytes that the slot can hold: its length has 16 bits. */
static size_t slot_room(const struct ring *ring, const struct netmap_slot *slot)
{
	size_t room = ring->buf_size - slot_offset(ring, slot);

	return room < UINT16_MAX ? room : UINT16_MAX;
}

/* Return the number of slots that the packet needs from head on; 0 if there are too few. */
static uint32_t slots_needed(const struct ring *ring, size_t size)
{
	uint32_t space = ring_there(ring), i = ring->head, n;
	size_t room = 0;

	for (n = 0; n < space && n < NETMAP_MAX_FRAGS && room < size; n++) {
		room += slot_room(ring, &ring->slot[i]);
		i = ring_next(ring, i);
	}
	return room >= size ? n : 0;
}

/*
 * An illegal buffer number, which another program may have written, gets no data: the engine
 * refuses it.
 */
static void ring_fill(struct ring *ring, uint32_t slots, const char *buf, size_t size)
{
	uint32_t i = ring->head;

	for (; slots > 0; slots--, i = ring_next(ring, i)) {
		struct netmap_slot *slot = &ring->slot[i];
		const size_t offset = slot_offset(ring, slot), left = ring->buf_size - offset;
		const size_t room = left < UINT16_MAX ? left : UINT16_MAX;
		const size_t n = size < room ? size : room;
		const uint32_t idx = slot_buf(slot);
		unsigned int flags = slot->flags & ~(unsigned int)(NS_MOREFRAG | NS_INDIRECT);

		if (idx < ring->buf_limit)
			nm_pkt_copy(buf, ring_buf(ring, idx) + offset, (int)n);
		slot->len = (uint16_t)n;
		slot->flags = (uint16_t)(slots > 1 ? flags | NS_MOREFRAG : flags);
		buf += n;
		size -= n;
	}
	ring_set(ring, i, i);
}

/* Describe the transmit ring, if it is bound, and if it is in the mapping. */
static bool ring_of(const struct nmport_d *d, uint32_t ri, struct ring *ring)
{
	const ssize_t ofs = __atomic_load_n(&d->nifp->ring_ofs[ri], __ATOMIC_RELAXED);

	return ofs != 0 && ring_init(ring, d->mem->mem, d->mem->size,
				     d->reg.nr_offset + (uint64_t)ofs);
}

int nmport_inject(struct nmport_d *d, const void *buf, size_t size)
{
	uint32_t ri = d->cur_tx_ring, rings, slots;
	struct ring ring;

	if (!d->mmap_done || size == 0 || size > INT32_MAX || d->last_tx_ring < d->first_tx_ring)
		return 0;
	for (rings = d->last_tx_ring - d->first_tx_ring + 1u; rings > 0; rings--) {
		slots = ring_of(d, ri, &ring) ? slots_needed(&ring, size) : 0;
		if (slots > 0) {
			ring_fill(&ring, slots, buf, size);
			d->cur_tx_ring = (uint16_t)ri;
			return (int)size;
		}
		ri = ri == d->last_tx_ring ? d->first_tx_ring : ri + 1;
	}
	return 0;
}
