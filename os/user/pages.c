/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages that clients map. All of them live in one sparse memory file, seen by the engine
 * through one window of reserved addresses, so that a page's place in the file is its
 * distance from the start of the window. A page of nothing follows each block: to run over
 * its end is a fault, not a silent change in another block. The list of blocks, in order of
 * address, is guarded by lock.
 */
#define OS_HOME
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os_user.h"

#define WINDOW	(UINT64_C(1) << 38)	/* fits what thread sanitizer leaves for mappings */

struct block {
	uint64_t start, size;		/* size without the page of nothing */
	struct block *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct block *blocks;
static char *window;
static int file = -1;

static bool window_open_locked(void)
{
	void *w;

	if (window)
		return true;
	if (file < 0)
		file = memfd_create("netmap", MFD_CLOEXEC);
	if (file < 0 || ftruncate(file, (off_t)WINDOW) < 0)
		return false;
	w = mmap(NULL, WINDOW, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (w == MAP_FAILED)
		return false;
	window = w;
	return true;
}

/* First gap that holds the block and the page after it; the link to insert it at. */
static struct block **gap_find_locked(uint64_t size, uint64_t *start)
{
	struct block **link;
	uint64_t end = 0;

	for (link = &blocks; *link; link = &(*link)->next) {
		if ((*link)->start - end >= size + OS_PAGE_SIZE)
			break;
		end = (*link)->start + (*link)->size + OS_PAGE_SIZE;
	}
	*start = end;
	return end + size + OS_PAGE_SIZE <= WINDOW ? link : NULL;
}

static void *block_add_locked(struct block *b, uint64_t size)
{
	struct block **link;
	void *p;

	if (!window_open_locked())
		return NULL;
	link = gap_find_locked(size, &b->start);
	if (!link)
		return NULL;
	p = mmap(window + b->start, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file,
		 (off_t)b->start);
	if (p == MAP_FAILED)
		return NULL;
	b->size = size;
	b->next = *link;
	*link = b;
	return p;
}

void *os_pages_alloc(size_t size)
{
	struct block *b;
	void *p;

	if (size == 0 || size % OS_PAGE_SIZE || size >= WINDOW)
		return NULL;
	b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	pthread_mutex_lock(&lock);
	p = block_add_locked(b, size);
	pthread_mutex_unlock(&lock);
	if (!p)
		free(b);
	return p;
}

/* The addresses go back to the reserve, the file's memory to the system: it reads as zeros next time. */
static bool block_drop_locked(struct block *b)
{
	void *p = mmap(window + b->start, b->size, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

	return p != MAP_FAILED &&
	       fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)b->start,
			 (off_t)b->size) == 0;
}

void os_pages_free(void *p, size_t size)
{
	struct block **link, *b;
	bool dropped;

	if (!p)
		return;
	pthread_mutex_lock(&lock);
	for (link = &blocks; *link; link = &(*link)->next)
		if (window + (*link)->start == (char *)p)
			break;
	b = *link;
	dropped = b && b->size == size && block_drop_locked(b);
	if (dropped)
		*link = b->next;
	pthread_mutex_unlock(&lock);
	/* What could not be given back stays in the list, so that nobody gets dirty pages. */
	if (dropped)
		free(b);
	else
		os_bug("pages freed that were not allocated so", __FILE__, __LINE__);
}

int os_pages_file(void)
{
	return file;
}

off_t os_pages_offset(const void *page)
{
	return (const char *)page - window;
}
