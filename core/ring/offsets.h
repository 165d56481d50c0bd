/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Offsets: rings in whose slots packets begin somewhere inside of their buffers, at what some bits of
 * slot.ptr say. All rings of a port have the rules that its first client asked for, as long as
 * they exist. What a slot says is client-writable: it is read once, checked, and used then.
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
	uint32_t gap;		/* bytes that no packet reaches, at each buffer's end */
	uint32_t align;		/* a power of two; of tx slots' offsets */
};

#define NM_OFFSET_BAD	UINT32_MAX
#define NM_OFFSET_ALIGN	64u	/* what the address of every buffer is a multiple of */

/* Where a slot's packet of that length begins; NM_OFFSET_BAD if it must not. ptr: read once. */
static inline uint32_t nm_offset_of(const struct nm_offsets *o, uint64_t ptr, uint32_t len, uint32_t unit)
{
	const uint64_t off = ptr & o->mask;

	return off <= o->max && off + len + o->gap <= unit ? (uint32_t)off : NM_OFFSET_BAD;
}

/* The same for a slot to send. */
static inline uint32_t nm_offset_of_tx(const struct nm_offsets *o, uint64_t ptr, uint32_t len, uint32_t unit)
{
	const uint32_t off = nm_offset_of(o, ptr, len, unit);

	return off & (o->align - 1) ? NM_OFFSET_BAD : off;
}

/* Bytes of a packet that a slot takes in any case. o may be NULL: the ring has no offsets. */
static inline uint32_t nm_offset_room(const struct nm_offsets *o, uint32_t unit)
{
	return o ? unit - o->max - o->gap : unit;
}

/* What a request asks for, checked against buffers of unit bytes. 0, or -EINVAL with a reason. */
int nm_offsets_read(const struct nmreq_opt_offsets *opt, uint32_t unit, struct nm_offsets *o, struct nm_reason *reason);
bool nm_offsets_are_same(const struct nm_offsets *a, const struct nm_offsets *b);
/* Of a new ring with offsets: the rule, and the offset of each slot. */
void nm_offsets_begin(struct nm_kring *k);
/* Of a ring that is reset: slots whose offset or length may not be get the initial one, and no length. */
void nm_offsets_reset_locked(struct nm_kring *k);

#endif
