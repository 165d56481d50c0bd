/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages that clients map. All are in one sparse file, which the engine maps through one window of
 * reserved addresses, so that a page's offset in the file is its distance from the start of the
 * window. Each region has a space of its own there, followed by a guard page, and memory only where
 * it has allocated some: an overrun is a fault, not a silent change elsewhere. lock guards the list
 * of spaces, which is in order of address.
 */
#define OS_PLATFORM
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os_user.h"

/* Spaces start at multiples of this, so that huge pages can be mapped. */
#define HUGE_PAGE	(UINT64_C(2) << 20)
#define LINGER_BYTES	(UINT64_C(128) << 20)	/* limit for closed spaces */
#define LOW_END		(UINT64_C(4) << 30)	/* low spaces are below, all others above */

struct os_space {
	uint64_t start, size;
	uint64_t bytes;			/* with memory */
	struct os_space *next;
	bool is_closed;			/* its region has ended: it lingers */
	uint64_t closed_at;		/* number of the close: the oldest is reclaimed first */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct os_space *spaces;
static uint64_t closings, lingering;	/* number of closes; bytes with memory in closed spaces */
static uint64_t used;			/* bytes with memory in all spaces */
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

/*
 * Find the first gap between from and to for a space and its guard page. Returns the link to insert
 * it at, or NULL.
 */
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

/* Free the memory of the closed space that is oldest. Returns false if there is none. */
static bool space_reclaim_locked(void)
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
		os_bug("the kernel refuses to free memory of a closed region", __FILE__, __LINE__);
	free(s);
	return true;
}

/*
 * Find a gap: a low one if requested, else one above; reclaim closed spaces to get it. If that
 * fails, any gap will do.
 */
static struct os_space **gap_choose_locked(uint64_t size, bool is_low, uint64_t *start)
{
	struct os_space **link = NULL;

	do {
		if (is_low)
			link = gap_find_locked(size, 0, LOW_END, start);
		else if (backing.is_mapped_whole)
			link = gap_find_locked(size, LOW_END, OS_PAGES_WINDOW, start);
		else
			link = gap_find_locked(size, 0, OS_PAGES_WINDOW, start);
	} while (!link && space_reclaim_locked());
	return link ? link : gap_find_locked(size, 0, OS_PAGES_WINDOW, start);
}

static bool space_add_locked(struct os_space *s, uint64_t size, bool is_low)
{
	struct os_space **link;

	if (!window_open_locked())
		return false;
	link = gap_choose_locked(size, is_low, &s->start);
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

struct os_space *os_space_open(struct os_domain *domain, uint64_t size, bool is_low)
{
	struct os_space *s;
	bool added;

	(void)domain;
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
 * A client's map outlives its open file, and its end is not reported: so the space lingers,
 * unchanged, until its memory is needed or too many spaces linger.
 */
void os_space_close(struct os_space *s)
{
	pthread_mutex_lock(&lock);
	/* If the window cannot be unmapped here, its addresses must not be used again. */
	if (mmap(window + s->start, s->size, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED) {
		s->is_closed = true;
		s->closed_at = closings++;
		lingering += s->bytes;
		while (lingering > (backing.is_mapped_whole ? LINGER_BYTES : 0) &&
		       space_reclaim_locked())
			;
	}
	pthread_mutex_unlock(&lock);
}

/* Count bytes as used. Returns false if that exceeds the limit. */
static bool space_use(struct os_space *s, uint64_t size)
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

static void space_unuse(struct os_space *s, uint64_t size)
{
	pthread_mutex_lock(&lock);
	used -= size;
	s->bytes -= size;
	pthread_mutex_unlock(&lock);
}

/* Free memory between spaces: clients that touched the file there have allocated it. */
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

/*
 * Free memory of a closed space, or else, once, of the gaps. Returns whether that may have freed
 * some.
 */
static bool pages_reclaim(bool *has_punched)
{
	bool found;

	pthread_mutex_lock(&lock);
	found = space_reclaim_locked();
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

/* Change the protection of pages; of whole huge pages if the file has them. */
static int pages_protect(const struct os_space *s, uint64_t off, size_t size, int prot)
{
	uint64_t unit = backing.is_huge ? HUGE_PAGE : OS_PAGE_SIZE;
	uint64_t from = off & ~(unit - 1), to = (off + size + unit - 1) & ~(unit - 1);

	if (to > s->size)
		to = s->size;
	return mprotect(window + s->start + from, to - from, prot);
}

/* Allocate the memory, all zeros: a client with an old map may have written there. */
static int pages_zero(uint64_t off, size_t size)
{
	int err;

	if (backing.zero)
		return backing.zero(off, size);
	if (fallocate(backing.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)off,
		      (off_t)size))
		return -errno;
	do {
		err = fallocate(backing.fd, 0, (off_t)off, (off_t)size) ? -errno : 0;
	} while (err == -EINTR);
	return err;
}

/*
 * Allocate memory for a part of the file now: at the first touch, a lack of memory would kill the
 * process. Where the memory is the kernel's cache, this does not write to it: the kernel would
 * write all dirty pages back whenever a client unmaps.
 */
static bool pages_fill(struct os_space *s, uint64_t off, size_t size)
{
	if (!space_use(s, size))
		return false;
	if (!pages_zero(s->start + off, size) &&
	    (!backing.is_locked || mlock(window + s->start + off, size) == 0))
		return true;
	space_unuse(s, size);
	return false;
}

void *os_pages_alloc(struct os_space *s, uint64_t off, size_t size)
{
	bool has_punched = false;

	if (size == 0 || size % OS_PAGE_SIZE || off % OS_PAGE_SIZE || off > s->size ||
	    size > s->size - off)
		return NULL;
	if (pages_protect(s, off, size, PROT_READ | PROT_WRITE))
		return NULL;
	while (!pages_fill(s, off, size))
		if (!pages_reclaim(&has_punched))
			return NULL;
	return window + s->start + off;
}

/*
 * Make the pages inaccessible to the engine. Their memory is freed, and unlocked, with the space,
 * which is about to be closed.
 */
void os_pages_free(struct os_space *s, void *p, size_t size)
{
	if (!p)
		return;
	if (!backing.is_huge)
		pages_protect(s, (uint64_t)((char *)p - window) - s->start, size, PROT_NONE);
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
