/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A region: the memory that ports share with the programs that map it. Interface objects
 * first, then rings, then buffers; its size in addresses is fixed when it is made, the
 * memory comes as it is wanted. Region 1 is the global one, for pipes without a parent,
 * null ports and network cards; the others are private to a VALE port and its pipes, unless
 * another port of the same network namespace asks for them by id, or made of memory that a
 * program lends.
 */
#ifndef NM_REGION_H
#define NM_REGION_H

#include "engine.h"
#include "memory/pool.h"

#define NM_REGION_GLOBAL	1	/* its id */

struct nm_region {
	struct nm_region *next;	/* guarded by the list's lock */
	uint32_t refs;		/* guarded by the list's lock */
	uint16_t id;		/* const */
	struct os_ns *ns;	/* const; who may name it; NULL for the global one: everybody */
	uint64_t size;		/* bytes of addresses; const */
	struct os_usermem *mem;	/* a program's own memory, of which all of it is made; else NULL; const */
	struct os_space *space;	/* its place in what clients map, unless it is lent; const */
	uint64_t base;		/* where that is: added to every offset that clients are told; const */
	struct os_mutex lock;	/* the pools; rank: below a ring's lock */
	struct nm_pool ifs, rings, bufs;
	uint64_t bad_frees;	/* guarded by lock */
};

/* What a private region must have room for. */
struct nm_region_need {
	uint64_t rings;		/* of ring_bytes each */
	uint64_t ring_bytes;
	uint64_t bufs;
	uint32_t extra_bufs;	/* as wanted: more than a million are for luck */
	bool is_old;		/* old requests shall be able to tell where it is */
};

/* Bytes that a client maps to have all of the region. */
static inline uint64_t nm_region_map_size(const struct nm_region *r)
{
	return r->base + r->size;
}

void nm_regions_init(void);
void nm_regions_exit(void);

/*
 * All return a held region, NULL with a reason otherwise. nm_region_find takes any region
 * of that id which ns may use; id 1 makes the global region if need be.
 */
struct nm_region *nm_region_global(struct nm_reason *reason);
struct nm_region *nm_region_find(uint16_t id, struct os_ns *ns, struct nm_reason *reason);
struct nm_region *nm_region_private(struct os_ns *ns, const struct nm_region_need *need,
				    struct nm_reason *reason);
/*
 * The region in that lent memory, made if it is not there yet: size is what was lent. The loan is the
 * region's from then on, whatever the result.
 */
struct nm_region *nm_region_from_user(struct os_ns *ns, struct os_usermem *mem, uint64_t size,
				 const struct nmreq_pools_info *wanted, struct nm_reason *reason);
/* Store v in *setting while there is no global region; -EBUSY otherwise. */
int nm_region_global_resize(uint32_t *setting, uint32_t v);

/* Buffers: n indexes into idx[], all or none. */
int nm_region_bufs_alloc(struct nm_region *r, uint32_t *idx, uint32_t n, struct nm_reason *reason);
/* Likewise, those that a device may write to as they are, see nm_region_device_bufs_alloc(): false if there are not so many. */
bool nm_region_pairs_alloc(struct nm_region *r, uint32_t *idx, uint32_t n);
/* One buffer that some client named: false and counted if it is not one in use. */
bool nm_region_buf_free(struct nm_region *r, uint32_t idx);

/* Interface objects and rings: zeroed memory of that many bytes in the region; *off is where. */
void *nm_region_if_alloc(struct nm_region *r, size_t bytes, uint64_t *off, struct nm_reason *reason);
void *nm_region_ring_alloc(struct nm_region *r, size_t bytes, uint64_t *off, struct nm_reason *reason);
void nm_region_if_free(struct nm_region *r, uint64_t off, size_t bytes);
void nm_region_ring_free(struct nm_region *r, uint64_t off, size_t bytes);

/* The record of the region with the smallest id >= *cursor that ns may see; moves *cursor behind it. */
bool nm_regions_info(uint64_t *cursor, struct os_ns *ns, struct nm_info_region *out);

#endif
