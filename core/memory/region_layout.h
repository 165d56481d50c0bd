/* SPDX-License-Identifier: BSD-2-Clause */
/* Layout of a region, computed from settings and from the request. No state, no lock. */
#ifndef NM_REGION_LAYOUT_H
#define NM_REGION_LAYOUT_H

#include "memory/region.h"

#define NM_MIB		(1ull << 20)

struct nm_layout {
	uint32_t if_size, if_num, if_shift;	/* shift: log2 of the objects in a chunk */
	uint32_t ring_size, ring_num, ring_shift;
	uint32_t buf_size, buf_num, buf_shift;
	uint64_t size;				/* bytes of the region, which buffers fill up */
	bool is_low;				/* for os_space_open() */
	bool is_user;				/* size is a limit, and so is buf_num; 0: none */
};

static inline uint64_t nm_layout_align(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

void nm_layout_global(struct nm_layout *l);
/* Both return 0 or an error with a reason. */
int nm_layout_private(struct nm_layout *l, const struct nm_region_need *need,
		      struct nm_reason *reason);
int nm_layout_user(struct nm_layout *l, uint64_t size, const struct nmreq_pools_info *wanted,
		   struct nm_reason *reason);
/* Return the limit of buffers if the first one is at that offset. */
uint32_t nm_layout_bufs(const struct nm_layout *l, uint64_t at);

#endif
