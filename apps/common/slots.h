/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots of a ring whose other side is not trusted: each field is read once; the value read is
 * checked, then used.
 */
#ifndef APPS_SLOTS_H
#define APPS_SLOTS_H

#include <stdbool.h>

#include <net/netmap.h>
#include <net/netmap_user.h>

/* Return the number of slots from head to tail, including those before cur. */
static inline unsigned int slots_there(const struct netmap_ring *ring)
{
	uint32_t tail = __atomic_load_n(&ring->tail, __ATOMIC_RELAXED);
	uint32_t n = tail + (tail < ring->head ? ring->num_slots : 0) - ring->head;

	return n < ring->num_slots ? n : 0;
}

/* A copy of a received slot. */
struct slot_view {
	uint32_t buf_idx;
	uint16_t len, flags;
};

static inline struct slot_view slot_read(const struct netmap_slot *slot)
{
	return (struct slot_view){
		.buf_idx = __atomic_load_n(&slot->buf_idx, __ATOMIC_RELAXED),
		.len = __atomic_load_n(&slot->len, __ATOMIC_RELAXED),
		.flags = __atomic_load_n(&slot->flags, __ATOMIC_RELAXED),
	};
}

/* True if the slot refers to a buffer and fits in it. limit as port_buffer_limit(). */
static inline bool slot_is_sound(const struct netmap_ring *ring, struct slot_view v, uint32_t limit)
{
	return v.buf_idx < limit && v.len <= ring->nr_buf_size;
}

/* Return the slots of the frame at head; 0 if its last one is not among the next slots. */
static inline unsigned int slots_of_frame(const struct netmap_ring *ring, uint32_t head,
					  unsigned int there)
{
	unsigned int n;

	for (n = 1; n <= there; n++) {
		if (!(slot_read(&ring->slot[head]).flags & NS_MOREFRAG))
			return n;
		head = nm_ring_next(ring, head);
	}
	return 0;
}

static inline uint32_t slots_forward(const struct netmap_ring *ring, uint32_t head, unsigned int n)
{
	head += n;
	return head < ring->num_slots ? head : head - ring->num_slots;
}

#endif
