// SPDX-License-Identifier: BSD-2-Clause
/* Pools of objects in shared memory: a bitmap allocator with chunks. See pool.h. */
#include "memory/pool.h"
#include "base/objects.h"

int nm_pool_init(struct nm_pool *p, const char *name, const char *setting, uint32_t unit,
		 uint32_t shift, uint32_t limit)
{
	uint32_t chunks;

	/*
	 * Clients map pages, so a chunk is whole pages. The loop ends: unit is a multiple of 64.
	 */
	while (((uint64_t)unit << shift) % OS_PAGE_SIZE)
		shift++;
	chunks = limit >> shift;
	if (!chunks)
		chunks = 1;
	os_memset(p, 0, sizeof(*p));
	p->name = name;
	p->setting = setting;
	p->unit = unit;
	p->shift = shift;
	p->limit = chunks << shift;
	p->chunk = os_alloc(chunks * sizeof(*p->chunk));
	return p->chunk ? 0 : -ENOMEM;
}

void nm_pool_destroy(struct nm_pool *p)
{
	const size_t size = (size_t)p->unit << p->shift;
	uint32_t idx;

	for (idx = 0; idx < p->total; idx += 1u << p->shift) {
		if (!p->user) {
			os_pages_free(p->space, p->chunk[idx >> p->shift], size);
			nm_quota_uncharge(p->domain, NM_QUOTA_MEMORY, size);
		}
		nm_object_ended(NM_OBJ_CHUNK);
	}
	os_free(p->map);
	os_free(p->pairs);
	os_free(p->kept);
	os_free(p->posted);
	os_free(p->chunk);
}

/* Make the bitmap large enough for n objects. It doubles, so that repeated growth is cheap. */
static int pool_map_reserve(struct nm_pool *p, uint32_t n)
{
	uint32_t words = p->map_words ? p->map_words : 4;
	uint64_t *map;

	while ((uint64_t)words * 64 < n)
		words *= 2;
	if (words == p->map_words)
		return 0;
	map = os_alloc(words * sizeof(*map));
	if (!map)
		return -ENOMEM;
	if (p->map)
		os_memcpy(map, p->map, p->map_words * sizeof(*map));
	os_free(p->map);
	p->map = map;
	p->map_words = words;
	return 0;
}

/* Return memory for the next chunk, or NULL with a reason. */
static void *pool_chunk_alloc(const struct nm_pool *p, struct nm_reason *reason)
{
	const uint64_t at = (uint64_t)p->total * p->unit;
	const size_t size = (size_t)p->unit << p->shift;
	void *chunk;

	if (p->user) {
		os_memset(p->user + at, 0, size);
		return p->user + at;
	}
	if (nm_quota_charge(p->domain, NM_QUOTA_MEMORY, size, reason))
		return NULL;
	chunk = os_pages_alloc(p->space, p->offset + at, size);
	if (!chunk) {
		nm_quota_uncharge(p->domain, NM_QUOTA_MEMORY, size);
		nm_refuse(reason, -ENOMEM,
			  "no memory for more %ss, of which %u exist and %u are in use: "
			  "see the setting memory",
			  p->name, p->total, p->used);
	}
	return chunk;
}

int nm_pool_grow(struct nm_pool *p, uint32_t n, struct nm_reason *reason)
{
	uint32_t step = 1u << p->shift;
	void *chunk;

	if (n > p->limit && p->user)
		return nm_refuse(
			reason, -ENOMEM,
			"%s pool exhausted: %u of %u in use, the limit of this external memory",
			p->name, p->used, p->limit);
	if (n > p->limit)
		return nm_refuse(reason, -ENOMEM,
				 "%s pool exhausted: %u of %u in use, %u more needed: raise %s",
				 p->name, p->used, p->limit, n - p->total, p->setting);
	while (p->total < n) {
		if (pool_map_reserve(p, p->total + step))
			return nm_refuse_nomem(reason, "the map of a pool");
		chunk = pool_chunk_alloc(p, reason);
		if (!chunk)
			return reason->err;
		nm_object_made(NM_OBJ_CHUNK);
		os_store_ptr_release(&p->chunk[p->total >> p->shift], chunk);
		/* Release: a reader of the new total sees its chunk; pairs with nm_pool_bufs(). */
		os_store32_release(&p->total, p->total + step);
	}
	return 0;
}

static bool pool_is_used(const struct nm_pool *p, uint32_t idx)
{
	return p->map[idx / 64] >> (idx % 64) & 1;
}

static void pool_mark(struct nm_pool *p, uint32_t first, uint32_t n, bool used)
{
	uint32_t i;

	for (i = first; i < first + n; i++) {
		if (used)
			p->map[i / 64] |= 1ull << (i % 64);
		else
			p->map[i / 64] &= ~(1ull << (i % 64));
	}
	p->used = used ? p->used + n : p->used - n;
}

/* Return the objects of a word of the map that can be allocated, as bits. */
static uint64_t pool_free_word(const struct nm_pool *p, uint32_t w)
{
	return ~(p->map[w] | (p->kept ? p->kept[w] : 0));
}

/* Return the first free object at or after idx, total if there is none. */
static uint32_t pool_next_free(const struct nm_pool *p, uint32_t idx)
{
	uint64_t word;

	for (; idx < p->total; idx = (idx / 64 + 1) * 64) {
		word = pool_free_word(p, idx / 64) >> (idx % 64);
		if (word) {
			idx += (uint32_t)__builtin_ctzll(word);
			return idx < p->total ? idx : p->total;
		}
	}
	return p->total;
}

/*
 * Return whether [first, first + n) is free and in one chunk; if not, set *skip to the next
 * candidate.
 */
static bool pool_run_fits(const struct nm_pool *p, uint32_t first, uint32_t n, uint32_t *skip)
{
	uint32_t end = ((first >> p->shift) + 1) << p->shift, i;

	if (first + n > end) {
		*skip = end;
		return false;
	}
	for (i = first; i < first + n; i++) {
		if (pool_is_used(p, i)) {
			*skip = i + 1;
			return false;
		}
	}
	return true;
}

static uint32_t pool_find_run(const struct nm_pool *p, uint32_t n)
{
	uint32_t idx = pool_next_free(p, p->hint);

	while (idx < p->total) {
		if (pool_run_fits(p, idx, n, &idx))
			return idx;
		idx = pool_next_free(p, idx);
	}
	return NM_NO_OBJECT;
}

int nm_pool_alloc(struct nm_pool *p, uint32_t n, uint32_t *first, struct nm_reason *reason)
{
	uint32_t idx;
	int err;

	if (n > 1u << p->shift)
		return nm_refuse(
			reason, -EINVAL,
			"a %s of %llu bytes is too large: at most %llu, see the setting %s",
			p->name, (unsigned long long)n * p->unit,
			(unsigned long long)p->unit << p->shift, p->setting);
	idx = pool_find_run(p, n);
	if (idx == NM_NO_OBJECT) {
		idx = p->total;
		err = nm_pool_grow(p, p->total + 1, reason);
		if (err)
			return err;
	}
	pool_mark(p, idx, n, true);
	if (n == 1)
		p->hint = idx + 1;	/* found as the first free one */
	*first = idx;
	return 0;
}

static bool pool_is_second(const struct nm_pool *p, uint32_t idx)
{
	return p->pairs && p->pairs[idx / 64] >> (idx % 64) & 1;
}

static void pool_second_set(struct nm_pool *p, uint32_t idx, bool on)
{
	uint64_t *word = &p->pairs[idx / 64];
	const uint64_t bit = 1ull << (idx % 64);

	os_store64(word, on ? *word | bit : *word & ~bit);
}

/* The first of a pair is freed only with the second. */
static bool pool_may_free(const struct nm_pool *p, uint32_t idx)
{
	return pool_is_used(p, idx) && (idx % 2 || !pool_is_second(p, idx + 1));
}

/*
 * End the pair of its second object, unless a device may write it. A device that is about to get
 * the object sets posted, then checks pairs, with a full barrier between the two, as here: one of
 * the two sees the other.
 */
static bool pool_pair_end(struct nm_pool *p, uint32_t idx)
{
	pool_second_set(p, idx, false);
	os_barrier();
	if (!os_load32(&p->posted[idx]))
		return true;
	pool_second_set(p, idx, true);
	return false;
}

bool nm_pool_free(struct nm_pool *p, uint32_t first, uint32_t n)
{
	uint32_t i;

	if (first >= p->total || n > p->total - first)
		return false;
	for (i = first; i < first + n; i++) {
		if (!pool_may_free(p, i))
			return false;
	}
	if (pool_is_second(p, first)) {
		os_assert(n == 1);
		if (!pool_pair_end(p, first--))
			return false;
		n = 2;
	}
	pool_mark(p, first, n, false);
	if (first < p->hint)
		p->hint = first;
	return true;
}

/* ---- for devices ------------------------------------------------------------------ */

#define FIRSTS	0x5555555555555555ull	/* the first objects of a word's pairs */

int nm_pool_pairs_enable(struct nm_pool *p)
{
	const size_t bytes = (p->limit + 63) / 64 * sizeof(uint64_t);

	if (!p->pairs)
		p->pairs = os_alloc(bytes);
	if (!p->kept)
		p->kept = os_alloc(bytes);
	if (!p->posted)
		p->posted = os_alloc(p->limit * sizeof(*p->posted));
	return p->pairs && p->kept && p->posted ? 0 : -ENOMEM;
}

void nm_pool_free_posted(struct nm_pool *p, uint32_t idx)
{
	os_store32(&p->posted[idx], 0);
	nm_pool_free(p, idx, 1);
}

uint32_t nm_pool_alloc_pairs(struct nm_pool *p, uint32_t *idx, uint32_t n, bool posted)
{
	uint32_t w, got = 0;
	uint64_t free, both;

	for (w = p->hint / 64; w < p->total / 64 && got < n; w++) {
		free = pool_free_word(p, w);
		for (both = free & free >> 1 & FIRSTS; both && got < n; both &= both - 1) {
			const uint32_t first = w * 64 + (uint32_t)__builtin_ctzll(both);

			pool_mark(p, first, 2, true);
			/* Before other devices can see that it is of a pair, and take it. */
			os_store32(&p->posted[first + 1], posted);
			os_barrier();
			pool_second_set(p, first + 1, true);
			idx[got++] = first + 1;
		}
	}
	return got;
}

void nm_pool_keep(struct nm_pool *p, uint32_t idx, bool on)
{
	const uint64_t bit = 1ull << (idx % 64);

	if (on) {
		p->kept[idx / 64] |= bit;
		return;
	}
	p->kept[idx / 64] &= ~bit;
	if (!pool_is_used(p, idx) && idx < p->hint)
		p->hint = idx;
}
