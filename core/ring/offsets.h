/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Offsets: in rings with offsets a packet begins inside its buffer, at the offset that some bits of
 * slot.ptr give. The first client of a port chooses the rules for all its rings, for as long as
 * they exist. Clients may write slot.ptr at any time: it is read once, and the copy is checked and
 * used.
 */
#ifndef NM_OFFSETS_H
#define NM_OFFSETS_H

#include "base/options.h"
#include "memory/pool.h"

struct nm_kring;

/* Guard: engine lock; const while the port's rings exist. */
struct nm_offsets {
	uint64_t mask;		/* the bits of slot.ptr; 0: no offsets */
	uint32_t max;		/* the largest */
	uint32_t initial;
	uint32_t gap;		/* unused bytes at each buffer's end */
	uint32_t align;		/* of tx slots' offsets; a power of two */
};

#define NM_OFFSET_BAD	UINT32_MAX
#define NM_OFFSET_ALIGN	64u	/* alignment of every buffer */

/*
 * Return the offset of a packet of len bytes in a buffer of unit bytes; NM_OFFSET_BAD if it is
 * illegal. ptr is a copy of slot.ptr.
 */
static inline uint32_t nm_offset_of(const struct nm_offsets *o, uint64_t ptr, uint32_t len,
				    uint32_t unit)
{
	const uint64_t off = ptr & o->mask;

	return off <= o->max && off + len + o->gap <= unit ? (uint32_t)off : NM_OFFSET_BAD;
}

/* The same for a slot to send, whose offset must be aligned. */
static inline uint32_t nm_offset_of_tx(const struct nm_offsets *o, uint64_t ptr, uint32_t len,
				       uint32_t unit)
{
	const uint32_t off = nm_offset_of(o, ptr, len, unit);

	return off & (o->align - 1) ? NM_OFFSET_BAD : off;
}

/*
 * Return the bytes of a packet that fit in a slot with any legal offset. o is NULL without offsets.
 */
static inline uint32_t nm_offset_room(const struct nm_offsets *o, uint32_t unit)
{
	return o ? unit - o->max - o->gap : unit;
}

/* Check a request against buffers of unit bytes and set *o. Returns 0, or -EINVAL with a reason. */
int nm_offsets_read(const struct nmreq_opt_offsets *opt, uint32_t unit, struct nm_offsets *o,
		    struct nm_reason *reason);
bool nm_offsets_are_same(const struct nm_offsets *a, const struct nm_offsets *b);
/* Initialise a new ring: its rules, and the offset of each slot. */
void nm_offsets_begin(struct nm_kring *k);
/*
 * Give slots with an illegal offset or length the initial offset and length 0. Caller holds the
 * lock.
 */
void nm_offsets_reset_locked(struct nm_kring *k);

#endif
