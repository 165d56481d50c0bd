// SPDX-License-Identifier: BSD-2-Clause
/* Offsets of packets in their buffers: checks of a request, new rings, resets. See offsets.h. */
#include "ring/offsets.h"
#include "ring/kring.h"
#include "ring/slot.h"

#define ROOM_MIN	64u	/* so that the shortest packets of Ethernet fit */

bool nm_offsets_are_same(const struct nm_offsets *a, const struct nm_offsets *b)
{
	return a->mask == b->mask && (!a->mask || (a->max == b->max && a->initial == b->initial &&
						   a->gap == b->gap && a->align == b->align));
}

int nm_offsets_read(const struct nmreq_opt_offsets *opt, uint32_t unit, struct nm_offsets *o,
		    struct nm_reason *reason)
{
	const uint32_t bits = opt->nro_offset_bits ? opt->nro_offset_bits : 64;
	const uint32_t align = opt->nro_tx_align ? opt->nro_tx_align : 1;

	if (bits > 64)
		return nm_refuse(reason, -EINVAL, "an offset has at most 64 bits, not %u", bits);
	o->mask = bits == 64 ? UINT64_MAX : (1ull << bits) - 1;
	if (opt->nro_max_offset > unit || opt->nro_min_gap > unit ||
	    opt->nro_max_offset + opt->nro_min_gap + ROOM_MIN > unit)
		return nm_refuse(
			reason, -EINVAL,
			"offsets up to %llu and a gap of %llu leave less than %u bytes of a buffer "
			"of %u",
			(unsigned long long)opt->nro_max_offset,
			(unsigned long long)opt->nro_min_gap, ROOM_MIN, unit);
	if (opt->nro_max_offset & ~o->mask)
		return nm_refuse(reason, -EINVAL, "an offset of %llu does not fit %u bits",
			      (unsigned long long)opt->nro_max_offset, bits);
	if (opt->nro_initial_offset > opt->nro_max_offset)
		return nm_refuse(reason, -EINVAL,
				 "the initial offset %llu is more than the largest, %llu",
				 (unsigned long long)opt->nro_initial_offset,
				 (unsigned long long)opt->nro_max_offset);
	if (align & (align - 1) || align > NM_OFFSET_ALIGN)
		return nm_refuse(reason, -EINVAL,
				 "packets can be aligned to a power of two up to %u, not to %u",
				 NM_OFFSET_ALIGN, align);
	if (opt->nro_initial_offset & (align - 1))
		return nm_refuse(reason, -EINVAL, "the initial offset %llu is not a multiple of %u",
			      (unsigned long long)opt->nro_initial_offset, align);
	o->max = (uint32_t)opt->nro_max_offset;
	o->initial = (uint32_t)opt->nro_initial_offset;
	o->gap = (uint32_t)opt->nro_min_gap;
	o->align = align;
	return 0;
}

void nm_offsets_begin(struct nm_kring *k)
{
	const struct nm_offsets *o = k->offsets;
	uint32_t i;

	if (!o)
		return;
	k->ring->offset_mask = o->mask;
	k->ring->buf_align = NM_OFFSET_ALIGN;
	for (i = 0; i < k->num_slots; i++)
		os_store64(&k->ring->slot[i].ptr, o->initial);
}

void nm_offsets_reset_locked(struct nm_kring *k)
{
	const struct nm_offsets *o = k->offsets;
	const uint32_t unit = k->region->bufs.unit;
	uint32_t i, off;

	os_assert_held(&k->lock);
	for (i = 0; o && i < k->num_slots; i++) {
		struct netmap_slot *slot = &k->ring->slot[i];
		const uint64_t ptr = os_load64(&slot->ptr);
		const union nm_slot s = nm_slot_load(slot);

		off = k->dir == NM_TX ? nm_offset_of_tx(o, ptr, s.len, unit) :
					nm_offset_of(o, ptr, s.len, unit);
		if (off != NM_OFFSET_BAD)
			continue;
		nm_slot_store_len_flags(slot, 0, s.flags);
		os_store64(&slot->ptr, (ptr & ~o->mask) | o->initial);
	}
}
