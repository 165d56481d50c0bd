// SPDX-License-Identifier: BSD-2-Clause
/* Queueing a packet, in one or more slots, in the first ring that has room for it. */
#include "lib.h"

/* Return the packet's offset in the slot's buffer; the buffer's end if the offset is invalid. */
static size_t slot_offset(const struct netmap_ring *ring, const struct netmap_slot *slot)
{
	uint64_t offset = NETMAP_ROFFSET(ring, slot);

	return offset < ring->nr_buf_size ? (size_t)offset : ring->nr_buf_size;
}

/* Return the number of bytes that the slot can hold: its length has 16 bits. */
static size_t slot_room(const struct netmap_ring *ring, const struct netmap_slot *slot)
{
	size_t room = ring->nr_buf_size - slot_offset(ring, slot);

	return room < UINT16_MAX ? room : UINT16_MAX;
}

/* Return the number of slots that the packet needs from head on; 0 if there are too few. */
static uint32_t slots_needed(const struct netmap_ring *ring, size_t size)
{
	uint32_t space = nm_ring_space(ring), i = ring->head, n;
	size_t room = 0;

	for (n = 0; n < space && n < NETMAP_MAX_FRAGS && room < size; n++) {
		room += slot_room(ring, &ring->slot[i]);
		i = nm_ring_next(ring, i);
	}
	return room >= size ? n : 0;
}

static void ring_fill(struct netmap_ring *ring, uint32_t slots, const char *buf, size_t size)
{
	uint32_t i = ring->head;

	for (; slots > 0; slots--, i = nm_ring_next(ring, i)) {
		struct netmap_slot *slot = &ring->slot[i];
		size_t room = slot_room(ring, slot), n = size < room ? size : room;
		unsigned int flags = slot->flags & ~(unsigned int)(NS_MOREFRAG | NS_INDIRECT);

		nm_pkt_copy(buf, NETMAP_BUF(ring, slot->buf_idx) + slot_offset(ring, slot), (int)n);
		slot->len = (uint16_t)n;
		slot->flags = (uint16_t)(slots > 1 ? flags | NS_MOREFRAG : flags);
		buf += n;
		size -= n;
	}
	nm_ring_release_(ring, i);
}

int nmport_inject(struct nmport_d *d, const void *buf, size_t size)
{
	uint32_t ri = d->cur_tx_ring, rings, slots;

	if (!d->mmap_done || size == 0 || size > INT32_MAX || d->last_tx_ring < d->first_tx_ring)
		return 0;
	for (rings = d->last_tx_ring - d->first_tx_ring + 1u; rings > 0; rings--) {
		if (d->nifp->ring_ofs[ri] != 0) {
			struct netmap_ring *ring = NETMAP_TXRING(d->nifp, ri);

			slots = slots_needed(ring, size);
			if (slots > 0) {
				ring_fill(ring, slots, buf, size);
				d->cur_tx_ring = (uint16_t)ri;
				return (int)size;
			}
		}
		ri = ri == d->last_tx_ring ? d->first_tx_ring : ri + 1;
	}
	return 0;
}
