/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pool: objects of one size in a region's shared memory, in chunks that are contiguous for the
 * engine. A pool grows by a chunk when it is exhausted and never shrinks, so a client's map of an
 * offset stays valid until the region ends.
 *
 * Guard: the region's lock, except for total and chunk[], which the data path reads through struct
 * nm_bufs.
 */
#ifndef NM_POOL_H
#define NM_POOL_H

#include "base/domain.h"

struct nm_pool {
	const char *name;	/* "buffer", for reasons */
	const char *setting;	/* the setting that limits it, for reasons */
	struct os_space *space;	/* the region's; const */
	struct nm_domain *domain;	/* charged for its memory; const */
	uint8_t *user;		/* object 0, if the region is user memory, else NULL; const */
	uint64_t offset;	/* of object 0 in the region; const */
	uint32_t unit;		/* bytes of an object, a multiple of 64; const */
	uint32_t shift;		/* log2 of objects in a chunk; const */
	uint32_t limit;		/* most objects, in whole chunks; const */
	uint32_t total;		/* objects with memory; released after chunk[] is set */
	uint32_t used;
	uint32_t hint;		/* no free object below it */
	uint32_t map_words;	/* words of map[] */
	uint64_t *map;		/* a bit per object, set when it is in use */
	/* Likewise, all NULL until nm_pool_pairs_enable(): */
	uint64_t *pairs;	/* set for the second object of a pair; atomic words */
	uint64_t *kept;		/* set while the object must not be allocated */
	uint32_t *posted;	/* of each object, not 0 while a device may write it; atomic */
	uint8_t **chunk;	/* limit >> shift entries, each const once set */
};

#define NM_NO_OBJECT	UINT32_MAX

/* limit is rounded down to whole chunks, but to at least one. Returns 0 or -ENOMEM. May sleep. */
int nm_pool_init(struct nm_pool *p, const char *name, const char *setting, uint32_t unit,
		 uint32_t shift, uint32_t limit);
void nm_pool_destroy(struct nm_pool *p);

/*
 * Add whole chunks until total is at least n. Returns 0; -ENOMEM, or -EDQUOT if the quota of the
 * domain's user does not allow them, with a reason.
 */
int nm_pool_grow(struct nm_pool *p, uint32_t n, struct nm_reason *reason);

/* Allocate n adjacent objects of one chunk; sets *first to the index of the first. */
int nm_pool_alloc(struct nm_pool *p, uint32_t n, uint32_t *first, struct nm_reason *reason);

/* Allocate pairs, kept and posted, for the next functions. Returns 0 or -ENOMEM. */
int nm_pool_pairs_enable(struct nm_pool *p);
/*
 * Allocate up to n objects, each with the object before it, on the same page, reserved for as long
 * as it is in use, and posted if requested. Does not grow the pool. Returns their number.
 */
uint32_t nm_pool_alloc_pairs(struct nm_pool *p, uint32_t *idx, uint32_t n, bool posted);
/* Free an object that a device no longer writes, unless another device does. */
void nm_pool_free_posted(struct nm_pool *p, uint32_t idx);
/* Keep an object, free or in use, from being allocated; on false: let it be allocated again. */
void nm_pool_keep(struct nm_pool *p, uint32_t idx, bool on);

/*
 * Free n objects. Returns false, and does nothing, if any is out of range, not in use, or posted.
 */
bool nm_pool_free(struct nm_pool *p, uint32_t first, uint32_t n);

static inline uint64_t nm_pool_bytes(const struct nm_pool *p)
{
	return (uint64_t)p->limit * p->unit;
}

static inline void *nm_pool_at(const struct nm_pool *p, uint32_t idx)
{
	return p->chunk[idx >> p->shift] + (size_t)(idx & ((1u << p->shift) - 1)) * p->unit;
}

/* What a sync needs to turn buffer indexes into addresses: a copy, valid for one batch. */
struct nm_bufs {
	uint8_t *const *chunk;
	uint32_t unit, shift, mask;
	uint32_t total;
};

#define NM_BUFS_RESERVED	2u	/* buffers 0 and 1 are never in a ring */

static inline struct nm_bufs nm_pool_bufs(const struct nm_pool *p)
{
	/* Acquire: pairs with the release in nm_pool_grow(); chunk[] below total is set. */
	return (struct nm_bufs){
		.total = os_load32_acquire(&p->total),
		.chunk = p->chunk,
		.unit = p->unit,
		.shift = p->shift,
		.mask = (1u << p->shift) - 1,
	};
}

/* Return whether a ring may contain the index. One comparison: an index below 2 wraps around. */
static inline bool nm_bufs_has(const struct nm_bufs *b, uint32_t idx)
{
	return idx - NM_BUFS_RESERVED < b->total - NM_BUFS_RESERVED;
}

static inline uint8_t *nm_bufs_at(const struct nm_bufs *b, uint32_t idx)
{
	return b->chunk[idx >> b->shift] + (size_t)(idx & b->mask) * b->unit;
}

#endif
