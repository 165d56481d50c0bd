// SPDX-License-Identifier: BSD-2-Clause
/* Rings without an engine. */
#include "fake_ring.h"

#include <stdlib.h>
#include <string.h>

static size_t bufs_offset(uint32_t slots)
{
	return sizeof(struct netmap_ring) + slots * sizeof(struct netmap_slot);
}

size_t fake_ring_bytes(uint32_t slots)
{
	return bufs_offset(slots) + (2 + slots + FAKE_SPARE) * FAKE_BUFFER;
}

struct ring *fake_ring_new(uint32_t slots)
{
	size_t ofs = bufs_offset(slots), bytes = fake_ring_bytes(slots);
	struct netmap_ring *shared = aligned_alloc(256, (bytes + 255) & ~(size_t)255);
	struct ring *ring = calloc(1, sizeof(*ring));
	uint32_t i;

	memset(shared, 0, sizeof(*shared));
	memset((char *)shared + ofs, 0xee, bytes - ofs);
	*(int64_t *)&shared->buf_ofs = (int64_t)ofs;
	*(uint32_t *)&shared->num_slots = slots;
	*(uint32_t *)&shared->nr_buf_size = FAKE_BUFFER;
	for (i = 0; i < slots; i++)
		shared->slot[i] = (struct netmap_slot){ .buf_idx = 2 + i };
	*(uint32_t *)&shared->tail = slots - 1;
	if (!ring_init(ring, (char *)shared, bytes, 0))
		abort();
	return ring;
}

void fake_ring_free(struct ring *ring)
{
	free(ring->shared);
	free(ring);
}

void fake_ring_sent(struct ring *ring)
{
	ring->shared->tail = ring->head == 0 ? ring->num_slots - 1 : ring->head - 1;
}

void fake_ring_receive(struct ring *ring, uint8_t byte, uint16_t len, uint16_t flags)
{
	struct netmap_slot *slot = &ring->slot[ring->shared->tail];

	memset(fake_buffer(ring, slot->buf_idx), byte, len);
	slot->len = len;
	slot->flags = flags;
	ring->shared->tail = ring_next(ring, ring->shared->tail);
}
