/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A region: the memory that ports share with the programs that map it. It contains interface
 * objects, then rings, then buffers. Its range of addresses is fixed when it is made; memory is
 * added on demand. Each region belongs to a domain of trust, whose clients alone use it. Each
 * domain has a global region, for pipes without a parent, null ports and network cards. The other
 * regions are user memory, or private to a VALE port and its pipes, unless another port of the same
 * domain and network namespace asks for them by id.
 */
#ifndef NM_REGION_H
#define NM_REGION_H

#include "base/scope.h"
#include "engine.h"
#include "memory/pool.h"

#define NM_REGION_GLOBAL	1	/* in requests: the id of the own domain's global region */

struct nm_region {
	struct nm_region *next;	/* guarded by the list's lock */
	uint32_t refs;		/* guarded by the list's lock */
	uint16_t id;		/* const */
	bool is_global;		/* const */
	uint32_t is_joined;	/* another user, or domain, has been bound to it; atomic */
	struct nm_domain *domain;	/* whose clients use it; const */
	struct os_ns *ns;	/* its namespace; a global one is used in others too; const */
	uint64_t size;		/* bytes of addresses; const */
	struct os_usermem *mem;	/* user memory that all of it is made of, else NULL; const */
	uint64_t user_bytes;	/* of mem, as charged to the domain; const */
	struct os_space *space;	/* its range in what clients map; NULL with mem; const */
	uint64_t base;		/* offset of space: added to each offset that clients see; const */
	struct os_mutex lock;	/* guards the pools; rank: below a ring's lock */
	struct nm_pool ifs, rings, bufs;
	uint64_t bad_frees;	/* guarded by lock */
};

/* What a private region must hold. */
struct nm_region_need {
	uint64_t rings;		/* of ring_bytes each */
	uint64_t ring_bytes;
	uint64_t bufs;
	uint32_t extra_bufs;	/* as requested; above one million, best effort */
	bool is_old;		/* old requests must be able to express its offset and size */
};

/* Return the bytes that a client must map to reach all of the region. */
static inline uint64_t nm_region_map_size(const struct nm_region *r)
{
	return r->base + r->size;
}

/*
 * Return whether no other user can map the region, so that what a slot there points to was written
 * by the user that sends it.
 */
static inline bool nm_region_is_private(const struct nm_region *r)
{
	return !r->mem && !os_domain_is_shared(r->domain->os) && !os_load32(&r->is_joined);
}

/* Return whether the region is what a request of that scope means by an id. */
static inline bool nm_region_has_id(const struct nm_region *r, const struct nm_scope *scope,
				    uint16_t id)
{
	if (id == NM_REGION_GLOBAL)
		return r->is_global && r->domain == scope->domain;
	return r->id == id;
}

void nm_regions_init(void);
void nm_regions_exit(void);

/*
 * Each returns a region with a reference for the caller, or NULL with a reason. nm_region_find()
 * finds the region of an id if the scope may use it; for id 1 it makes the domain's global region
 * if there is none. May sleep.
 */
struct nm_region *nm_region_find(uint16_t id, const struct nm_scope *scope,
				 struct nm_reason *reason);
struct nm_region *nm_region_private(const struct nm_scope *scope, const struct nm_region_need *need,
				    struct nm_reason *reason);
/*
 * Check that clients of the scope may use a region of any domain, which the request names by
 * mem_id, or not (0). Returns 0, or -EPERM with a reason that calls what has the region `what`.
 */
int nm_region_check_join(const struct nm_region *r, const struct nm_scope *scope, uint16_t mem_id,
			 const char *what, struct nm_reason *reason);
/* A client of the scope is about to use the region. */
void nm_region_note_join(struct nm_region *r, const struct nm_scope *scope);
/*
 * Return the region of that user memory, size bytes, made if there is none yet. Takes over the
 * caller's reference to mem, also in failure.
 */
struct nm_region *nm_region_from_user(const struct nm_scope *scope, struct os_usermem *mem,
				      uint64_t size, const struct nmreq_pools_info *wanted,
				      struct nm_reason *reason);
/* Store v in *setting. Returns 0, or -EBUSY, storing nothing, while a global region exists. */
int nm_region_global_resize(uint32_t *setting, uint32_t v);

/* Return whether rings and buffers that are needed have memory already. */
bool nm_region_has_room(struct nm_region *r, const struct nm_region_need *need);
/*
 * Add memory until they have, a chunk at a time. Returns 0 or an error with a reason. Takes long:
 * hold no lock.
 */
int nm_region_reserve(struct nm_region *r, const struct nm_region_need *need,
		      struct nm_reason *reason);

/*
 * Allocate n buffers, all or none; their indexes go to idx[]. Returns 0 or an error with a reason.
 */
int nm_region_bufs_alloc(struct nm_region *r, uint32_t *idx, uint32_t n, struct nm_reason *reason);
/*
 * Likewise, device buffers of pairs, see nm_region_device_bufs_alloc(). Returns false if there are
 * not n.
 */
bool nm_region_pairs_alloc(struct nm_region *r, uint32_t *idx, uint32_t n);
/*
 * Free n buffers that a client named, up to the first that is not a buffer in use, which is
 * counted. Returns the number of those that were freed.
 */
uint32_t nm_region_bufs_free(struct nm_region *r, const uint32_t *idx, uint32_t n);

/*
 * Allocate zeroed memory for an interface object or a ring; *off is set to its offset in the
 * region.
 */
void *nm_region_if_alloc(struct nm_region *r, size_t bytes, uint64_t *off,
			 struct nm_reason *reason);
void *nm_region_ring_alloc(struct nm_region *r, size_t bytes, uint64_t *off,
			   struct nm_reason *reason);
void nm_region_if_free(struct nm_region *r, uint64_t off, size_t bytes);
void nm_region_ring_free(struct nm_region *r, uint64_t off, size_t bytes);

/*
 * Fill the record of the region with the smallest id >= *cursor that the scope may use or, with
 * is_admin, that was made in its namespace; advances *cursor. Returns false if there is none.
 */
bool nm_regions_info(uint64_t *cursor, const struct nm_scope *scope, bool is_admin,
		     struct nm_info_region *out);

#endif
