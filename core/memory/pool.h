/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pool: objects of one size in a region's shared memory, in chunks that are contiguous
 * for the engine. A pool grows by a chunk when it runs out and never shrinks: a client's
 * map of an offset stays good as long as the region lives.
 *
 * Everything is guarded by the region's lock, but for what the data path reads through
 * struct nm_bufs: total and chunk[].
 */
#ifndef NM_POOL_H
#define NM_POOL_H

#include "base/reason.h"

struct nm_pool {
	const char *name;	/* "buffer", for reasons */
	const char *setting;	/* the setting that bounds it, for reasons */
	struct os_space *space;	/* the region's; const */
	char *user;		/* object 0, if the memory is a program's own; const */
	uint64_t offset;	/* of object 0 in the region; const */
	uint32_t unit;		/* bytes of an object, a multiple of 64; const */
	uint32_t shift;		/* log2 of objects in a chunk; const */
	uint32_t limit;		/* objects it may grow to, whole chunks; const */
	uint32_t total;		/* objects with memory; released after chunk[] is set */
	uint32_t used;
	uint32_t hint;		/* no free object below it */
	uint32_t map_words;	/* room in map[] */
	uint64_t *map;		/* a bit per object, set when it is in use */
	uint64_t *pairs;	/* likewise: it is the second of a pair; NULL: there was none; bits are atomic */
	uint64_t *kept;		/* likewise: nobody gets it, though it may be free; NULL: there was none */
	uint8_t **chunk;		/* limit >> shift entries, each const once set */
};

#define NM_NO_OBJECT	UINT32_MAX

/* limit is rounded down to whole chunks, of which one at least. -ENOMEM or 0. */
int nm_pool_init(struct nm_pool *p, const char *name, const char *setting, uint32_t unit,
		 uint32_t shift, uint32_t limit);
void nm_pool_destroy(struct nm_pool *p);

/* Make total at least n; whole chunks. */
int nm_pool_grow(struct nm_pool *p, uint32_t n, struct nm_reason *reason);

/* A run of n neighbouring objects inside one chunk: the first one's index in *first. */
int nm_pool_alloc(struct nm_pool *p, uint32_t n, uint32_t *first, struct nm_reason *reason);
/*
 * Objects whose neighbour before them, on the same page, is in use by nobody as long as they are. As many as there
 * are, up to n. pairs and kept are there by nm_pool_pairs_enable(): 0 or -ENOMEM.
 */
int nm_pool_pairs_enable(struct nm_pool *p);
uint32_t nm_pool_alloc_pairs(struct nm_pool *p, uint32_t *idx, uint32_t n);
/* Free or not, nobody gets it for the time being; or may again. */
void nm_pool_keep(struct nm_pool *p, uint32_t idx, bool on);

/* false, and nothing is done, if any of them is out of range or not in use. */
bool nm_pool_free(struct nm_pool *p, uint32_t first, uint32_t n);

static inline uint64_t nm_pool_bytes(const struct nm_pool *p)
{
	return (uint64_t)p->limit * p->unit;
}

static inline void *nm_pool_at(const struct nm_pool *p, uint32_t idx)
{
	return p->chunk[idx >> p->shift] + (size_t)(idx & ((1u << p->shift) - 1)) * p->unit;
}

/* What a sync needs to turn buffer indexes into addresses: a copy, good for one batch. */
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

/* Is it an index that a ring may hold? One comparison: idx below 2 wraps round. */
static inline bool nm_bufs_has(const struct nm_bufs *b, uint32_t idx)
{
	return idx - NM_BUFS_RESERVED < b->total - NM_BUFS_RESERVED;
}

static inline uint8_t *nm_bufs_at(const struct nm_bufs *b, uint32_t idx)
{
	return b->chunk[idx >> b->shift] + (size_t)(idx & b->mask) * b->unit;
}

#endif
