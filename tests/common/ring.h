/* SPDX-License-Identifier: BSD-2-Clause */
/* Indexes of rings. Include a header that defines struct netmap_ring before. */
#ifndef RING_H
#define RING_H

static inline uint32_t ring_next(const struct netmap_ring *r, uint32_t i)
{
	return i + 1 == r->num_slots ? 0 : i + 1;
}

static inline uint32_t ring_add(const struct netmap_ring *r, uint32_t i, uint32_t n)
{
	return (i + n) % r->num_slots;
}

static inline uint32_t ring_tail(const struct netmap_ring *r)
{
	return __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE);
}

/* Slots that belong to the program. */
static inline uint32_t ring_space(const struct netmap_ring *r)
{
	uint32_t tail = ring_tail(r);

	return tail >= r->head ? tail - r->head : tail + r->num_slots - r->head;
}

static inline void ring_release(struct netmap_ring *r, uint32_t n)
{
	r->head = r->cur = ring_add(r, r->head, n);
}

#endif
