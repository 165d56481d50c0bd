/* SPDX-License-Identifier: BSD-2-Clause */
/* What a region is made of: computed from settings and from what is asked for. No state, no lock. */
#ifndef NM_REGION_LAYOUT_H
#define NM_REGION_LAYOUT_H

#include "memory/region.h"

#define NM_MIB		(1ull << 20)

struct nm_layout {
	uint32_t if_size, if_num, if_shift;	/* shift: log2 of the objects in a chunk */
	uint32_t ring_size, ring_num, ring_shift;
	uint32_t buf_size, buf_num, buf_shift;
	uint64_t size;				/* bytes that buffers may fill up */
	bool is_low;				/* as os_space_open() takes it */
	bool is_user;				/* size is all there is, and buf_num the most wanted, 0 for any */
};

static inline uint64_t nm_layout_align(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

void nm_layout_global(struct nm_layout *l);
/* 0 or an error with its reason. */
int nm_layout_private(struct nm_layout *l, const struct nm_region_need *need, struct nm_reason *reason);
int nm_layout_user(struct nm_layout *l, uint64_t size, const struct nmreq_pools_info *wanted,
		   struct nm_reason *reason);
/* How many buffers there may be when the first one is at that offset. */
uint32_t nm_layout_bufs(const struct nm_layout *l, uint64_t at);

#endif
