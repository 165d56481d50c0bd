/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User memory: shared memory of a caller that is mapped here too. It must be in a file (a memfd, a
 * file in a tmpfs or hugetlbfs, shared anonymous memory), which usermem_file.c finds. The caller
 * can truncate the file at any time; the engine's access then raises SIGBUS, and the handler maps
 * scrap pages in its place. To the engine that looks like any corrupt ring.
 *
 * lock guards the list of pinned memory. The signal handler reads only fenced[].
 */
#define OS_PLATFORM
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "usermem_file.h"

#define USERMEM_MAX	1024u
#define SCRAP		(UINT64_C(2) << 20)	/* bytes that are replaced at a time */

struct os_usermem {
	struct os_usermem *next;	/* guarded by lock */
	uint32_t refs;			/* guarded by lock */
	/* const from here on */
	struct usermem_file file;	/* its fd is closed */
	char *map;			/* whole huge pages, if the file has them */
	size_t map_size;
	uint32_t fence;			/* index in fenced[] */
};

/*
 * The maps in which the handler replaces pages. Both are atomic; end is set first; start is 0 if it
 * is free.
 */
static struct {
	uintptr_t start, end;
} fenced[USERMEM_MAX];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct os_usermem *usermems;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int scrap_fd = -1;	/* const after once */

/*
 * Replace the pages around an address. Only the engine sees the new ones. A second thread that
 * faulted there repeats its access and finds them.
 */
static bool fenced_replace(uintptr_t at)
{
	uintptr_t start, end, from;
	uint32_t i;

	for (i = 0; i < USERMEM_MAX; i++) {
		start = __atomic_load_n(&fenced[i].start, __ATOMIC_ACQUIRE);
		end = __atomic_load_n(&fenced[i].end, __ATOMIC_RELAXED);
		if (!start || at < start || at >= end)
			continue;
		from = at & ~(SCRAP - 1);
		if (from < start)
			from = start;
		if (end > (at | (SCRAP - 1)))
			end = (at | (SCRAP - 1)) + 1;
		return mmap((void *)from, end - from, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_FIXED, scrap_fd, 0) != MAP_FAILED;
	}
	return false;
}

static void on_bus_error(int sig, siginfo_t *info, void *context)
{
	const int err = errno;

	(void)context;
	/*
	 * Any other address: the instruction is repeated, and ends the program as without this
	 * handler.
	 */
	if (!fenced_replace((uintptr_t)info->si_addr))
		signal(sig, SIG_DFL);
	errno = err;
}

static void sigbus_setup(void)
{
	struct sigaction sa = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_NODEFER };

	scrap_fd = memfd_create("netmap scrap", MFD_CLOEXEC);
	if (scrap_fd >= 0 && ftruncate(scrap_fd, (off_t)SCRAP) == 0)
		sigaction(SIGBUS, &sa, NULL);
}

/*
 * Read a byte of each page by the caller's map, so that missing pages are allocated and charged to
 * it.
 */
static int caller_touch(struct os_caller *caller, uint64_t at, uint64_t size)
{
	enum { PAGES = 512 };
	char byte[PAGES];
	struct iovec here = { byte, 0 }, there[PAGES];
	const uint64_t end = at + size;
	uint32_t n;

	while (at < end) {
		for (n = 0; n < PAGES && at < end; n++, at += OS_PAGE_SIZE)
			there[n] = (struct iovec){ (void *)(uintptr_t)at, 1 };
		here.iov_len = n;
		if (process_vm_readv(caller->pid, &here, 1, there, n, 0) != (ssize_t)n)
			return -EFAULT;
	}
	return 0;
}

static int usermem_fence_locked(struct os_usermem *u)
{
	uint32_t i;

	for (i = 0; i < USERMEM_MAX; i++) {
		if (fenced[i].start)
			continue;
		u->fence = i;
		__atomic_store_n(&fenced[i].end, (uintptr_t)u->map + u->map_size, __ATOMIC_RELAXED);
		__atomic_store_n(&fenced[i].start, (uintptr_t)u->map, __ATOMIC_RELEASE);
		return 0;
	}
	return -ENOMEM;
}

static int usermem_map_locked(struct os_usermem *u, struct nm_reason *reason)
{
	const struct usermem_file *m = &u->file;
	const uint64_t from = m->off / m->unit * m->unit, end = m->off + m->size;

	u->map_size = (end - from + m->unit - 1) / m->unit * m->unit;
	u->map = mmap(NULL, u->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, (off_t)from);
	if (u->map == MAP_FAILED)
		return nm_refuse(reason, -ENOMEM,
				 "the process that serves the device cannot map it");
	if (usermem_fence_locked(u) == 0)
		return 0;
	munmap(u->map, u->map_size);
	return nm_refuse(reason, -ENOMEM,
			 "programs have pinned %u ranges of memory, the limit",
			 USERMEM_MAX);
}

static struct os_usermem *usermem_find_locked(const struct usermem_file *m)
{
	struct os_usermem *u;

	for (u = usermems; u; u = u->next)
		if (u->file.dev == m->dev && u->file.ino == m->ino && u->file.off == m->off &&
		    u->file.size == m->size)
			return u;
	return NULL;
}

static struct os_usermem *usermem_make_locked(const struct usermem_file *m,
					      struct nm_reason *reason)
{
	struct os_usermem *u = calloc(1, sizeof(*u));

	if (!u) {
		nm_refuse_nomem(reason, "its description");
		return NULL;
	}
	u->file = *m;
	if (usermem_map_locked(u, reason)) {
		free(u);
		return NULL;
	}
	u->next = usermems;
	usermems = u;
	return u;
}

struct os_usermem *os_usermem_pin(struct os_caller *caller, uint64_t at, uint64_t size,
				  struct nm_reason *reason)
{
	struct os_usermem *u;
	struct usermem_file m;

	pthread_once(&once, sigbus_setup);
	if (usermem_file_find(caller, at, size, &m, reason))
		return NULL;
	if (caller_touch(caller, at, size)) {
		close(m.fd);
		nm_refuse(reason, -EFAULT, "part of it is unmapped");
		return NULL;
	}
	pthread_mutex_lock(&lock);
	u = usermem_find_locked(&m);
	if (!u)
		u = usermem_make_locked(&m, reason);
	if (u)
		u->refs++;
	pthread_mutex_unlock(&lock);
	close(m.fd);
	return u;
}

void os_usermem_unpin(struct os_usermem *u)
{
	struct os_usermem **link = &usermems;

	pthread_mutex_lock(&lock);
	if (--u->refs) {
		pthread_mutex_unlock(&lock);
		return;
	}
	while (*link != u)
		link = &(*link)->next;
	*link = u->next;
	/*
	 * Clear the fence first, because another map may get the addresses. The engine no longer
	 * uses this one.
	 */
	__atomic_store_n(&fenced[u->fence].start, 0, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&lock);
	munmap(u->map, u->map_size);
	free(u);
}

void *os_usermem_addr(const struct os_usermem *u)
{
	return u->map + u->file.off % u->file.unit;
}
