/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and writing a slot that a client may change at any time. One load takes buffer
 * index, length and flags together; only the copy is checked and used.
 */
#ifndef NM_SLOT_H
#define NM_SLOT_H

#include "kring.h"

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

/* Leaves the buffer index as it is. */
static inline void nm_slot_store_len_flags(struct netmap_slot *s, uint16_t len, uint16_t flags)
{
	union nm_slot v = { .len = len, .flags = flags };

	os_store32((uint32_t *)(void *)s + 1, v.len_flags);
}

/* The same, of a slot that was read whole. */
static inline void nm_slot_store_len_flags_word(struct netmap_slot *s, union nm_slot v)
{
	os_store32((uint32_t *)(void *)s + 1, v.len_flags);
}

static inline bool nm_slot_is_legal(union nm_slot s, const struct nm_bufs *b)
{
	return likely(nm_bufs_has(b, s.buf_idx) && s.len <= b->unit);
}

#endif
