// SPDX-License-Identifier: BSD-2-Clause
/*
 * Device buffers: buffers of a region that a platform posts to a network device, which reads and
 * writes them itself. Drivers write a little before the start of a received frame, so the buffer
 * before a receive buffer stays unused: such buffers are pairs on a page.
 */
#include "memory/region.h"

#define PAIR_SHIFT	6u	/* log2 of the smallest chunk: a bitmap's word covers one chunk */

bool nm_region_device_bufs_enable(struct nm_region *r)
{
	bool may = !r->mem && 2 * r->bufs.unit == OS_PAGE_SIZE && r->bufs.shift >= PAIR_SHIFT;

	os_mutex_lock(&r->lock);
	may = may && !nm_pool_pairs_enable(&r->bufs);
	os_mutex_unlock(&r->lock);
	return may;
}

static void pairs_free_locked(struct nm_region *r, const uint32_t *idx, uint32_t n, bool posted)
{
	while (n--) {
		if (posted)
			nm_pool_free_posted(&r->bufs, idx[n]);
		else
			nm_pool_free(&r->bufs, idx[n], 1);
	}
}

/* Grows the pool once, by the pairs that are missing. */
static bool region_pairs_alloc(struct nm_region *r, uint32_t *idx, uint32_t n, bool posted)
{
	struct nm_reason reason;
	uint32_t got = 0;

	nm_reason_init(&reason);
	os_mutex_lock(&r->lock);
	if (r->bufs.pairs)
		got = nm_pool_alloc_pairs(&r->bufs, idx, n, posted);
	if (r->bufs.pairs && got < n &&
	    !nm_pool_grow(&r->bufs, r->bufs.total + 2 * (n - got), &reason))
		got += nm_pool_alloc_pairs(&r->bufs, idx + got, n - got, posted);
	if (got < n)
		pairs_free_locked(r, idx, got, posted);
	os_mutex_unlock(&r->lock);
	return got == n;
}

bool nm_region_pairs_alloc(struct nm_region *r, uint32_t *idx, uint32_t n)
{
	return region_pairs_alloc(r, idx, n, false);
}

bool nm_region_device_bufs_alloc(struct nm_region *r, uint32_t *idx, uint32_t n, bool pairs)
{
	struct nm_reason reason;

	nm_reason_init(&reason);
	return pairs ? region_pairs_alloc(r, idx, n, true) :
		       !nm_region_bufs_alloc(r, idx, n, &reason);
}

void nm_region_device_bufs_free(struct nm_region *r, const uint32_t *idx, uint32_t n)
{
	os_mutex_lock(&r->lock);
	pairs_free_locked(r, idx, n, true);
	os_mutex_unlock(&r->lock);
}

void nm_region_device_bufs(const struct nm_region *r, struct nm_device_bufs *out)
{
	*out = (struct nm_device_bufs){
		.first = r->bufs.chunk[0],
		.unit = r->bufs.unit,
		.total = os_load32_acquire(&r->bufs.total),
		.pairs = r->bufs.pairs,
		.posted = r->bufs.posted,
	};
}

void nm_region_device_bufs_keep(struct nm_region *r, const uint32_t *idx, uint32_t n, bool on)
{
	os_mutex_lock(&r->lock);
	while (n)
		nm_pool_keep(&r->bufs, idx[--n], on);
	os_mutex_unlock(&r->lock);
}
