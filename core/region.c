// SPDX-License-Identifier: BSD-2-Clause
/*
 * Regions of shared memory. The list of regions has a lock of its own, taken alone or
 * below the engine's lock, and from a home's map calls; it is never held while a caller's
 * memory is touched. A region ends with its last hold: ports and maps have one each, so
 * whoever can reach its memory keeps it.
 */
#include "region.h"
#include "objects.h"
#include "tunables.h"

#define MIB		(1ull << 20)
#define SIZE_MAX_MIB	4095ull	/* old requests tell sizes and offsets in 32 bits */
#define OLD_MIB		64ull	/* of room to grow for a region among those they reach, in one map */
#define RING_SHIFT	4	/* ring objects in a chunk: 16 */
#define IF_LIMIT	16384u
#define RING_LIMIT	8192u

static struct {
	struct os_mutex lock;
	struct nm_region *head;	/* by rising id */
} regions;

/* What a region is made of: a copy of settings, and of what must fit. */
struct layout {
	uint32_t if_size, if_num, ring_size, ring_num, buf_size, buf_num, buf_shift;
	uint64_t size;
	bool is_low;
};

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

static uint32_t at_least(uint32_t a, uint64_t b)
{
	return a > b ? a : b > UINT32_MAX ? UINT32_MAX : (uint32_t)b;
}

static uint64_t align(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

static int pools_init(struct nm_region *r, const struct layout *l)
{
	uint64_t share, bufs_at;
	int err;

	/* Rings and interface objects take at most an eighth and a sixty-fourth of the whole. */
	share = l->size / 64 / l->if_size;
	err = nm_pool_init(&r->ifs, "interface object", "region_mb", l->if_size, 2,
			   at_least(l->if_num, share < IF_LIMIT ? share : IF_LIMIT));
	if (err)
		return err;
	share = l->size / 8 / l->ring_size;
	err = nm_pool_init(&r->rings, "ring", "ring_size or region_mb", l->ring_size, RING_SHIFT,
			   at_least(l->ring_num, share < RING_LIMIT ? share : RING_LIMIT));
	if (err)
		goto no_rings;
	r->rings.offset = align(nm_pool_bytes(&r->ifs), OS_PAGE_SIZE);
	bufs_at = r->rings.offset + nm_pool_bytes(&r->rings);
	share = l->size > bufs_at ? (l->size - bufs_at) / l->buf_size : 0;
	err = nm_pool_init(&r->bufs, "buffer", "buf_num or region_mb", l->buf_size, l->buf_shift,
			   at_least(l->buf_num, share));
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

static int space_open(struct nm_region *r, bool is_low)
{
	r->space = os_space_open(align(r->size, OS_PAGE_SIZE), is_low);
	if (!r->space)
		return -ENOMEM;
	r->base = os_space_offset(r->space);
	r->ifs.space = r->rings.space = r->bufs.space = r->space;
	return 0;
}

static void pools_destroy(struct nm_region *r)
{
	nm_pool_destroy(&r->bufs);
	nm_pool_destroy(&r->rings);
	nm_pool_destroy(&r->ifs);
}

static void region_free(struct nm_region *r)
{
	pools_destroy(r);
	os_space_close(r->space);
	os_mutex_destroy(&r->lock);
	if (r->ns)
		os_ns_release(r->ns);
	os_free(r);
	nm_object_ended(NM_OBJ_REGION);
}

static struct nm_region *region_make(const struct layout *l, struct os_ns *ns, struct nm_why *why)
{
	struct nm_region *r = os_alloc(sizeof(*r));
	uint32_t first, i;

	if (!r || pools_init(r, l)) {
		os_free(r);
		nm_why_nomem(why, "a region");
		return NULL;
	}
	if (space_open(r, l->is_low)) {
		nm_why(why, -ENOMEM, "no addresses are left for a region of %llu MiB, see region_mb and priv_region_mb",
		       (unsigned long long)(r->size / MIB));
		pools_destroy(r);
		os_free(r);
		return NULL;
	}
	nm_object_made(NM_OBJ_REGION);
	os_mutex_init(&r->lock, "nm_region");
	r->ns = ns ? os_ns_hold(ns) : NULL;
	r->refs = 1;
	for (i = 0; i < NM_BUFS_RESERVED; i++) {
		if (nm_pool_alloc(&r->bufs, 1, &first, why)) {
			region_free(r);
			return NULL;
		}
	}
	return r;
}

/* Put r in the list under the smallest id that is free, from lowest on. List lock held. */
static int link_locked(struct nm_region *r, uint32_t lowest)
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

static struct nm_region *find_locked(uint16_t id)
{
	struct nm_region *r;

	os_assert_held(&regions.lock);
	for (r = regions.head; r && r->id != id; r = r->next)
		;
	return r;
}

struct nm_region *nm_region_global(struct nm_why *why)
{
	struct nm_region *r;

	os_mutex_lock(&regions.lock);
	r = find_locked(NM_REGION_GLOBAL);
	if (r) {
		r->refs++;
	} else {
		struct layout l = {
			.if_size = nm_tunable(NM_TUN_IF_SIZE) / 64 * 64,
			.if_num = nm_tunable(NM_TUN_IF_NUM),
			.ring_size = nm_tunable(NM_TUN_RING_SIZE) / OS_PAGE_SIZE * OS_PAGE_SIZE,
			.ring_num = nm_tunable(NM_TUN_RING_NUM),
			.buf_size = nm_tunable(NM_TUN_BUF_SIZE) / 64 * 64,
			.buf_num = nm_tunable(NM_TUN_BUF_NUM),
			.buf_shift = 8,
			.size = nm_tunable(NM_TUN_REGION_MB) * MIB,
			.is_low = true,
		};

		r = region_make(&l, NULL, why);
		if (r)
			link_locked(r, NM_REGION_GLOBAL);
	}
	os_mutex_unlock(&regions.lock);
	return r;
}

struct nm_region *nm_region_private(struct os_ns *ns, const struct nm_region_need *need,
				    struct nm_why *why)
{
	struct layout l = {
		.if_size = nm_tunable(NM_TUN_PRIV_IF_SIZE) / 64 * 64,
		.if_num = nm_tunable(NM_TUN_PRIV_IF_NUM),
		.ring_size = nm_tunable(NM_TUN_PRIV_RING_SIZE) / OS_PAGE_SIZE * OS_PAGE_SIZE,
		.buf_size = nm_tunable(NM_TUN_PRIV_BUF_SIZE) / 64 * 64,
		.buf_shift = 7,
		.size = nm_tunable(NM_TUN_PRIV_REGION_MB) * MIB,
		.is_low = need->is_old,
	};
	struct nm_region *r;
	uint64_t want;
	int err;

	/* Many shall find a place where old requests reach. */
	if (need->is_old && os_space_is_shared() && l.size > OLD_MIB * MIB)
		l.size = OLD_MIB * MIB;

	/* A ring takes whole objects; twice as many, since a run must not cross a chunk. */
	l.ring_num = at_least(nm_tunable(NM_TUN_PRIV_RING_NUM),
			      2 * need->rings * (align(need->ring_bytes, l.ring_size) / l.ring_size));
	l.buf_num = at_least(nm_tunable(NM_TUN_PRIV_BUF_NUM),
			     align(need->bufs + NM_BUFS_RESERVED, 1u << l.buf_shift));
	want = (uint64_t)l.ring_num * l.ring_size + (uint64_t)l.buf_num * l.buf_size;
	if (want > SIZE_MAX_MIB * MIB) {
		nm_why(why, -ENOMEM, "these rings and buffers take %llu MiB: a memory region has at most %llu",
		       (unsigned long long)(want / MIB), SIZE_MAX_MIB);
		return NULL;
	}
	r = region_make(&l, ns, why);
	if (!r)
		return NULL;
	os_mutex_lock(&regions.lock);
	err = link_locked(r, NM_REGION_GLOBAL + 1);
	os_mutex_unlock(&regions.lock);
	if (err) {
		nm_why(why, err, "all 65535 region ids are in use");
		region_free(r);
		return NULL;
	}
	return r;
}

struct nm_region *nm_region_find(uint16_t id, struct os_ns *ns, struct nm_why *why)
{
	struct nm_region *r;

	if (id == NM_REGION_GLOBAL)
		return nm_region_global(why);
	os_mutex_lock(&regions.lock);
	r = find_locked(id);
	if (r && r->ns != ns)
		r = NULL;
	if (r)
		r->refs++;
	os_mutex_unlock(&regions.lock);
	if (!r)
		nm_why(why, -EINVAL, "there is no memory region %u here", id);
	return r;
}

int nm_region_global_resize(uint32_t *setting, uint32_t v)
{
	int err = -EBUSY;

	os_mutex_lock(&regions.lock);
	if (!find_locked(NM_REGION_GLOBAL)) {
		os_store32(setting, v);
		err = 0;
	}
	os_mutex_unlock(&regions.lock);
	return err;
}

void nm_region_hold(struct nm_region *r)
{
	os_mutex_lock(&regions.lock);
	r->refs++;
	os_mutex_unlock(&regions.lock);
}

void nm_region_release(struct nm_region *r)
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
	/* Off the list and without holds: nobody can find it any more. */
	if (last)
		region_free(r);
}

uint64_t nm_region_size(const struct nm_region *r)
{
	return r->size;
}

void *nm_region_page(const struct nm_region *r, uint64_t off)
{
	const struct nm_pool *p = off < r->rings.offset ? &r->ifs :
				  off < r->bufs.offset ? &r->rings : &r->bufs;
	uint64_t chunk_size = (uint64_t)p->unit << p->shift;
	uint64_t rel = off - p->offset;
	char *chunk;

	/* Of the interface objects' last chunk to the first ring may be a gap. */
	if (off >= r->size || rel >= nm_pool_bytes(p))
		return NULL;
	chunk = os_loadp_acquire(&p->chunk[rel / chunk_size]);
	return chunk ? chunk + rel % chunk_size : NULL;
}

int nm_region_bufs_alloc(struct nm_region *r, uint32_t *idx, uint32_t n, struct nm_why *why)
{
	uint32_t i;
	int err = 0;

	os_mutex_lock(&r->lock);
	for (i = 0; i < n && !err; i++)
		err = nm_pool_alloc(&r->bufs, 1, &idx[i], why);
	if (err) {
		/* The one that failed is not ours: back from the one before it. */
		for (i--; i-- > 0; )
			nm_pool_free(&r->bufs, idx[i], 1);
	}
	os_mutex_unlock(&r->lock);
	return err;
}

bool nm_region_buf_free(struct nm_region *r, uint32_t idx)
{
	bool ok;

	os_mutex_lock(&r->lock);
	ok = idx >= NM_BUFS_RESERVED && nm_pool_free(&r->bufs, idx, 1);
	if (!ok)
		r->bad_frees++;
	os_mutex_unlock(&r->lock);
	return ok;
}

static uint32_t units(const struct nm_pool *p, size_t bytes)
{
	return (uint32_t)((bytes + p->unit - 1) / p->unit);
}

static void *object_alloc(struct nm_region *r, struct nm_pool *p, size_t bytes, uint64_t *off,
			  struct nm_why *why)
{
	void *obj = NULL;
	uint32_t first;

	os_mutex_lock(&r->lock);
	if (!nm_pool_alloc(p, units(p, bytes), &first, why)) {
		*off = p->offset + (uint64_t)first * p->unit;
		obj = nm_pool_at(p, first);
		os_memset(obj, 0, bytes);
	}
	os_mutex_unlock(&r->lock);
	return obj;
}

static void object_free(struct nm_region *r, struct nm_pool *p, uint64_t off, size_t bytes)
{
	bool ok;

	os_mutex_lock(&r->lock);
	ok = nm_pool_free(p, (uint32_t)((off - p->offset) / p->unit), units(p, bytes));
	os_assert(ok);
	os_mutex_unlock(&r->lock);
}

void *nm_region_if_alloc(struct nm_region *r, size_t bytes, uint64_t *off, struct nm_why *why)
{
	return object_alloc(r, &r->ifs, bytes, off, why);
}

void nm_region_if_free(struct nm_region *r, uint64_t off, size_t bytes)
{
	object_free(r, &r->ifs, off, bytes);
}

void *nm_region_ring_alloc(struct nm_region *r, size_t bytes, uint64_t *off, struct nm_why *why)
{
	return object_alloc(r, &r->rings, bytes, off, why);
}

void nm_region_ring_free(struct nm_region *r, uint64_t off, size_t bytes)
{
	object_free(r, &r->rings, off, bytes);
}

static struct nm_info_pool pool_info(const struct nm_pool *p)
{
	return (struct nm_info_pool){
		.unit = p->unit, .total = p->total, .limit = p->limit, .used = p->used,
	};
}

bool nm_regions_info(uint64_t *cursor, struct os_ns *ns, struct nm_info_region *out)
{
	struct nm_region *r;

	os_mutex_lock(&regions.lock);
	for (r = regions.head; r && (r->id < *cursor || (r->ns && r->ns != ns)); r = r->next)
		;
	if (r) {
		*cursor = r->id + 1u;
		os_memset(out, 0, sizeof(*out));
		out->id = r->id;
		out->refs = r->refs;
		out->memsize = nm_region_map_size(r);
		/* Rank: the list's lock is taken before a region's. */
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
