/* SPDX-License-Identifier: BSD-2-Clause */
/* Length and flags of a slot as one 32-bit word, for loops in which each instruction counts. */
#ifndef PKTGEN_SLOTWORD_H
#define PKTGEN_SLOTWORD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <net/netmap.h>

/* May alias the two fields it overlays. */
typedef uint32_t __attribute__((__may_alias__)) slot_word;

_Static_assert(offsetof(struct netmap_slot, len) == 4 && offsetof(struct netmap_slot, flags) == 6,
	       "length and flags are the second word of a slot");

static inline slot_word *slot_word_of(struct netmap_slot *slot)
{
	return (slot_word *)(void *)slot + 1;
}

/* Built from two halves, so that the byte order of the machine does not matter. */
static inline slot_word slot_word_make(uint16_t len, uint16_t flags)
{
	uint16_t halves[2] = { len, flags };
	slot_word word;

	memcpy(&word, halves, sizeof(word));
	return word;
}

static inline uint16_t slot_word_len(slot_word word)
{
	uint16_t halves[2];

	memcpy(halves, &word, sizeof(word));
	return halves[0];
}

static inline uint16_t slot_word_flags(slot_word word)
{
	uint16_t halves[2];

	memcpy(halves, &word, sizeof(word));
	return halves[1];
}

#endif
