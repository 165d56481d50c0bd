/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rings whose other side is not trusted: any program that has mapped the region can write there at
 * any time. So the shape of a ring is read and checked once, when its port is opened; head is this
 * program's own; and each field of a slot is read once: the value read is checked, then used.
 */
#ifndef LIB_RING_H
#define LIB_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <net/netmap.h>
#include <net/netmap_user.h>

struct ring {
	struct netmap_ring *shared;	/* only tail is read there, and flags */
	struct netmap_slot *slot;
	char *bufs;			/* buffer 0 */
	uint64_t offset_mask;		/* of packets in their buffers */
	uint32_t num_slots;		/* at least 2 */
	uint32_t buf_size;		/* not 0 */
	uint32_t buf_limit;		/* buffers below this number are in the mapping */
	uint32_t head;
};

/* Each field is read once. */
#define RING_READ_(field)	__atomic_load_n(&(field), __ATOMIC_RELAXED)

/* Return how many objects of size bytes fit behind an offset. */
static inline uint64_t ring_room_(uint64_t size, uint64_t offset, uint64_t object)
{
	return offset <= size ? (size - offset) / object : 0;
}

/*
 * Describe the ring at an offset of a mapping of size bytes. Return false if it, or its buffers,
 * are not in there.
 */
static inline bool ring_init(struct ring *r, char *map, uint64_t size, uint64_t offset)
{
	struct netmap_ring *shared;
	uint64_t bufs, limit;

	if (ring_room_(size, offset, sizeof(*shared)) == 0 || offset % sizeof(uint64_t) != 0)
		return false;
	shared = (struct netmap_ring *)(void *)(map + offset);
	*r = (struct ring){
		.shared = shared,
		.slot = shared->slot,
		.offset_mask = RING_READ_(shared->offset_mask),
		.num_slots = RING_READ_(shared->num_slots),
		.buf_size = RING_READ_(shared->nr_buf_size),
		.head = RING_READ_(shared->head),
	};
	bufs = offset + (uint64_t)RING_READ_(shared->buf_ofs);
	if (r->num_slots < 2 || r->head >= r->num_slots || r->buf_size == 0 || bufs > size ||
	    ring_room_(size, offset + offsetof(struct netmap_ring, slot), sizeof(r->slot[0])) <
		    r->num_slots)
		return false;
	limit = ring_room_(size, bufs, r->buf_size);
	r->bufs = map + bufs;
	r->buf_limit = limit < UINT32_MAX ? (uint32_t)limit : UINT32_MAX;
	return true;
}

static inline uint32_t ring_tail(const struct ring *r)
{
	return __atomic_load_n(&r->shared->tail, __ATOMIC_RELAXED);
}

/* Return the number of slots from head to tail, including those before cur. */
static inline unsigned int ring_there(const struct ring *r)
{
	uint32_t tail = ring_tail(r);
	uint32_t n = tail + (tail < r->head ? r->num_slots : 0) - r->head;

	return n < r->num_slots ? n : 0;
}

/* Release the slots before head, and let poll() wait for slots past cur. */
static inline void ring_set(struct ring *r, uint32_t head, uint32_t cur)
{
	r->head = head;
	__atomic_store_n(&r->shared->cur, cur, __ATOMIC_RELAXED);
	__atomic_store_n(&r->shared->head, head, __ATOMIC_RELEASE);
}

/* Let poll() wait for slots past tail. */
static inline void ring_await_more(struct ring *r)
{
	__atomic_store_n(&r->shared->cur, ring_tail(r), __ATOMIC_RELAXED);
}

static inline uint32_t ring_next(const struct ring *r, uint32_t i)
{
	return i + 1 < r->num_slots ? i + 1 : 0;
}

/* n is at most num_slots. */
static inline uint32_t ring_forward(const struct ring *r, uint32_t i, unsigned int n)
{
	i += n;
	return i < r->num_slots ? i : i - r->num_slots;
}

/* Return a buffer. idx is below buf_limit. */
static inline char *ring_buf(const struct ring *r, uint32_t idx)
{
	return r->bufs + (size_t)idx * r->buf_size;
}

/* A copy of a slot. */
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

/* Return the number of a slot's buffer. */
static inline uint32_t slot_buf(const struct netmap_slot *slot)
{
	return __atomic_load_n(&slot->buf_idx, __ATOMIC_RELAXED);
}

/* True if the slot refers to a buffer and fits in it. */
static inline bool slot_is_sound(const struct ring *r, struct slot_view v)
{
	return v.buf_idx < r->buf_limit && v.len <= r->buf_size;
}

/* Return the packet in a slot behind its offset, or NULL if the slot is not sound. */
static inline const uint8_t *slot_packet(const struct ring *r, const struct netmap_slot *slot,
					 struct slot_view v)
{
	const uint64_t offset = __atomic_load_n(&slot->ptr, __ATOMIC_RELAXED) & r->offset_mask;

	if (!slot_is_sound(r, v) || offset > r->buf_size - v.len)
		return NULL;
	return (const uint8_t *)ring_buf(r, v.buf_idx) + offset;
}

/* Return the slots of the frame at i; 0 if its last one is not among the next slots. */
static inline unsigned int slots_of_frame(const struct ring *r, uint32_t i, unsigned int there)
{
	unsigned int n;

	for (n = 1; n <= there; n++) {
		if (!(slot_read(&r->slot[i]).flags & NS_MOREFRAG))
			return n;
		i = ring_next(r, i);
	}
	return 0;
}

#endif
