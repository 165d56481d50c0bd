// SPDX-License-Identifier: BSD-2-Clause
/* Rings without an engine. */
#include "fake_ring.h"

#include <stdlib.h>
#include <string.h>

struct netmap_ring *fake_ring_new(uint32_t slots)
{
	size_t ofs = sizeof(struct netmap_ring) + slots * sizeof(struct netmap_slot);
	size_t bytes = ofs + (2 + slots + FAKE_SPARE) * FAKE_BUFFER;
	struct netmap_ring *ring = aligned_alloc(256, (bytes + 255) & ~(size_t)255);
	uint32_t i;

	memset(ring, 0, sizeof(*ring));
	memset((char *)ring + ofs, 0xee, bytes - ofs);
	*(int64_t *)&ring->buf_ofs = (int64_t)ofs;
	*(uint32_t *)&ring->num_slots = slots;
	*(uint32_t *)&ring->nr_buf_size = FAKE_BUFFER;
	for (i = 0; i < slots; i++)
		ring->slot[i] = (struct netmap_slot){ .buf_idx = 2 + i };
	ring->tail = slots - 1;
	return ring;
}

void fake_ring_free(struct netmap_ring *ring)
{
	free(ring);
}

void fake_ring_sent(struct netmap_ring *ring)
{
	ring->tail = ring->head == 0 ? ring->num_slots - 1 : ring->head - 1;
}

void fake_ring_receive(struct netmap_ring *ring, uint8_t byte, uint16_t len, uint16_t flags)
{
	struct netmap_slot *slot = &ring->slot[ring->tail];

	memset(fake_buffer(ring, slot->buf_idx), byte, len);
	slot->len = len;
	slot->flags = flags;
	ring->tail = nm_ring_next(ring, ring->tail);
}
