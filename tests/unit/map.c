/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program's map of a region. Addresses are reserved for all of it; pages come in where
 * they are touched, as a page fault would bring them, together with their neighbours as far
 * as those are next to each other in the platform's file. The list is guarded by lock, and so
 * is each map's record of what is in.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "map.h"

#define RUN	1024u	/* pages mapped in one step at most */

struct map {
	struct map *next;
	struct nm_region *region;
	uint64_t size;
	uint32_t users;
	char *base;
	uint8_t *in;		/* a byte per page; atomic */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct map *maps;

static struct map *map_make(struct nm_region *r)
{
	struct map *m = calloc(1, sizeof(*m));

	os_assert(m != NULL);
	m->region = r;
	nm_region_get(r);
	m->size = nm_region_size(r);
	m->base = mmap(NULL, m->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		       0);
	os_assert(m->base != MAP_FAILED);
	m->in = calloc(1, m->size / OS_PAGE_SIZE);
	os_assert(m->in != NULL);
	return m;
}

struct map *map_get(struct nm_region *r)
{
	struct map *m;

	pthread_mutex_lock(&lock);
	for (m = maps; m && m->region != r; m = m->next)
		;
	if (!m) {
		m = map_make(r);
		m->next = maps;
		maps = m;
	}
	m->users++;
	pthread_mutex_unlock(&lock);
	return m;
}

void map_put(struct map *m)
{
	struct map **link;

	if (!m)
		return;
	pthread_mutex_lock(&lock);
	if (--m->users) {
		pthread_mutex_unlock(&lock);
		return;
	}
	for (link = &maps; *link != m; link = &(*link)->next)
		;
	*link = m->next;
	pthread_mutex_unlock(&lock);
	munmap(m->base, m->size);
	nm_region_put(m->region);
	free(m->in);
	free(m);
}

static bool pages_in_locked(struct map *m, uint64_t page)
{
	const char *first = nm_region_page(m->region, page * OS_PAGE_SIZE);
	uint64_t n = 1, last = m->size / OS_PAGE_SIZE;
	void *at;

	if (!first)
		return false;
	while (n < RUN && page + n < last && !m->in[page + n] &&
	       nm_region_page(m->region, (page + n) * OS_PAGE_SIZE) == first + n * OS_PAGE_SIZE)
		n++;
	at = mmap(m->base + page * OS_PAGE_SIZE, n * OS_PAGE_SIZE, PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_FIXED, os_pages_file(first), os_pages_offset(first));
	os_assert(at != MAP_FAILED);
	while (n-- > 0)
		__atomic_store_n(&m->in[page + n], 1, __ATOMIC_RELEASE);
	return true;
}

void *map_at(struct map *m, uint64_t off, size_t bytes)
{
	uint64_t page = off / OS_PAGE_SIZE, last = (off + (bytes ? bytes - 1 : 0)) / OS_PAGE_SIZE;
	bool there = true;

	if (off >= m->size || bytes > m->size - off)
		return NULL;
	for (; page <= last && there; page++) {
		if (__atomic_load_n(&m->in[page], __ATOMIC_ACQUIRE))
			continue;
		pthread_mutex_lock(&lock);
		there = m->in[page] || pages_in_locked(m, page);
		pthread_mutex_unlock(&lock);
	}
	return there ? m->base + off : NULL;
}
