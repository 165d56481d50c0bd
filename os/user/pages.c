/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages that clients map. All of them live in one sparse file, seen by the engine through
 * one window of reserved addresses, so that a page's place in the file is its distance from
 * the start of the window. Each region has a space of its own there, a page of nothing after
 * it, and memory only where it asked for some: to run over that is a fault, not a silent
 * change elsewhere. The list of spaces, in order of address, is guarded by lock.
 */
#define OS_PLATFORM
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os_user.h"

/* Spaces begin at multiples of a huge page, so that these can be mapped as such. */
#define HUGE_PAGE	(UINT64_C(2) << 20)
#define LINGER_BYTES	(UINT64_C(128) << 20)	/* of spaces that were closed: what maps may still show */
#define LOW_END		(UINT64_C(4) << 30)	/* what is asked for low lies below, the rest above */

struct os_space {
	uint64_t start, size;
	uint64_t bytes;			/* with memory */
	struct os_space *next;
	bool is_closed;			/* no region's any more: it lingers */
	uint64_t closed_at;		/* number of that closing, for the oldest to go first */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct os_space *spaces;
static uint64_t closings, lingering;	/* closed so far; bytes of those that linger */
static uint64_t used;			/* bytes with memory, of all spaces */
static char *window;
static struct os_pages_backing backing = { .fd = -1 };

int os_pages_setup(const struct os_pages_backing *b)
{
	int err = 0;

	pthread_mutex_lock(&lock);
	if (window)
		err = -EBUSY;
	else
		backing = *b;
	pthread_mutex_unlock(&lock);
	return err;
}

static bool window_open_locked(void)
{
	void *w;

	if (window)
		return true;
	if (backing.fd < 0) {
		backing.fd = memfd_create("netmap", MFD_CLOEXEC);
		if (backing.fd < 0 || ftruncate(backing.fd, (off_t)OS_PAGES_WINDOW) < 0)
			return false;
	}
	w = mmap(NULL, OS_PAGES_WINDOW + HUGE_PAGE, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (w == MAP_FAILED)
		return false;
	window = (char *)(((uintptr_t)w + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1));
	return true;
}

/* First gap between from and to that holds the space and the page after it; the link to insert it at. */
static struct os_space **gap_find_locked(uint64_t size, uint64_t from, uint64_t to, uint64_t *start)
{
	struct os_space **link;
	uint64_t at = from, end;

	for (link = &spaces; *link; link = &(*link)->next) {
		if ((*link)->start >= at && (*link)->start - at >= size + OS_PAGE_SIZE)
			break;
		end = (*link)->start + (*link)->size + OS_PAGE_SIZE;
		end = (end + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
		if (end > at)
			at = end;
	}
	*start = at;
	return at + size + OS_PAGE_SIZE <= to ? link : NULL;
}

/* The oldest that lingers gives its memory back, which reads as zeros next time. false: none. */
static bool reclaim_one_locked(void)
{
	struct os_space **link, **oldest = NULL, *s;

	for (link = &spaces; *link; link = &(*link)->next)
		if ((*link)->is_closed && (!oldest || (*link)->closed_at < (*oldest)->closed_at))
			oldest = link;
	if (!oldest)
		return false;
	s = *oldest;
	*oldest = s->next;
	lingering -= s->bytes;
	used -= s->bytes;
	if (backing.forget)
		backing.forget(s->start, s->size);
	else if (fallocate(backing.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)s->start,
			   (off_t)s->size))
		os_bug("memory that cannot be given back", __FILE__, __LINE__);
	free(s);
	return true;
}

/* Low if that is wanted and can be had, even from spaces that linger; else above, else anywhere. */
static struct os_space **place_find_locked(uint64_t size, bool is_low, uint64_t *start)
{
	struct os_space **link = NULL;

	do {
		if (is_low)
			link = gap_find_locked(size, 0, LOW_END, start);
		else if (backing.is_mapped_whole)
			link = gap_find_locked(size, LOW_END, OS_PAGES_WINDOW, start);
		else
			link = gap_find_locked(size, 0, OS_PAGES_WINDOW, start);
	} while (!link && reclaim_one_locked());
	return link ? link : gap_find_locked(size, 0, OS_PAGES_WINDOW, start);
}

static bool space_add_locked(struct os_space *s, uint64_t size, bool is_low)
{
	struct os_space **link;

	if (!window_open_locked())
		return false;
	link = place_find_locked(size, is_low, &s->start);
	if (!link || mmap(window + s->start, size, PROT_NONE, MAP_SHARED | MAP_FIXED, backing.fd,
			  (off_t)s->start) == MAP_FAILED)
		return false;
	s->size = size;
	s->next = *link;
	*link = s;
	return true;
}

bool os_space_is_shared(void)
{
	return backing.is_mapped_whole;
}

struct os_space *os_space_open(uint64_t size, bool is_low)
{
	struct os_space *s;
	bool added;

	if (size == 0 || size % OS_PAGE_SIZE || size >= OS_PAGES_WINDOW)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	pthread_mutex_lock(&lock);
	added = space_add_locked(s, size, is_low);
	pthread_mutex_unlock(&lock);
	if (added)
		return s;
	free(s);
	return NULL;
}

/*
 * A map outlives its file, and nobody tells us how long: so the space lingers, as it was, until
 * its memory is wanted or too many others do.
 */
void os_space_close(struct os_space *s)
{
	pthread_mutex_lock(&lock);
	/* If the addresses cannot be given back nobody else may get them. */
	if (mmap(window + s->start, s->size, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED) {
		s->is_closed = true;
		s->closed_at = closings++;
		lingering += s->bytes;
		while (lingering > (backing.is_mapped_whole ? LINGER_BYTES : 0) && reclaim_one_locked())
			;
	}
	pthread_mutex_unlock(&lock);
}

/* Count bytes as used, if that many may be: the backing may know no end but the machine's. */
static bool use(struct os_space *s, uint64_t size)
{
	bool fits;

	pthread_mutex_lock(&lock);
	fits = !backing.limit || (used <= backing.limit && size <= backing.limit - used);
	if (fits) {
		used += size;
		s->bytes += size;
	}
	pthread_mutex_unlock(&lock);
	return fits;
}

static void unuse(struct os_space *s, uint64_t size)
{
	pthread_mutex_lock(&lock);
	used -= size;
	s->bytes -= size;
	pthread_mutex_unlock(&lock);
}

/* What clients have touched between spaces, where nobody has any business. */
static void gaps_punch_locked(void)
{
	const struct os_space *s;
	uint64_t at = 0;

	for (s = spaces; s; s = s->next) {
		if (s->start > at)
			fallocate(backing.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at,
				  (off_t)(s->start - at));
		at = s->start + s->size;
	}
	fallocate(backing.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at,
		  (off_t)(OS_PAGES_WINDOW - at));
}

/* More memory, from those that linger, or else once from gaps. */
static bool reclaim(bool *has_punched)
{
	bool found;

	pthread_mutex_lock(&lock);
	found = reclaim_one_locked();
	if (!found && !*has_punched && !backing.forget) {
		gaps_punch_locked();
		*has_punched = found = true;
	}
	pthread_mutex_unlock(&lock);
	return found;
}

uint64_t os_space_offset(const struct os_space *s)
{
	return backing.is_mapped_whole ? s->start : 0;
}

/* What protection is changed for: whole huge pages, where there are such. */
static int protect(const struct os_space *s, uint64_t off, size_t size, int prot)
{
	uint64_t unit = backing.is_huge ? HUGE_PAGE : OS_PAGE_SIZE;
	uint64_t from = off & ~(unit - 1), to = (off + size + unit - 1) & ~(unit - 1);

	if (to > s->size)
		to = s->size;
	return mprotect(window + s->start + from, to - from, prot);
}

/* All of it zeros, whatever a client that outstayed its region has left there. */
static int zero(uint64_t off, size_t size)
{
	int err;

	if (backing.zero)
		return backing.zero(off, size);
	if (fallocate(backing.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)off, (off_t)size))
		return -errno;
	do {
		err = fallocate(backing.fd, 0, (off_t)off, (off_t)size) ? -errno : 0;
	} while (err == -EINTR);
	return err;
}

/*
 * Memory for a piece of the file, all of it now: to find out that there is none at the first
 * touch would kill the process. The kernel's cache is not written to by us: what is written it writes
 * back, all of it whenever a client unmaps.
 */
static bool fill(struct os_space *s, uint64_t off, size_t size)
{
	if (!use(s, size))
		return false;
	if (!zero(s->start + off, size) && (!backing.is_locked || mlock(window + s->start + off, size) == 0))
		return true;
	unuse(s, size);
	return false;
}

void *os_pages_alloc(struct os_space *s, uint64_t off, size_t size)
{
	bool has_punched = false;

	if (size == 0 || size % OS_PAGE_SIZE || off % OS_PAGE_SIZE || off > s->size ||
	    size > s->size - off)
		return NULL;
	if (protect(s, off, size, PROT_READ | PROT_WRITE))
		return NULL;
	while (!fill(s, off, size))
		if (!reclaim(&has_punched))
			return NULL;
	return window + s->start + off;
}

/* Out of the engine's reach; the memory is given back, and unlocked, with the space, which is about to be closed. */
void os_pages_free(struct os_space *s, void *p, size_t size)
{
	if (!p)
		return;
	if (!backing.is_huge)
		protect(s, (uint64_t)((char *)p - window) - s->start, size, PROT_NONE);
}

int os_pages_file(void)
{
	return backing.fd;
}

bool os_pages_are_memory(void)
{
	return !backing.forget;
}

off_t os_pages_offset(const void *page)
{
	return (const char *)page - window;
}
