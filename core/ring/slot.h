/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and writing a slot that a client may change at any time. One load takes buffer
 * index, length and flags together; only the copy is checked and used.
 */
#ifndef NM_SLOT_H
#define NM_SLOT_H

#include "ring/kring.h"

union nm_slot {
	uint64_t word;
	struct {
		uint32_t buf_idx;
		uint16_t len;
		uint16_t flags;
	};
	struct {
		uint32_t idx_word;
		uint32_t len_flags;	/* len and flags as one store */
	};
};

_Static_assert(sizeof(union nm_slot) == 8, "slot copy is the first half of struct netmap_slot");
_Static_assert(sizeof(struct netmap_slot) == 16, "ABI");

static inline union nm_slot nm_slot_load(const struct netmap_slot *s)
{
	return (union nm_slot){ .word = os_load64((const uint64_t *)(const void *)s) };
}

static inline void nm_slot_store(struct netmap_slot *s, union nm_slot v)
{
	os_store64((uint64_t *)(void *)s, v.word);
}

/* Store length and flags; keep the buffer index. */
static inline void nm_slot_store_len_flags(struct netmap_slot *s, uint16_t len, uint16_t flags)
{
	union nm_slot v = { .len = len, .flags = flags };

	os_store32((uint32_t *)(void *)s + 1, v.len_flags);
}

/* The same, from a copy of a slot. */
static inline void nm_slot_store_len_flags_word(struct netmap_slot *s, union nm_slot v)
{
	os_store32((uint32_t *)(void *)s + 1, v.len_flags);
}

static inline bool nm_slot_is_legal(union nm_slot s, const struct nm_bufs *b)
{
	return likely(nm_bufs_has(b, s.buf_idx) && s.len <= b->unit);
}

/*
 * Return the packet of a slot, by its offset if the ring has offsets; NULL if s, its copy, is
 * illegal.
 */
static inline uint8_t *nm_slot_data(const struct nm_kring *k, const struct nm_bufs *b,
				    const struct netmap_slot *slot, union nm_slot s)
{
	uint32_t off = 0;

	if (unlikely(!nm_slot_is_legal(s, b)))
		return NULL;
	if (unlikely(k->offsets != NULL)) {
		const uint64_t ptr = os_load64(&slot->ptr);

		off = k->dir == NM_TX ? nm_offset_of_tx(k->offsets, ptr, s.len, b->unit) :
					nm_offset_of(k->offsets, ptr, s.len, b->unit);
		if (unlikely(off == NM_OFFSET_BAD))
			return NULL;
	}
	return nm_bufs_at(b, s.buf_idx) + off;
}

/*
 * Return where to put a packet received in a slot, nm_kring_room() bytes; NULL if the slot is
 * illegal.
 */
static inline uint8_t *nm_slot_rx_data(const struct nm_kring *k, const struct nm_bufs *b,
				       const struct netmap_slot *slot)
{
	const uint32_t idx = os_load32(&slot->buf_idx);
	uint32_t off = 0;

	if (unlikely(!nm_bufs_has(b, idx)))
		return NULL;
	if (unlikely(k->offsets != NULL)) {
		off = nm_offset_of(k->offsets, os_load64(&slot->ptr), 0, b->unit);
		if (unlikely(off == NM_OFFSET_BAD))
			return NULL;
	}
	return nm_bufs_at(b, idx) + off;
}

/* Make a receiver's illegal slot empty; the receiver's next rxsync resets its ring. */
static inline void nm_slot_invalidate(struct nm_kring *k, struct netmap_slot *slot)
{
	nm_slot_store_len_flags(slot, 0, 0);
	os_store32(&k->corrupt, 1);
}

/*
 * Return the bytes that fit in a slot: limited by its 16-bit length, one less than the largest
 * buffer.
 */
static inline uint32_t nm_kring_room(const struct nm_kring *k)
{
	const uint32_t room = nm_offset_room(k->offsets, k->region->bufs.unit);

	return likely(room < UINT16_MAX) ? room : UINT16_MAX;
}

#endif
