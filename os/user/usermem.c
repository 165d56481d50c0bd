/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User memory: shared memory of a caller that is mapped here too. It must be in a file (a memfd, a
 * file in a tmpfs or hugetlbfs, shared anonymous memory), which usermem_file.c finds. The caller
 * can truncate the file at any time, so a fence surrounds the map. lock guards the list of pinned
 * memory.
 */
#define OS_PLATFORM
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fence.h"
#include "usermem_file.h"

struct os_usermem {
	struct os_usermem *next;	/* guarded by lock */
	uint32_t refs;			/* guarded by lock */
	/* const from here on */
	struct usermem_file file;	/* its fd is closed */
	char *map;			/* whole huge pages, if the file has them */
	size_t map_size;
	int fence;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct os_usermem *usermems;

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

static int usermem_map_locked(struct os_usermem *u, struct nm_reason *reason)
{
	const struct usermem_file *m = &u->file;
	const uint64_t from = m->off / m->unit * m->unit, end = m->off + m->size;

	u->map_size = (end - from + m->unit - 1) / m->unit * m->unit;
	u->map = mmap(NULL, u->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, (off_t)from);
	if (u->map == MAP_FAILED)
		return nm_refuse(reason, -ENOMEM,
				 "the process that serves the device cannot map it");
	u->fence = fence_add(u->map, u->map_size, NULL);
	if (u->fence >= 0)
		return 0;
	munmap(u->map, u->map_size);
	return nm_refuse(reason, -ENOMEM,
			 "programs have pinned %u ranges of memory, the limit",
			 FENCES_MAX);
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

	if (usermem_file_find(caller, at, size, &m, reason))
		return NULL;
	if (caller_touch(caller, at, size) || os_caller_is_gone(caller)) {
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
	pthread_mutex_unlock(&lock);
	fence_remove(u->fence);
	munmap(u->map, u->map_size);
	free(u);
}

void *os_usermem_addr(const struct os_usermem *u)
{
	return u->map + u->file.off % u->file.unit;
}
