// SPDX-License-Identifier: BSD-2-Clause
/*
 * Regions of shared memory, laid out by region_layout.c. The list of regions has a lock of its own,
 * taken alone or below the engine lock, and by a platform's map calls; its holder never accesses a
 * caller's memory. A region ends with its last reference: ports and maps have one each, so it
 * exists as long as its memory can be reached.
 */
#include "memory/region.h"
#include "memory/region_layout.h"
#include "base/objects.h"

static struct {
	struct os_mutex lock;
	struct nm_region *head;	/* in ascending order of id */
} regions;

void nm_regions_init(void)
{
	os_mutex_init(&regions.lock, "nm_regions");
	regions.head = NULL;
}

void nm_regions_exit(void)
{
	os_assert(!regions.head);
	os_mutex_destroy(&regions.lock);
}

static int region_pools_init(struct nm_region *r, const struct nm_layout *l)
{
	uint64_t bufs_at;
	int err;

	err = nm_pool_init(&r->ifs, "interface object", "region_mb", l->if_size, l->if_shift,
			   l->if_num);
	if (err)
		return err;
	err = nm_pool_init(&r->rings, "ring", "ring_size or region_mb", l->ring_size, l->ring_shift,
			   l->ring_num);
	if (err)
		goto no_rings;
	r->rings.offset = nm_layout_align(nm_pool_bytes(&r->ifs), OS_PAGE_SIZE);
	bufs_at = r->rings.offset + nm_pool_bytes(&r->rings);
	err = nm_pool_init(&r->bufs, "buffer", "buf_num or region_mb", l->buf_size, l->buf_shift,
			   nm_layout_bufs(l, bufs_at));
	if (err)
		goto no_bufs;
	r->bufs.offset = bufs_at;
	r->size = r->bufs.offset + nm_pool_bytes(&r->bufs);
	return 0;

no_bufs:
	nm_pool_destroy(&r->rings);
no_rings:
	nm_pool_destroy(&r->ifs);
	return err;
}

static int region_space_open(struct nm_region *r, bool is_low)
{
	r->space = os_space_open(r->domain->os, nm_layout_align(r->size, OS_PAGE_SIZE), is_low);
	if (!r->space)
		return -ENOMEM;
	r->base = os_space_offset(r->space);
	r->ifs.space = r->rings.space = r->bufs.space = r->space;
	r->ifs.domain = r->rings.domain = r->bufs.domain = r->domain;
	return 0;
}

static void region_pools_destroy(struct nm_region *r)
{
	nm_pool_destroy(&r->bufs);
	nm_pool_destroy(&r->rings);
	nm_pool_destroy(&r->ifs);
}

/* Charge a region, and user memory of that many bytes if it has any, to a domain's user. */
static int region_charge(struct nm_domain *d, uint64_t user_bytes, struct nm_reason *reason)
{
	int err = nm_quota_charge(d, NM_QUOTA_REGIONS, 1, reason);

	if (err || !user_bytes)
		return err;
	err = nm_quota_charge(d, NM_QUOTA_PINS, 1, reason);
	if (!err) {
		err = nm_quota_charge(d, NM_QUOTA_PINNED, user_bytes, reason);
		if (err)
			nm_quota_uncharge(d, NM_QUOTA_PINS, 1);
	}
	if (err)
		nm_quota_uncharge(d, NM_QUOTA_REGIONS, 1);
	return err;
}

static int region_owner_set(struct nm_region *r, const struct nm_scope *scope, uint64_t user_bytes,
			    struct nm_reason *reason)
{
	int err = region_charge(scope->domain, user_bytes, reason);

	if (err)
		return err;
	r->user_bytes = user_bytes;
	r->domain = nm_domain_get(scope->domain);
	r->ns = os_ns_get(scope->ns);
	return 0;
}

static void region_owner_put(struct nm_region *r)
{
	nm_quota_uncharge(r->domain, NM_QUOTA_REGIONS, 1);
	if (r->user_bytes) {
		nm_quota_uncharge(r->domain, NM_QUOTA_PINS, 1);
		nm_quota_uncharge(r->domain, NM_QUOTA_PINNED, r->user_bytes);
	}
	nm_domain_put(r->domain);
	os_ns_put(r->ns);
}

static void region_free(struct nm_region *r)
{
	region_pools_destroy(r);
	if (r->mem)
		os_usermem_unpin(r->mem);
	else
		os_space_close(r->space);
	os_mutex_destroy(&r->lock);
	region_owner_put(r);
	os_free(r);
	nm_object_ended(NM_OBJ_REGION);
}

/*
 * Give r its memory: user memory, or a range of the platform's. Returns 0 or -ENOMEM with a reason.
 */
static int region_set_memory(struct nm_region *r, const struct nm_layout *l, struct os_usermem *mem,
		       struct nm_reason *reason)
{
	if (!mem && !region_space_open(r, l->is_low))
		return 0;
	if (!mem)
		return nm_refuse(
			reason, -ENOMEM,
			"no addresses left for a region of %llu MiB: "
			"lower region_mb or priv_region_mb",
			(unsigned long long)(r->size / NM_MIB));
	if (r->size > l->size)
		return nm_refuse(
			reason, -ENOMEM,
			"external memory of %llu bytes is too small: its objects need %llu",
			(unsigned long long)l->size, (unsigned long long)r->size);
	r->mem = mem;
	r->ifs.user = os_usermem_addr(mem);
	r->rings.user = r->ifs.user + r->rings.offset;
	r->bufs.user = r->ifs.user + r->bufs.offset;
	return 0;
}

/* Make a region. Takes over the caller's reference to mem, which may be NULL, also in failure. */
static struct nm_region *region_make(const struct nm_layout *l, const struct nm_scope *scope,
				     struct os_usermem *mem, struct nm_reason *reason)
{
	struct nm_region *r = os_alloc(sizeof(*r));
	uint32_t first, i;

	if (!r || region_pools_init(r, l)) {
		os_free(r);
		nm_refuse_nomem(reason, "a region");
		goto no_region;
	}
	if (region_owner_set(r, scope, mem ? l->size : 0, reason)) {
		region_pools_destroy(r);
		os_free(r);
		goto no_region;
	}
	if (region_set_memory(r, l, mem, reason)) {
		region_pools_destroy(r);
		region_owner_put(r);
		os_free(r);
		goto no_region;
	}
	nm_object_made(NM_OBJ_REGION);
	os_mutex_init(&r->lock, "nm_region");
	r->refs = 1;
	for (i = 0; i < NM_BUFS_RESERVED; i++) {
		if (nm_pool_alloc(&r->bufs, 1, &first, reason)) {
			region_free(r);
			return NULL;
		}
	}
	return r;

no_region:
	if (mem)
		os_usermem_unpin(mem);
	return NULL;
}

/*
 * Put r in the list with the smallest free id, from lowest on. Returns 0 or -ENOSPC. Caller holds
 * the list's lock.
 */
static int region_link_locked(struct nm_region *r, uint32_t lowest)
{
	struct nm_region **at = &regions.head;
	uint32_t id = lowest;

	os_assert_held(&regions.lock);
	while (*at && (*at)->id <= id) {
		if ((*at)->id == id)
			id++;
		at = &(*at)->next;
	}
	if (id > UINT16_MAX)
		return -ENOSPC;
	r->id = (uint16_t)id;
	r->next = *at;
	*at = r;
	return 0;
}

static struct nm_region *region_find_locked(uint16_t id)
{
	struct nm_region *r;

	os_assert_held(&regions.lock);
	for (r = regions.head; r && r->id != id; r = r->next)
		;
	return r;
}

/*
 * Set the id of a new region, which may be NULL. Returns the region; NULL, having freed it, if all
 * ids are in use. Caller holds the list's lock.
 */
static struct nm_region *region_set_id_locked(struct nm_region *r, struct nm_reason *reason)
{
	if (r && region_link_locked(r, NM_REGION_GLOBAL + !r->is_global)) {
		nm_refuse(reason, -ENOSPC, "all 65535 region ids are in use");
		region_free(r);
		return NULL;
	}
	return r;
}

/* Return the global region of the scope's domain, made if there is none yet, with a reference. */
static struct nm_region *region_global(const struct nm_scope *scope, struct nm_reason *reason)
{
	struct nm_region *r;
	struct nm_layout l;

	os_mutex_lock(&regions.lock);
	for (r = regions.head; r && !(r->is_global && r->domain == scope->domain); r = r->next)
		;
	if (r) {
		r->refs++;
	} else {
		nm_layout_global(&l);
		r = region_make(&l, scope, NULL, reason);
		if (r)
			r->is_global = true;
		r = region_set_id_locked(r, reason);
	}
	os_mutex_unlock(&regions.lock);
	return r;
}

struct nm_region *nm_region_private(const struct nm_scope *scope, const struct nm_region_need *need,
				    struct nm_reason *reason)
{
	struct nm_layout l;
	struct nm_region *r;

	if (nm_layout_private(&l, need, reason))
		return NULL;
	r = region_make(&l, scope, NULL, reason);
	os_mutex_lock(&regions.lock);
	r = region_set_id_locked(r, reason);
	os_mutex_unlock(&regions.lock);
	return r;
}

/*
 * Makes the region under the list's lock, so that a concurrent request for the same memory finds
 * it.
 */
struct nm_region *nm_region_from_user(const struct nm_scope *scope, struct os_usermem *mem,
				      uint64_t size, const struct nmreq_pools_info *wanted,
				      struct nm_reason *reason)
{
	struct nm_layout l;
	struct nm_region *r;

	os_mutex_lock(&regions.lock);
	for (r = regions.head;
	     r && (r->mem != mem || r->ns != scope->ns || r->domain != scope->domain); r = r->next)
		;
	if (r)
		r->refs++;
	if (r || nm_layout_user(&l, size, wanted, reason))
		os_usermem_unpin(mem);
	else
		r = region_set_id_locked(region_make(&l, scope, mem, reason), reason);
	os_mutex_unlock(&regions.lock);
	return r;
}

int nm_region_check_join(const struct nm_region *r, const struct nm_scope *scope, uint16_t mem_id,
			 const char *what, struct nm_reason *reason)
{
	if (r->domain == scope->domain || (mem_id == r->id && nm_scope_may_join(scope)))
		return 0;
	return nm_refuse(reason, -EPERM,
			 "%s belongs to user %u: only files of /dev/netmap that this user opened "
			 "may share its memory",
			 what, os_domain_user(r->domain->os));
}

void nm_region_note_join(struct nm_region *r, const struct nm_scope *scope)
{
	if (r->domain != scope->domain || !os_caller_is_of(scope->caller, r->domain->os))
		os_store32(&r->is_joined, 1);
}

/* Return whether clients of the scope may know of the region. */
static bool region_is_of(const struct nm_region *r, const struct nm_scope *scope)
{
	return r->ns == scope->ns || (r->is_global && r->domain == scope->domain);
}

struct nm_region *nm_region_find(uint16_t id, const struct nm_scope *scope,
				 struct nm_reason *reason)
{
	struct nm_region *r;
	char name[32];

	if (id == NM_REGION_GLOBAL)
		return region_global(scope, reason);
	os_mutex_lock(&regions.lock);
	r = region_find_locked(id);
	if (r && !region_is_of(r, scope))
		r = NULL;
	if (r)
		r->refs++;
	os_mutex_unlock(&regions.lock);
	if (!r) {
		nm_refuse(reason, -EINVAL, "there is no memory region %u in this network namespace",
			  id);
		return NULL;
	}
	nm_format(name, sizeof(name), "memory region %u", id);
	/* Without the list's lock: the platform may sleep to say who the caller is. */
	if (nm_region_check_join(r, scope, id, name, reason)) {
		nm_region_put(r);
		return NULL;
	}
	return r;
}

int nm_region_global_resize(uint32_t *setting, uint32_t v)
{
	const struct nm_region *r;
	int err = -EBUSY;

	os_mutex_lock(&regions.lock);
	for (r = regions.head; r && !r->is_global; r = r->next)
		;
	if (!r) {
		os_store32(setting, v);
		err = 0;
	}
	os_mutex_unlock(&regions.lock);
	return err;
}

void nm_region_get(struct nm_region *r)
{
	os_mutex_lock(&regions.lock);
	r->refs++;
	os_mutex_unlock(&regions.lock);
}

void nm_region_put(struct nm_region *r)
{
	struct nm_region **at = &regions.head;
	bool last;

	os_mutex_lock(&regions.lock);
	last = --r->refs == 0;
	if (last) {
		while (*at != r)
			at = &(*at)->next;
		*at = r->next;
	}
	os_mutex_unlock(&regions.lock);
	/* Without references and off the list it cannot be found any more. */
	if (last)
		region_free(r);
}

uint64_t nm_region_size(const struct nm_region *r)
{
	return r->size;
}

bool nm_region_is_user(const struct nm_region *r)
{
	return r->mem != NULL;
}

void *nm_region_page(const struct nm_region *r, uint64_t off)
{
	const struct nm_pool *p = off < r->rings.offset ? &r->ifs :
				  off < r->bufs.offset ? &r->rings : &r->bufs;
	uint64_t chunk_size = (uint64_t)p->unit << p->shift;
	uint64_t rel = off - p->offset;
	uint8_t *chunk;

	/* User memory is in its owner's map already. */
	if (r->mem)
		return NULL;
	/* There may be a gap between the last chunk of interface objects and the first ring. */
	if (off >= r->size || rel >= nm_pool_bytes(p))
		return NULL;
	chunk = os_load_ptr_acquire(&p->chunk[rel / chunk_size]);
	return chunk ? chunk + rel % chunk_size : NULL;
}

int nm_region_bufs_alloc(struct nm_region *r, uint32_t *idx, uint32_t n, struct nm_reason *reason)
{
	uint32_t i;
	int err = 0;

	os_mutex_lock(&r->lock);
	for (i = 0; i < n && !err; i++)
		err = nm_pool_alloc(&r->bufs, 1, &idx[i], reason);
	if (err) {
		/* i is one past the index that failed: free the ones before that. */
		for (i--; i-- > 0; )
			nm_pool_free(&r->bufs, idx[i], 1);
	}
	os_mutex_unlock(&r->lock);
	return err;
}

uint32_t nm_region_bufs_free(struct nm_region *r, const uint32_t *idx, uint32_t n)
{
	uint32_t i;

	os_mutex_lock(&r->lock);
	for (i = 0; i < n; i++) {
		if (idx[i] < NM_BUFS_RESERVED || !nm_pool_free(&r->bufs, idx[i], 1)) {
			r->bad_frees++;
			break;
		}
	}
	os_mutex_unlock(&r->lock);
	return i;
}

static uint32_t pool_units(const struct nm_pool *p, size_t bytes)
{
	return (uint32_t)((bytes + p->unit - 1) / p->unit);
}

static uint64_t region_ring_units(const struct nm_region *r, const struct nm_region_need *need)
{
	return need->rings * pool_units(&r->rings, need->ring_bytes);
}

static bool pool_has_room(const struct nm_pool *p, uint64_t n)
{
	return p->total - p->used >= n;
}

bool nm_region_has_room(struct nm_region *r, const struct nm_region_need *need)
{
	bool has;

	os_mutex_lock(&r->lock);
	has = pool_has_room(&r->rings, region_ring_units(r, need)) &&
	      pool_has_room(&r->bufs, need->bufs);
	os_mutex_unlock(&r->lock);
	return has;
}

/* Grow by one chunk at a time, or refuse what is above the limit without growing. */
static int region_pool_reserve(struct nm_region *r, struct nm_pool *p, uint64_t n,
			       struct nm_reason *reason)
{
	bool has_room = false;
	int err = 0;

	while (!err && !has_room) {
		os_mutex_lock(&r->lock);
		has_room = pool_has_room(p, n);
		if (!has_room && p->used + n > p->limit)
			err = nm_pool_grow(p, p->limit + 1, reason);
		else if (!has_room)
			err = nm_pool_grow(p, p->total + 1, reason);
		os_mutex_unlock(&r->lock);
	}
	return err;
}

int nm_region_reserve(struct nm_region *r, const struct nm_region_need *need,
		      struct nm_reason *reason)
{
	int err = region_pool_reserve(r, &r->rings, region_ring_units(r, need), reason);

	return err ? err : region_pool_reserve(r, &r->bufs, need->bufs, reason);
}

static void *region_object_alloc(struct nm_region *r, struct nm_pool *p, size_t bytes,
				 uint64_t *off, struct nm_reason *reason)
{
	void *obj = NULL;
	uint32_t first;

	os_mutex_lock(&r->lock);
	if (!nm_pool_alloc(p, pool_units(p, bytes), &first, reason)) {
		*off = p->offset + (uint64_t)first * p->unit;
		obj = nm_pool_at(p, first);
		os_memset(obj, 0, bytes);
	}
	os_mutex_unlock(&r->lock);
	return obj;
}

static void region_object_free(struct nm_region *r, struct nm_pool *p, uint64_t off, size_t bytes)
{
	bool ok;

	os_mutex_lock(&r->lock);
	ok = nm_pool_free(p, (uint32_t)((off - p->offset) / p->unit), pool_units(p, bytes));
	os_assert(ok);
	os_mutex_unlock(&r->lock);
}

void *nm_region_if_alloc(struct nm_region *r, size_t bytes, uint64_t *off,
			 struct nm_reason *reason)
{
	return region_object_alloc(r, &r->ifs, bytes, off, reason);
}

void nm_region_if_free(struct nm_region *r, uint64_t off, size_t bytes)
{
	region_object_free(r, &r->ifs, off, bytes);
}

void *nm_region_ring_alloc(struct nm_region *r, size_t bytes, uint64_t *off,
			   struct nm_reason *reason)
{
	return region_object_alloc(r, &r->rings, bytes, off, reason);
}

void nm_region_ring_free(struct nm_region *r, uint64_t off, size_t bytes)
{
	region_object_free(r, &r->rings, off, bytes);
}

static struct nm_info_pool pool_info(const struct nm_pool *p)
{
	return (struct nm_info_pool){
		.unit = p->unit, .total = p->total, .limit = p->limit, .used = p->used,
	};
}

bool nm_regions_info(uint64_t *cursor, const struct nm_scope *scope, bool is_admin,
		     struct nm_info_region *out)
{
	struct nm_region *r;

	os_mutex_lock(&regions.lock);
	for (r = regions.head; r; r = r->next) {
		if (r->id >= *cursor && region_is_of(r, scope) &&
		    (is_admin || r->domain == scope->domain))
			break;
	}
	if (r) {
		*cursor = r->id + 1u;
		os_memset(out, 0, sizeof(*out));
		out->id = r->id;
		out->refs = r->refs;
		out->memsize = nm_region_map_size(r);
		/* Rank: a region's lock is below the list's. */
		os_mutex_lock(&r->lock);
		out->ifs = pool_info(&r->ifs);
		out->rings = pool_info(&r->rings);
		out->bufs = pool_info(&r->bufs);
		out->bad_frees = r->bad_frees;
		os_mutex_unlock(&r->lock);
	}
	os_mutex_unlock(&regions.lock);
	return r != NULL;
}
