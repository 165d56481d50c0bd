/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages that clients map. Each domain has an arena: a sparse file, which the engine maps through a
 * window of reserved addresses, so that a page's offset in the file is its distance from the start
 * of the window. Each region has a space of its own there, followed by a guard page, and memory
 * only where it has allocated some: an overrun is a fault, not a silent change elsewhere. The lock
 * of an arena guards its spaces, which are in order of address.
 */
#define OS_PLATFORM
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fence.h"
#include "os_user.h"

/* Spaces start at multiples of this, so that huge pages can be mapped. */
#define HUGE_PAGE	(UINT64_C(2) << 20)
#define LINGER_BYTES	(UINT64_C(128) << 20)	/* limit for closed spaces of an arena */
#define FREE_BYTES	(UINT64_C(16) << 20)	/* freed at a time: the kernel locks the file */
#define MEND_NS		100000000u	/* at least, between two attempts to map memory again */
#define LOW_END		(UINT64_C(4) << 30)	/* low spaces are below, all others above */

struct os_space {
	struct os_arena *arena;		/* const */
	struct os_domain *domain;	/* with a reference; const until it is closed */
	uint64_t start, size;
	uint64_t bytes;			/* with memory */
	struct os_space *next;
	bool is_closed;			/* its region has ended: it lingers */
	bool is_freeing;		/* its memory is being freed, or never can be */
	uint64_t closed_at;		/* number of the close: the oldest is reclaimed first */
};

struct os_arena {
	pthread_mutex_t lock;
	struct os_space *spaces;
	uint64_t closings, lingering;	/* number of closes; bytes with memory in closed spaces */
	uint64_t used;			/* bytes with memory in all spaces */
	uint32_t freeing;		/* spaces whose memory is being freed */
	pthread_cond_t freed;		/* one of them has been freed */
	/* const: */
	struct os_arena_backing backing;
	char *reserved, *window;	/* the addresses, and the first multiple of HUGE_PAGE */
	int fence;
	struct fence_marks marks;
	uint64_t mended_at;		/* guarded by lock */
	struct os_arena *next;		/* guarded by arenas_lock */
};

static pthread_mutex_t arenas_lock = PTHREAD_MUTEX_INITIALIZER;
static struct os_arena *arenas;
static bool is_mapped_whole, are_cache;	/* const once there are regions */
static uint64_t limit_all = UINT64_MAX;	/* likewise */
static bool (*reclaim_unused)(void);	/* likewise; may be NULL */
static uint64_t used_all;		/* bytes with memory, of all arenas; atomic */

void os_arenas_setup(uint64_t limit, bool are_memory, bool (*reclaim)(void))
{
	reclaim_unused = reclaim;
	is_mapped_whole = true;
	limit_all = limit;
	are_cache = !are_memory;
}

struct os_arena *os_arena_make(const struct os_arena_backing *b)
{
	struct os_arena *a = calloc(1, sizeof(*a));
	void *w = a ? mmap(NULL, OS_PAGES_WINDOW + HUGE_PAGE, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) : MAP_FAILED;

	if (w == MAP_FAILED) {
		free(a);
		return NULL;
	}
	a->reserved = w;
	a->window = (char *)(((uintptr_t)w + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1));
	a->marks.unit = calloc(OS_PAGES_WINDOW / FENCE_UNIT, 1);
	a->fence = a->marks.unit ? fence_add(a->window, OS_PAGES_WINDOW, &a->marks) : -ENOMEM;
	if (a->fence < 0) {
		munmap(w, OS_PAGES_WINDOW + HUGE_PAGE);
		free(a->marks.unit);
		free(a);
		return NULL;
	}
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->freed, NULL);
	a->backing = *b;
	pthread_mutex_lock(&arenas_lock);
	a->next = arenas;
	arenas = a;
	pthread_mutex_unlock(&arenas_lock);
	return a;
}

void os_arena_free(struct os_arena *a)
{
	struct os_arena **link = &arenas;
	struct os_space *s;

	pthread_mutex_lock(&arenas_lock);
	while (*link != a)
		link = &(*link)->next;
	*link = a->next;
	pthread_mutex_unlock(&arenas_lock);
	while ((s = a->spaces)) {
		os_assert(s->is_closed);
		a->spaces = s->next;
		free(s);
	}
	__atomic_fetch_sub(&used_all, a->used, __ATOMIC_RELAXED);
	fence_remove(a->fence);
	munmap(a->reserved, OS_PAGES_WINDOW + HUGE_PAGE);
	free(a->marks.unit);
	close(a->backing.fd);
	pthread_cond_destroy(&a->freed);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* Return the arena of a domain. That of os_domain_first is made when it is first used. */
static struct os_arena *arena_of(const struct os_domain *d)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct os_arena_backing b = { 0 };

	if (d && d->arena)
		return d->arena;
	pthread_mutex_lock(&lock);
	if (!os_domain_first.arena) {
		b.fd = memfd_create("netmap", MFD_CLOEXEC);
		if (b.fd >= 0 && ftruncate(b.fd, (off_t)OS_PAGES_WINDOW) == 0)
			os_domain_first.arena = os_arena_make(&b);
		if (b.fd >= 0 && !os_domain_first.arena)
			close(b.fd);
	}
	pthread_mutex_unlock(&lock);
	return os_domain_first.arena;
}

/*
 * Find the first gap between from and to for a space and its guard page. Returns the link to insert
 * it at, or NULL.
 */
static struct os_space **gap_find_locked(struct os_arena *a, uint64_t size, uint64_t from,
					 uint64_t to, uint64_t *start)
{
	struct os_space **link;
	uint64_t at = from, end;

	for (link = &a->spaces; *link; link = &(*link)->next) {
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

static struct os_space *space_oldest_locked(const struct os_arena *a)
{
	struct os_space *s, *oldest = NULL;

	for (s = a->spaces; s; s = s->next)
		if (s->is_closed && !s->is_freeing &&
		    (!oldest || s->closed_at < oldest->closed_at))
			oldest = s;
	return oldest;
}

/* Free the memory of a closed space; its addresses stay reserved. */
static void space_punch(const struct os_arena *a, const struct os_space *s)
{
	uint64_t at, n;

	if (a->backing.forget) {
		a->backing.forget(a->backing.arg, s->start, s->size);
		return;
	}
	for (at = 0; at < s->size; at += n) {
		n = s->size - at < FREE_BYTES ? s->size - at : FREE_BYTES;
		if (fallocate(a->backing.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      (off_t)(s->start + at), (off_t)n))
			os_bug("the kernel refuses to free memory of a closed region", __FILE__,
			       __LINE__);
	}
}

static void space_unlist_locked(struct os_space *s)
{
	struct os_space **link = &s->arena->spaces;

	while (*link != s)
		link = &(*link)->next;
	*link = s->next;
}

/*
 * Free the memory of the closed space that is oldest, or wait until another thread has freed one.
 * Releases the lock meanwhile: it takes long for a large space. Returns false if there is none.
 */
static bool space_reclaim_locked(struct os_arena *a)
{
	struct os_space *s = space_oldest_locked(a);

	if (!s && !a->freeing)
		return false;
	if (!s) {
		pthread_cond_wait(&a->freed, &a->lock);
		return true;
	}
	s->is_freeing = true;
	a->lingering -= s->bytes;
	a->freeing++;
	pthread_mutex_unlock(&a->lock);
	space_punch(a, s);
	pthread_mutex_lock(&a->lock);
	a->freeing--;
	pthread_cond_broadcast(&a->freed);
	a->used -= s->bytes;
	__atomic_fetch_sub(&used_all, s->bytes, __ATOMIC_RELAXED);
	space_unlist_locked(s);
	free(s);
	return true;
}

/*
 * Find a gap: a low one if requested, else one above; reclaim closed spaces to get it. If that
 * fails, any gap will do.
 */
static struct os_space **gap_choose_locked(struct os_arena *a, uint64_t size, bool is_low,
					   uint64_t *start)
{
	struct os_space **link = NULL;

	do {
		if (is_low)
			link = gap_find_locked(a, size, 0, LOW_END, start);
		else if (is_mapped_whole)
			link = gap_find_locked(a, size, LOW_END, OS_PAGES_WINDOW, start);
		else
			link = gap_find_locked(a, size, 0, OS_PAGES_WINDOW, start);
	} while (!link && space_reclaim_locked(a));
	return link ? link : gap_find_locked(a, size, 0, OS_PAGES_WINDOW, start);
}

static bool space_add_locked(struct os_space *s, uint64_t size, bool is_low)
{
	struct os_arena *a = s->arena;
	struct os_space **link = gap_choose_locked(a, size, is_low, &s->start);

	if (!link || mmap(a->window + s->start, size, PROT_NONE, MAP_SHARED | MAP_FIXED,
			  a->backing.fd, (off_t)s->start) == MAP_FAILED)
		return false;
	s->size = size;
	s->next = *link;
	*link = s;
	return true;
}

bool os_space_is_shared(void)
{
	return is_mapped_whole;
}

struct os_space *os_space_open(struct os_domain *domain, uint64_t size, bool is_low)
{
	struct os_space *s;
	bool added;

	if (size == 0 || size % OS_PAGE_SIZE || size >= OS_PAGES_WINDOW)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->arena = arena_of(domain);
	if (!s->arena) {
		free(s);
		return NULL;
	}
	pthread_mutex_lock(&s->arena->lock);
	added = space_add_locked(s, size, is_low);
	pthread_mutex_unlock(&s->arena->lock);
	if (!added) {
		free(s);
		return NULL;
	}
	s->domain = os_domain_get(domain ? domain : &os_domain_first);
	return s;
}

/*
 * Remove a space from the window. First in parts, because the last step stops all threads that
 * change the process's maps. Returns false if the addresses must not be used again.
 */
static bool space_unmap(const struct os_space *s)
{
	char *const start = s->arena->window + s->start;
	uint64_t at, n;

	for (at = 0; at < s->size; at += n) {
		n = s->size - at < FREE_BYTES ? s->size - at : FREE_BYTES;
		madvise(start + at, n, MADV_DONTNEED);
	}
	return mmap(start, s->size, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED;
}

/*
 * A client's map outlives its open file, and its end is not reported: so the space lingers,
 * unchanged, until its memory is needed or too many spaces linger.
 */
void os_space_close(struct os_space *s)
{
	struct os_arena *a = s->arena;
	struct os_domain *d = s->domain;
	bool is_unmapped = space_unmap(s);

	pthread_mutex_lock(&a->lock);
	s->is_closed = true;
	s->is_freeing = !is_unmapped;	/* it stays reserved */
	if (is_unmapped) {
		s->closed_at = a->closings++;
		a->lingering += s->bytes;
		while (a->lingering > (is_mapped_whole ? LINGER_BYTES : 0) &&
		       space_reclaim_locked(a))
			;
	}
	pthread_mutex_unlock(&a->lock);
	os_domain_put(d);
}

uint64_t os_pages_limit(void)
{
	return limit_all;
}

/* Count bytes as used. Returns false if that exceeds a limit. */
static bool space_use(struct os_space *s, uint64_t size)
{
	struct os_arena *a = s->arena;
	const uint64_t limit = a->backing.limit ? a->backing.limit : UINT64_MAX;
	bool fits;

	pthread_mutex_lock(&a->lock);
	fits = a->used <= limit && size <= limit - a->used;
	if (fits && __atomic_add_fetch(&used_all, size, __ATOMIC_RELAXED) > limit_all) {
		__atomic_fetch_sub(&used_all, size, __ATOMIC_RELAXED);
		fits = false;
	}
	if (fits) {
		a->used += size;
		s->bytes += size;
	}
	pthread_mutex_unlock(&a->lock);
	return fits;
}

static void space_unuse(struct os_space *s, uint64_t size)
{
	pthread_mutex_lock(&s->arena->lock);
	s->arena->used -= size;
	s->bytes -= size;
	__atomic_fetch_sub(&used_all, size, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&s->arena->lock);
}

/* Free memory between spaces: clients that touched the file there have allocated it. */
static void gaps_punch_locked(const struct os_arena *a)
{
	const struct os_space *s;
	uint64_t at = 0;

	for (s = a->spaces; s; s = s->next) {
		if (s->start > at)
			fallocate(a->backing.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				  (off_t)at, (off_t)(s->start - at));
		at = s->start + s->size;
	}
	fallocate(a->backing.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at,
		  (off_t)(OS_PAGES_WINDOW - at));
}

/*
 * Free memory of a closed space, or else, once, of the gaps. Returns whether that may have freed
 * some.
 */
static bool pages_reclaim(struct os_arena *a, bool *has_punched)
{
	bool found;

	pthread_mutex_lock(&a->lock);
	found = space_reclaim_locked(a);
	if (!found && !*has_punched && !a->backing.forget) {
		gaps_punch_locked(a);
		*has_punched = found = true;
	}
	pthread_mutex_unlock(&a->lock);
	return found || (reclaim_unused && reclaim_unused());
}

uint64_t os_space_offset(const struct os_space *s)
{
	return is_mapped_whole ? s->start : 0;
}

/* Change the protection of pages; of whole huge pages if the file has them. */
static int pages_protect(const struct os_space *s, uint64_t off, size_t size, int prot)
{
	uint64_t unit = s->arena->backing.is_huge ? HUGE_PAGE : OS_PAGE_SIZE;
	uint64_t from = off & ~(unit - 1), to = (off + size + unit - 1) & ~(unit - 1);

	if (to > s->size)
		to = s->size;
	return mprotect(s->arena->window + s->start + from, to - from, prot);
}

/*
 * Map the file again in a unit that the handler of SIGBUS has replaced, once it has memory there:
 * zeros. Parts of a space that have no memory become accessible with it, which only hides overruns.
 */
static bool unit_mend_locked(const struct os_arena *a, const struct os_space *s, uint64_t at)
{
	const uint64_t from = at > s->start ? at : s->start;
	const uint64_t end = at + FENCE_UNIT < s->start + s->size ? at + FENCE_UNIT :
								    s->start + s->size;

	if (from >= end || s->is_closed)
		return true;
	if (fallocate(a->backing.fd, 0, (off_t)from, (off_t)(end - from)))
		return false;
	if (mmap(a->window + from, end - from, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 a->backing.fd, (off_t)from) == MAP_FAILED)
		return false;
	if (a->backing.is_locked)
		mlock(a->window + from, end - from);
	return true;
}

static void units_mend_locked(struct os_arena *a)
{
	const struct os_space *s;
	uint64_t i;
	bool ok;

	__atomic_store_n(&a->marks.any, 0, __ATOMIC_SEQ_CST);
	/* What clients have touched between spaces may be what is missing. */
	if (!a->backing.forget)
		gaps_punch_locked(a);
	for (i = 0; i < OS_PAGES_WINDOW / FENCE_UNIT; i++) {
		if (!__atomic_exchange_n(&a->marks.unit[i], 0, __ATOMIC_SEQ_CST))
			continue;
		ok = true;
		for (s = a->spaces; s && ok; s = s->next)
			ok = unit_mend_locked(a, s, i * FENCE_UNIT);
		if (ok)
			continue;
		__atomic_store_n(&a->marks.unit[i], 1, __ATOMIC_RELAXED);
		__atomic_store_n(&a->marks.any, 1, __ATOMIC_RELEASE);
	}
}

void os_arena_mend(struct os_arena *a)
{
	uint64_t now;

	if (likely(!__atomic_load_n(&a->marks.any, __ATOMIC_ACQUIRE)))
		return;
	now = os_nanoseconds();
	pthread_mutex_lock(&a->lock);
	if (now - a->mended_at > MEND_NS) {
		units_mend_locked(a);
		a->mended_at = now;
	}
	pthread_mutex_unlock(&a->lock);
}

/* Allocate the memory, all zeros: a client with an old map may have written there. */
static int pages_zero(const struct os_arena *a, uint64_t off, size_t size)
{
	const struct os_arena_backing *b = &a->backing;
	int err;

	if (b->zero)
		return b->zero(b->arg, off, size);
	if (fallocate(b->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)off, (off_t)size))
		return -errno;
	do {
		err = fallocate(b->fd, 0, (off_t)off, (off_t)size) ? -errno : 0;
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
	const struct os_arena *a = s->arena;

	if (!space_use(s, size))
		return false;
	if (!pages_zero(a, s->start + off, size) &&
	    (!a->backing.is_locked || mlock(a->window + s->start + off, size) == 0))
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
	os_arena_mend(s->arena);
	if (pages_protect(s, off, size, PROT_READ | PROT_WRITE))
		return NULL;
	while (!pages_fill(s, off, size))
		if (!pages_reclaim(s->arena, &has_punched))
			return NULL;
	return s->arena->window + s->start + off;
}

/*
 * Make the pages inaccessible to the engine. Their memory is freed, and unlocked, with the space,
 * which is about to be closed.
 */
void os_pages_free(struct os_space *s, void *p, size_t size)
{
	if (!p)
		return;
	if (!s->arena->backing.is_huge)
		pages_protect(s, (uint64_t)((char *)p - s->arena->window) - s->start, size,
			      PROT_NONE);
}

/* Return the arena of a page, which is in use. */
static const struct os_arena *arena_find(const void *page)
{
	const struct os_arena *a;

	pthread_mutex_lock(&arenas_lock);
	for (a = arenas; a; a = a->next)
		if ((const char *)page >= a->window &&
		    (const char *)page < a->window + OS_PAGES_WINDOW)
			break;
	pthread_mutex_unlock(&arenas_lock);
	os_assert(a != NULL);
	return a;
}

int os_pages_file(const void *page)
{
	return arena_find(page)->backing.fd;
}

bool os_pages_are_memory(void)
{
	return !are_cache;
}

off_t os_pages_offset(const void *page)
{
	return (const char *)page - arena_find(page)->window;
}
